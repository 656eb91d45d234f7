#include "filesystems/deep.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>
#include <vector>

namespace vigil::filesystems {

namespace {

constexpr int kOpen = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

EntryType type_of(unsigned char type) {
  switch (type) {
    case DT_REG: return EntryType::file;
    case DT_DIR: return EntryType::directory;
    case DT_LNK: return EntryType::symlink;
    default: return EntryType::other;
  }
}

std::vector<std::pair<std::string, EntryType>> entries_of(int directory) {
  std::vector<std::pair<std::string, EntryType>> entries;
  DIR* const stream = ::fdopendir(::openat(directory, ".", kOpen));
  if (stream == nullptr) return entries;
  while (const dirent* const entry = ::readdir(stream)) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    entries.emplace_back(entry->d_name, type_of(entry->d_type));
  }
  ::closedir(stream);
  return entries;
}

// Visits all below, what is in a directory before the directory itself: visit(parent, name, path, type). One descriptor
// is open at a time: the way up is "..".
template <typename Visit>
void walk(int& directory, const std::string& path, Visit& visit) {
  for (const auto& [name, type] : entries_of(directory)) {
    const std::string below = path.empty() ? name : path + '/' + name;
    if (type == EntryType::directory) {
      const int down = ::openat(directory, name.c_str(), kOpen);
      if (down == -1) continue;
      ::close(std::exchange(directory, down));
      walk(directory, below, visit);
      ::close(std::exchange(directory, ::openat(directory, "..", kOpen)));
    }
    visit(directory, name, below, type);
  }
}

template <typename Visit>
void walk_all(const std::string& top, Visit visit) {
  int directory = ::open(top.c_str(), kOpen);
  if (directory == -1) return;
  walk(directory, {}, visit);
  ::close(directory);
}

}  // namespace

testing::Listing listing_of_deep(const std::string& directory) {
  testing::Listing listing;
  walk_all(directory,
           [&](int, const std::string&, const std::string& path, EntryType type) { listing.emplace(path, type); });
  return listing;
}

void remove_deep(const std::string& directory) {
  walk_all(directory, [](int parent, const std::string& name, const std::string&, EntryType type) {
    (void)::unlinkat(parent, name.c_str(), type == EntryType::directory ? AT_REMOVEDIR : 0);
  });
}

int make_deep(const std::string& directory, const std::string& name, std::size_t depth) {
  int last = ::open(directory.c_str(), kOpen);
  for (std::size_t level = 0; level < depth && last != -1; ++level) {
    (void)::mkdirat(last, name.c_str(), 0755);
    ::close(std::exchange(last, ::openat(last, name.c_str(), kOpen)));
  }
  return last;
}

}  // namespace vigil::filesystems
