// Snapshots: what a tree looked like, so that a later run can tell what changed since.
#pragma once

#include <vigil/export.h>
#include <vigil/event.hpp>
#include <vigil/result.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vigil {

struct RootOptions;

namespace snapshot {
class Image;
}

// What a tree looked like at one moment: the names, types and identities of its entries, and of each so much of its
// size, times and rights that a change shows. A value: cheap to copy, never changed.
//
// docs/catch-up.md says what is compared, and what a file holds.
//
// Thread-safe.
class VIGIL_EXPORT Snapshot {
 public:
  // Of `path`, a directory or a file, as it is now. The options say what belongs to it (recursive, exclude, include),
  // and are kept in it; the others count for nothing. Takes as long as asking for each entry. `hash`: keeps a hash of
  // the content of each file as well, for which all of them are read.
  static Result<Snapshot> take(std::string_view path, const RootOptions& options, bool hash = false);

  // From a file. Fails with damaged for what is no whole snapshot of this version: the message says whether it is
  // foreign, of a newer vigil, cut off or damaged.
  static Result<Snapshot> load(std::string_view file);

  // To a file, which afterwards holds this snapshot or what it held before, whatever happens meanwhile: it is written
  // under another name (with ".new" behind it) and takes the place of the old one once it is on the disk. Only its
  // owner may read it, unless the old one could be read by others.
  Status save(std::string_view file) const;

  // Gives `tell` what is different from this snapshot by now, in batches to be applied in their order, all of it
  // synthetic; paths begin with path(). Then the snapshot that holds what was told: whoever saves it after that gets
  // again what was told, at worst, and misses nothing. Notices are given as well: `ready`, `live`, an `error` about a
  // directory that cannot be read.
  //
  // Where this one has hashes, a file that only looks different is not told as modified, and the new one has them, too.
  // `reads_all`: then every file is read, and what looks the same and is not is told as well.
  Result<Snapshot> tell_changes(const std::function<void(const Batch&)>& tell, bool reads_all = false) const;

  const std::string& path() const;  // of the root, as it was given
  RootOptions options() const;      // that it was taken with
  std::size_t entries() const;      // in the tree
  Timestamp taken() const;
  bool has_hashes() const;

  // For who makes them.
  explicit Snapshot(std::shared_ptr<const snapshot::Image> image) : image_(std::move(image)) {}
  const snapshot::Image& image() const { return *image_; }

 private:
  std::shared_ptr<const snapshot::Image> image_;
};

}  // namespace vigil
