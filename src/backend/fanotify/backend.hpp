// fanotify(7) as a backend: one group, one mark a file system.
#pragma once

#include <vigil/options.hpp>

#include "backend/backend.hpp"
#include "backend/fanotify/decode.hpp"
#include "backend/fanotify/identity_table.hpp"
#include "backend/watch_table.hpp"
#include "sys/fanotify.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vigil::backend::fanotify {

// The kernel tells of the whole file system; which directories are watched only this table knows, by their identity. A
// watch costs the kernel nothing, there is no limit of watches, and a directory that is moved stays the same one. What
// is told of directories that are not in the table is passed over after one lookup.
//
// A place in the queue is a number of records: those read so far, plus those FIONREAD shows.
//
// One thread at a time, except descriptor() and watch_ahead().
class FanotifyBackend final : public Backend {
 public:
  static constexpr std::size_t kBufferBytes = 64 * 1024;

  // `kinds` are those to be delivered.
  FanotifyBackend(std::unique_ptr<sys::Fanotify> fanotify, Kinds kinds, std::size_t buffer_bytes = kBufferBytes);

  std::string_view name() const override { return "fanotify"; }
  sys::Outcome<std::int32_t> watch(tree::NodeId node, const sys::Directory& directory, Interest interest) override;
  sys::Outcome<std::int32_t> watch_without_limit(tree::NodeId node, const sys::Directory& directory,
                                                 Interest interest) override {
    return watch(node, directory, interest);
  }
  void include_writes() override { mask_ |= kModify; }
  sys::Outcome<std::int32_t> watch_ahead(const sys::Directory& directory) override;
  void expect(bool watches_ahead) override;
  std::int32_t adopt(std::int32_t watch, tree::NodeId node) override;
  void abandon(std::int32_t watch) override;
  void listed(std::int32_t watch, tree::NodeId node) override;
  void unwatch(std::int32_t watch, tree::NodeId node) override;
  Drained drain(HintSink& sink) override;
  bool watches_ahead_of_listing() const override { return true; }
  void hold() override { holding_ = true; }
  void release(bool tree_is_from_before) override;
  void drop_held() override;
  bool held(TouchSink& sink) override;
  Mark read_position() const override { return position_ + held_records_; }
  Mark mark() override;
  Mark position() const override { return position_; }
  std::string explain(int error) const override;
  Descriptor descriptor() const override { return fanotify_->descriptor(); }
  std::size_t watches() const override { return table_.size(); }
  std::size_t limited_watches() const override { return 0; }
  std::uint64_t records() const override { return records_; }
  std::uint64_t foreign_records() const override { return foreign_records_; }
  std::size_t memory_bytes() const override;

 private:
  // A name in a watched directory, as a record tells it. `watch` is 0 where the directory is not watched.
  struct Named {
    std::int32_t watch = 0;
    std::string_view name;
  };

  // Bytes; beyond, records count as lost.
  static constexpr std::size_t kHeldMax = std::size_t{64} << 20;

  // Where an entry was that was renamed since the queue was last empty.
  struct Left {
    std::string directory;
    std::string name;
  };

  // Whether a read of so many bytes has emptied the queue.
  bool was_last(std::size_t bytes) const;

  Drained read_and_hold();
  Drained drain_held(HintSink& sink);
  Named named(const Place& place);
  void handle(const Record& record, bool is_alone, HintSink& sink);
  void handle_rename(const Record& record, HintSink& sink);
  void handle_directory(const Record& record, std::int32_t watch, HintSink& sink);
  void check_identity(const Record& record, const Named& named, HintSink& sink);
  void doubt_circle(const Record& record, HintSink& sink);
  void give(Hint hint, const Named& named, HintSink& sink);
  bool doubtful(const WatchTable::Slot& slot) const;

  std::unique_ptr<sys::Fanotify> fanotify_;
  std::atomic<std::uint64_t> mask_;  // read by watch_ahead(), in other threads
  std::vector<std::byte> buffer_;
  IdentityTable identities_;
  WatchTable table_;  // by the numbers of the identities

  // Begun ahead: identities by the numbers given out for them.
  std::mutex ahead_mutex_;
  std::unordered_map<std::int32_t, std::string> ahead_;
  std::int32_t last_ahead_ = 0;

  // While watches are begun ahead: hashes of the identities of directories that were passed over.
  bool expecting_ = false;
  std::unordered_set<std::uint32_t> passed_over_;

  // Records that were read and are held, as they came.
  bool holding_ = false;
  bool held_lost_ = false;
  std::vector<std::byte> held_;
  std::size_t held_given_ = 0;  // bytes
  std::size_t held_records_ = 0;

  std::unordered_map<std::string, std::vector<Left>> left_;  // by the identity of who left
  std::uint32_t last_token_ = 0;
  Mark position_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t foreign_records_ = 0;
};

// The mask of fanotify_mark for what is to be delivered; what the tree needs is always in it.
std::uint64_t mask_for(Kinds kinds);

// For open_fanotify(): why there is no group, for a person.
std::string explain_open(int error);

// For FanotifyBackend::watch(): why a directory cannot be watched; empty where there is nothing to add to the system's
// own words.
std::string explain_watch(int error);

}  // namespace vigil::backend::fanotify
