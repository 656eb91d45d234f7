// inotify(7) as a backend: one instance, one watch a directory.
#pragma once

#include <vigil/options.hpp>

#include "backend/backend.hpp"
#include "backend/inotify/decode.hpp"
#include "backend/watch_table.hpp"
#include "sys/inotify.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

namespace vigil::backend::inotify {

// The kernel's queue is one stream for all watches, so a place in it is a number of bytes: those read so far, plus
// those FIONREAD shows. That is how a mark is taken, how a hint older than a listing is told from a newer one, and why
// a watch descriptor that is used again does no harm: what is left in the queue of its earlier life is doubtful.
//
// One thread at a time, except descriptor().
class InotifyBackend final : public Backend {
 public:
  // Enough for some thousand records: what a busy writer makes while the reader is not scheduled.
  static constexpr std::size_t kBufferBytes = 64 * 1024;

  // `kinds` are those to be delivered: records that serve neither them nor the tree are not asked for. `buffer_bytes`
  // is how much a drain() reads at most; the longest record has to fit.
  InotifyBackend(std::unique_ptr<sys::Inotify> inotify, Kinds kinds, std::size_t buffer_bytes = kBufferBytes);

  std::string_view name() const override { return "inotify"; }
  sys::Outcome<std::int32_t> watch(tree::NodeId node, const sys::Directory& directory, Interest interest) override;
  void include_writes() override { mask_ |= kModify; }
  sys::Outcome<std::int32_t> watch_ahead(const sys::Directory& directory) override;
  void expect(bool watches_ahead) override;
  std::int32_t adopt(std::int32_t watch, tree::NodeId node) override;
  void abandon(std::int32_t watch) override;
  void listed(std::int32_t watch, tree::NodeId node) override;
  void unwatch(std::int32_t watch, tree::NodeId node) override;
  Drained drain(HintSink& sink) override;
  Mark mark() override;
  Mark position() const override { return position_; }
  std::string explain(int error) const override;
  Descriptor descriptor() const override { return inotify_->descriptor(); }
  std::size_t watches() const override { return table_.size(); }
  std::uint64_t records() const override { return records_; }
  std::size_t memory_bytes() const override { return table_.memory_bytes() + buffer_.size(); }

 private:
  void handle(const Record& record, const Record* next, HintSink& sink);
  void end_watch(const Record& record, bool doubtful, HintSink& sink);
  void end_now(int watch);
  void give(Hint& hint, int watch, HintSink& sink);
  bool doubtful(const WatchTable::Slot& slot) const;

  std::unique_ptr<sys::Inotify> inotify_;
  std::atomic<std::uint32_t> mask_;  // read by watch_ahead(), in other threads
  WatchTable table_;
  std::vector<std::byte> buffer_;

  // While watches are begun ahead: of which unknown ones there were records, and which were given up. One that is in
  // the table already is another node's, which got them.
  bool expecting_ = false;
  std::unordered_set<int> passed_over_;

  Mark position_ = 0;
  std::uint64_t records_ = 0;
};

// The mask of inotify_add_watch for what is to be delivered; what the tree needs is always in it.
std::uint32_t mask_for(Kinds kinds);

}  // namespace vigil::backend::inotify
