// What is in files, for snapshots that keep hashes.
#pragma once

#include <vigil/event.hpp>
#include <vigil/result.hpp>

#include "core/signature.hpp"
#include "snapshot/image.hpp"
#include "sys/disk.hpp"
#include "tree/tree.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vigil::core {

// The hash of a file's content, and what the file looked like before it was read and after. Nothing where it was
// changed meanwhile, may be changed again and look the same, or cannot be read.
struct Content {
  snapshot::ContentHash hash{};
  Signature signature = kUnsigned;
  std::uint64_t inode = 0;
};
std::optional<Content> content_of(sys::Disk& disk, const std::string& path);

// The image with a hash of each file. What looks as in `before` (or none) has the hash that it had there, and is not
// read; unless `on_different` is set: then everything is read, and it is given the paths, below the root, of those that
// look the same and are not.
Result<std::shared_ptr<const snapshot::Image>> with_hashes(const snapshot::Image& image, const snapshot::Image* before,
                                                           sys::Disk& disk,
                                                           const std::function<void(const std::string&)>& on_different);

// Passes on the changes since a snapshot with hashes, of which `modified` only where the content is another: otherwise
// it is `attributes`. One thread at a time.
class ContentFilter {
 public:
  ContentFilter(const snapshot::Image& since, sys::Disk& disk);

  Batch filter(const Batch& batch);

 private:
  std::optional<std::string_view> below(std::string_view path) const;
  tree::NodeId find(std::string_view path) const;
  tree::NodeId find_parent(std::string_view& path) const;  // leaves the last name
  void apply(const Event& event);
  bool is_same_content(const Event& event);

  sys::Disk& disk_;
  const std::string shown_;
  const std::string prefix_;
  const char separator_;
  const bool is_file_;
  tree::Tree tree_;
  tree::NodeId root_ = tree::kNoNode;
  std::unordered_map<tree::NodeId, snapshot::ContentHash> hashes_;
};

}  // namespace vigil::core
