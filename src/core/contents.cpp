#include "core/contents.hpp"

#include "snapshot/content_hash.hpp"
#include "sys/whole_file.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace vigil::core {

namespace {

// What a file system stamps that knows whole seconds only, perhaps even ones, may stay the same for so long.
constexpr std::chrono::seconds kCoarse{2};

struct Known {
  Signature signature;
  snapshot::ContentHash hash;
};
using ByInode = std::unordered_multimap<std::uint64_t, Known>;

// Calls on_entry(const std::string& directory, const Entry&) for each, and on_directory(count) before those of one;
// `directory` is its path below the root, with `separator` behind it.
template <typename OnDirectory, typename OnEntry>
void visit(snapshot::Reader reader, char separator, OnDirectory&& on_directory, OnEntry&& on_entry) {
  std::vector<std::string> directories{""};
  std::size_t next = 0;
  while (const std::optional<std::size_t> count = reader.next_directory()) {
    on_directory(*count);
    const std::string directory = std::move(directories[next++]);
    for (std::size_t left = *count; left > 0; --left) {
      const snapshot::Entry& entry = reader.next();
      on_entry(directory, entry);
      if (entry.type == EntryType::directory) directories.push_back(directory + std::string(entry.name) + separator);
    }
  }
}

ByInode hashes_by_inode(const snapshot::Image& image) {
  ByInode known;
  visit(
      image.reader(), '/', [](std::size_t) {},
      [&](const std::string&, const snapshot::Entry& entry) {
        if (entry.hash && entry.inode != 0) known.emplace(entry.inode, Known{entry.signature, *entry.hash});
      });
  return known;
}

const snapshot::ContentHash* find(const ByInode& known, const snapshot::Entry& entry) {
  const auto [begin, end] = known.equal_range(entry.inode);
  for (auto each = begin; each != end; ++each) {
    if (each->second.signature == entry.signature) return &each->second.hash;
  }
  return nullptr;
}

std::string path_of(const snapshot::Description& description, const sys::Disk& disk, const std::string& below) {
  return description.only.empty() ? disk.prefix(description.path) + below : description.path;
}

}  // namespace

std::optional<Content> content_of(sys::Disk& disk, const std::string& path) {
  const sys::Outcome<std::string> absolute = disk.absolute(path);
  if (!absolute) return std::nullopt;
  const Timestamp now = disk.now();
  const sys::Outcome<sys::FileStatus> before = disk.status(absolute.value);
  if (!before || before.value.type != EntryType::file) return std::nullopt;
  const Timestamp changed = before.value.changed;
  if ((has_fraction(changed) ? changed : changed + kCoarse) >= now) return std::nullopt;
  snapshot::ContentHasher hasher;
  if (sys::read_in_pieces(path, [&](std::string_view piece) { hasher.add(piece); }) != 0) return std::nullopt;
  const sys::Outcome<sys::FileStatus> after = disk.status(absolute.value);
  const Signature signature = signature_of(before.value);
  if (!after || after.value.inode != before.value.inode || signature_of(after.value) != signature) return std::nullopt;
  return Content{hasher.finish(), signature, before.value.inode};
}

Result<std::shared_ptr<const snapshot::Image>> with_hashes(
    const snapshot::Image& image, const snapshot::Image* before, sys::Disk& disk,
    const std::function<void(const std::string&)>& on_different) {
  const ByInode known = before == nullptr ? ByInode() : hashes_by_inode(*before);
  snapshot::Description description = image.description();
  description.has_hashes = true;
  snapshot::Writer writer(description);
  const snapshot::Reader reader = image.reader();
  for (const snapshot::Untold& untold : reader.untold()) writer.add_untold(untold);
  writer.begin(reader.root());
  visit(
      reader, disk.separator(), [&](std::size_t count) { writer.begin_directory(count); },
      [&](const std::string& directory, const snapshot::Entry& entry) {
        snapshot::Entry hashed = entry;
        const snapshot::ContentHash* const was = entry.type == EntryType::file ? find(known, entry) : nullptr;
        if (was != nullptr) hashed.hash = *was;
        if (entry.type == EntryType::file && (was == nullptr || on_different)) {
          const std::string below = directory + std::string(entry.name);
          const std::optional<Content> content = content_of(disk, path_of(description, disk, below));
          const bool is_of_entry = content && content->signature == entry.signature && content->inode == entry.inode;
          if (is_of_entry) hashed.hash = content->hash;
          if (is_of_entry && was != nullptr && *was != content->hash) on_different(below);
        }
        writer.add(hashed);
      });
  return snapshot::Image::of(writer.finish());
}

