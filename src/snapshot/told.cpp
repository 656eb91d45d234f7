#include "snapshot/told.hpp"

#include "tree/tree.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace vigil::snapshot {

namespace {

constexpr std::size_t kHead = 9;  // kind, and the sizes of two texts

void put_size(std::string& out, std::size_t size) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(size >> (8 * i)));
}

std::size_t size_at(std::string_view bytes) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return size;
}

bool is_of_names(Kind kind) { return kind == Kind::created || kind == Kind::removed || kind == Kind::renamed; }

// The tree of an image, and where paths lead in it.
class Places {
 public:
  explicit Places(const Image& image) : separator_(image.description().system == System::windows ? '\\' : '/') {
    Reader reader = image.reader();
    root_ = tree_.add_root();
    std::vector<tree::NodeId> directories{root_};
    std::size_t next = 0;
    while (const std::optional<std::size_t> count = reader.next_directory()) {
      const tree::NodeId directory = directories[next++];
      for (std::size_t left = *count; left > 0; --left) {
        const Entry& entry = reader.next();
        const tree::NodeId node = tree_.add(directory, entry.name, entry.type, entry.inode);
        if (entry.type == EntryType::directory) directories.push_back(node);
      }
    }
    is_file_ = !image.description().only.empty();
  }

  char separator() const { return separator_; }
  const tree::Tree& tree() const { return tree_; }

  // kNoNode where the snapshot has nothing.
  tree::NodeId find(std::string_view path) const {
    if (path.empty()) return is_file_ ? tree_.first_child(root_) : root_;
    tree::NodeId node = root_;
    while (node != tree::kNoNode && !path.empty()) {
      const std::string_view name = path.substr(0, path.find(separator_));
      node = tree_.find(node, name);
      path.remove_prefix(std::min(name.size() + 1, path.size()));
    }
    return node;
  }

  // As events have it.
  std::string path_of(tree::NodeId node) const {
    if (is_file_) return {};
    std::string path;
    tree_.append_path(node, path);
    for (char& byte : path) {
      if (byte == '/') byte = separator_;
    }
    return path;
  }

 private:
  tree::Tree tree_;
  tree::NodeId root_ = tree::kNoNode;
  char separator_;
  bool is_file_ = false;
};

using Paths = std::set<std::string, std::less<>>;

bool is_below_any(const Paths& paths, std::string_view path, char separator) {
  for (std::size_t end = path.find(separator); end != std::string_view::npos; end = path.find(separator, end + 1)) {
    if (paths.contains(path.substr(0, end))) return true;
  }
  return false;
}

void put_back(const Places& places, const std::string& top, Writer& writer) {
  const tree::NodeId node = places.find(top);
  writer.add_untold(
      {Kind::removed, node == tree::kNoNode ? EntryType::unknown : places.tree().type(node), false, top, {}});
  if (node == tree::kNoNode) return;
  places.tree().for_each(node, [&](tree::NodeId each) {
    writer.add_untold({Kind::created, places.tree().type(each), false, places.path_of(each), {}});
  });
}

void copy_entries(const Image& image, Writer& writer) {
  Reader reader = image.reader();
  writer.begin(reader.root());
  while (const std::optional<std::size_t> count = reader.next_directory()) {
    writer.begin_directory(*count);
    for (std::size_t left = *count; left > 0; --left) writer.add(reader.next());
  }
}

}  // namespace

void append_told(const Told& told, std::string& notes) {
  notes.push_back(static_cast<char>(told.kind));
  put_size(notes, told.path.size());
  put_size(notes, told.from.size());
  notes += told.path;
  notes += told.from;
}

std::vector<Told> read_told(std::string_view notes) {
  std::vector<Told> all;
  while (notes.size() >= kHead) {
    const auto kind = static_cast<std::uint8_t>(notes.front());
    const std::size_t path = size_at(notes.substr(1));
    const std::size_t from = size_at(notes.substr(5));
    notes.remove_prefix(kHead);
    if (kind > static_cast<std::uint8_t>(Kind::accessed) || path > notes.size() || from > notes.size() - path) break;
    all.push_back({static_cast<Kind>(kind), std::string(notes.substr(0, path)), std::string(notes.substr(path, from))});
    notes.remove_prefix(path + from);
  }
  return all;
}

Result<std::shared_ptr<const Image>> brought_back(const Image& image, const std::vector<Told>& told) {
  const Places places(image);
  Paths named;
  std::vector<std::pair<Kind, std::string>> changed;
  const auto note = [&](Kind kind, std::string_view path, std::string_view from) {
    if (!is_of_names(kind)) {
      changed.emplace_back(kind, path);
      return;
    }
    named.emplace(path);
    if (kind == Kind::renamed) named.emplace(from);
  };
  const Reader reader = image.reader();
  for (const Untold& untold : reader.untold()) note(untold.kind, untold.path, untold.from);
  for (const Told& each : told) note(each.kind, each.path, each.from);

  Writer writer(image.description());
  for (const std::string& path : named) {
    if (!is_below_any(named, path, places.separator())) put_back(places, path, writer);
  }
  Paths again;
  for (const auto& [kind, path] : changed) {
    const tree::NodeId node = places.find(path);
    if (node == tree::kNoNode) continue;  // what was new and was told is `created`, if it is there
    if (!again.insert(std::to_string(static_cast<int>(kind)) + path).second) continue;
    writer.add_untold({kind, places.tree().type(node), false, path, {}});
  }
  copy_entries(image, writer);
  return Image::of(writer.finish());
}

}  // namespace vigil::snapshot
