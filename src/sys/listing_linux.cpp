#include "sys/listing_linux.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <cstring>

namespace vigil::sys {
namespace {

bool is_dot_or_dot_dot(std::string_view name) { return name == "." || name == ".."; }

}  // namespace

EntryType type_of_mode(unsigned mode) {
  if (S_ISREG(mode)) return EntryType::file;
  if (S_ISDIR(mode)) return EntryType::directory;
  if (S_ISLNK(mode)) return EntryType::symlink;
  return EntryType::other;
}

EntryType type_of_dirent(unsigned char d_type) {
  switch (d_type) {
    case DT_UNKNOWN: return EntryType::unknown;
    case DT_REG: return EntryType::file;
    case DT_DIR: return EntryType::directory;
    case DT_LNK: return EntryType::symlink;
    default: return EntryType::other;
  }
}

std::span<DirectoryEntry> Listing::parse(std::size_t size) {
  entries_.clear();
  for (std::size_t offset = 0; offset < size;) {
    const auto* entry = reinterpret_cast<const dirent64*>(block_.data() + offset);
    offset += entry->d_reclen;
    const std::string_view name(entry->d_name);
    if (is_dot_or_dot_dot(name)) continue;
    entries_.push_back({name, type_of_dirent(entry->d_type), entry->d_ino});
  }
  return entries_;
}

}  // namespace vigil::sys