ContentFilter::ContentFilter(const snapshot::Image& since, sys::Disk& disk)
    : disk_(disk),
      shown_(since.description().path),
      prefix_(disk.prefix(shown_)),
      separator_(disk.separator()),
      is_file_(!since.description().only.empty()) {
  snapshot::Reader reader = since.reader();
  root_ = tree_.add_root();
  std::vector<tree::NodeId> directories{root_};
  std::size_t next = 0;
  while (const std::optional<std::size_t> count = reader.next_directory()) {
    const tree::NodeId directory = directories[next++];
    for (std::size_t left = *count; left > 0; --left) {
      const snapshot::Entry& entry = reader.next();
      const tree::NodeId node = tree_.add(directory, entry.name, entry.type, 0);
      if (entry.type == EntryType::directory) directories.push_back(node);
      if (entry.hash) hashes_.emplace(node, *entry.hash);
    }
  }
}

Batch ContentFilter::filter(const Batch& batch) {
  Batch passed;
  for (const Event& event : batch) {
    apply(event);
    Event given = event;
    if (event.kind == Kind::modified && is_same_content(event)) {
      given.kind = Kind::attributes;  // something of it is another: its times at least
    }
    passed.append(given);
  }
  return passed;
}

std::optional<std::string_view> ContentFilter::below(std::string_view path) const {
  if (!path.starts_with(prefix_)) return std::nullopt;
  return path.substr(prefix_.size());
}

tree::NodeId ContentFilter::find(std::string_view path) const {
  if (is_file_) return tree_.first_child(root_);
  const std::optional<std::string_view> names = below(path);
  if (!names) return tree::kNoNode;
  std::string_view rest = *names;
  const tree::NodeId parent = find_parent(rest);
  return parent == tree::kNoNode ? parent : tree_.find(parent, rest);
}

tree::NodeId ContentFilter::find_parent(std::string_view& path) const {
  tree::NodeId node = root_;
  for (std::size_t end = path.find(separator_); end != std::string_view::npos; end = path.find(separator_)) {
    node = tree_.find(node, path.substr(0, end));
    if (node == tree::kNoNode) return node;
    path.remove_prefix(end + 1);
  }
  return node;
}

void ContentFilter::apply(const Event& event) {
  if (is_file_) {
    if (event.kind == Kind::removed) hashes_.clear();
    return;
  }
  const std::optional<std::string_view> path = below(event.path);
  if (!path) return;
  const auto forget = [&](tree::NodeId top) {
    tree_.for_each(top, [&](tree::NodeId node) { hashes_.erase(node); });
    tree_.remove(top, [](tree::NodeId) {});
  };
  std::string_view name = *path;
  const tree::NodeId parent = find_parent(name);
  if (parent == tree::kNoNode || !tree_.is_directory(parent)) return;
  const tree::NodeId there = tree_.find(parent, name);
  if (event.kind == Kind::created && there == tree::kNoNode) {
    tree_.add(parent, name, event.type, 0);
  } else if (event.kind == Kind::removed && there != tree::kNoNode) {
    forget(there);
  } else if (event.kind == Kind::renamed) {
    const tree::NodeId moved = find(event.from);
    if (moved == tree::kNoNode || moved == there) return;
    if (there != tree::kNoNode) forget(there);
    tree_.move(moved, parent, name);
  }
}

bool ContentFilter::is_same_content(const Event& event) {
  const tree::NodeId node = find(event.path);
  if (node == tree::kNoNode) return false;
  const auto known = hashes_.find(node);
  if (known == hashes_.end()) return false;
  const std::optional<Content> content = content_of(disk_, std::string(event.path));
  return content && content->hash == known->second;
}

}  // namespace vigil::core
