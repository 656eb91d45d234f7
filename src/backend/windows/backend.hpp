// ReadDirectoryChangesW as a backend: one read a root, of its whole subtree.
#pragma once

#include "backend/backend.hpp"
#include "backend/windows/decode.hpp"
#include "sys/directory_reads.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vigil::backend::windows {

// Portable, so that it is tested over a simulated kernel, too.
//
// Each directory's records are a stream of its own, in the order of what happened, and a mark stands behind all streams
// at once. So a hint is doubtful in a directory that was listed after it happened, which is: until the mark taken after
// the listing was reached.
//
// One thread at a time, except descriptor().
class WindowsBackend final : public Backend {
 public:
  // Of sys::Told, in one drain(): what a busy system tells in some milliseconds.
  static constexpr unsigned kToldMax = 256;

  explicit WindowsBackend(std::unique_ptr<sys::DirectoryReads> reads, unsigned told_max = kToldMax)
      : reads_(std::move(reads)), told_max_(told_max) {}

  std::string_view name() const override { return "windows"; }
  bool recursive() const override { return true; }
  bool uses_other_names() const override { return !reads_->tells_old_paths(); }  // Wine tells names as they are
  sys::Outcome<std::int32_t> watch(tree::NodeId node, const sys::Directory& directory, Interest interest) override;
  void cover(std::int32_t watch, tree::NodeId directory) override;
  bool doubtful_in(tree::NodeId directory) const override { return doubtful_until_.contains(directory); }
  void listed(std::int32_t watch, tree::NodeId node) override;
  std::string_view weakness() const override;
  bool moved_below(std::int32_t watch) override;
  void unwatch(std::int32_t watch, tree::NodeId node) override;
  Drained drain(HintSink& sink) override;
  Mark mark() override { return reads_->mark(); }
  Mark position() const override { return position_; }
  std::string explain(int error) const override;
  Descriptor descriptor() const override { return reads_->descriptor(); }
  std::size_t watches() const override { return watches_.size(); }
  std::uint64_t records() const override { return records_; }
  std::size_t memory_bytes() const override { return reads_->memory_bytes(); }

  // Nothing is to be asked of the kernel for a directory below a root, so nothing is worth doing ahead.
  sys::Outcome<std::int32_t> watch_ahead(const sys::Directory& directory) override;
  void expect(bool watches_ahead) override { (void)watches_ahead; }
  std::int32_t adopt(std::int32_t watch, tree::NodeId node) override;
  void abandon(std::int32_t watch) override { (void)watch; }

 private:
  struct Watch {
    tree::NodeId node = tree::kNoNode;
    bool subtree = false;
    bool is_anew = false;     // the rest of what is being handled is from before
    std::uint32_t token = 0;  // of the old name that was read last and whose new name is awaited
  };

  void mark_listings();
  void handle(const sys::Told& told, HintSink& sink);
  void handle_records(const sys::Told& told, HintSink& sink);
  void give(const Record& record, Watch& watch, HintSink& sink);
  void reached(Mark mark);

  std::unique_ptr<sys::DirectoryReads> reads_;
  unsigned told_max_;
  std::unordered_map<std::uint32_t, Watch> watches_;
  std::unordered_map<tree::NodeId, Mark> doubtful_until_;       // of directories that were not listed long ago
  std::vector<tree::NodeId> listed_;                            // since the last mark that was taken for such
  std::deque<std::pair<Mark, std::vector<tree::NodeId>>> due_;  // whose marks are to be reached
  std::string name_;
  Mark position_ = 0;
  std::uint32_t last_token_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace vigil::backend::windows
