#include "backend/inotify/backend.hpp"

#include "backend/inotify/limits.hpp"

#include <cerrno>
#include <utility>

namespace vigil::backend::inotify {

namespace {

// A record is a header of 16 bytes and a name padded to a multiple of 16, of at most 256.
constexpr std::size_t kRecordBytesMax = 16 + 256;
constexpr std::uint32_t kPositionUnit = 16;

// "Until further notice": half of what a 32-bit distance can tell apart, some 16 GiB of records.
constexpr std::uint32_t kFarAhead = std::uint32_t{1} << 30;

// Places are kept in 32 bits a watch. A watch older than 32 GiB of records may seem doubtful again: that costs a look
// at the disk and changes nothing.
std::uint32_t shorten(Mark mark) { return static_cast<std::uint32_t>(mark / kPositionUnit); }

Hint::What meaning(std::uint32_t mask) {
  if (mask & kCreate) return Hint::What::appeared;
  if (mask & kDelete) return Hint::What::vanished;
  if (mask & kMovedFrom) return Hint::What::moved_from;
  if (mask & kMovedTo) return Hint::What::moved_to;
  if (mask & kModify) return Hint::What::written;
  if (mask & kAttrib) return Hint::What::attributes;
  if (mask & kCloseWrite) return Hint::What::closed;
  if (mask & kOpen) return Hint::What::opened;
  return Hint::What::accessed;
}

constexpr std::uint32_t kNamesMask =
    kCreate | kDelete | kMovedFrom | kMovedTo | kDeleteSelf | kMoveSelf | kOnlyDirectory | kDontFollow;

bool tells_of_open(const Record& record) { return (record.mask & (kModify | kCloseWrite | kOpen)) != 0; }

}  // namespace

std::uint32_t mask_for(Kinds kinds) {
  // Attributes are always asked for: a directory that becomes readable tells so.
  std::uint32_t mask = kCreate | kDelete | kMovedFrom | kMovedTo | kDeleteSelf | kMoveSelf | kAttrib | kOnlyDirectory |
                       kDontFollow | kExcludeUnlinked;
  if (kinds.contains(Kind::modified)) mask |= kModify;
  if (kinds.contains(Kind::closed)) mask |= kCloseWrite;
  if (kinds.contains(Kind::opened)) mask |= kOpen;
  if (kinds.contains(Kind::accessed)) mask |= kAccess;
  return mask;
}

InotifyBackend::InotifyBackend(std::unique_ptr<sys::Inotify> inotify, Kinds kinds, std::size_t buffer_bytes)
    : inotify_(std::move(inotify)), mask_(mask_for(kinds)), buffer_(buffer_bytes) {}

sys::Outcome<std::int32_t> InotifyBackend::watch(tree::NodeId node, const sys::Directory& directory,
                                                 Interest interest) {
  // Added to what is asked for already, lest a directory that is wholly watched under another node lose something.
  std::uint32_t mask = interest == Interest::everything ? mask_.load() : kNamesMask | kMaskAdd;
  if (interest == Interest::contents) mask |= kModify | kAttrib;
  const sys::Outcome<int> added = inotify_->add(directory, mask);
  if (!added) return sys::Outcome<std::int32_t>::failure(added.error);
  const bool is_known = table_.find(added.value) != nullptr;
  WatchTable::Slot& slot = table_.add(added.value, node);
  if (interest == Interest::everything || !is_known) slot.doubtful_until = shorten(position_) + kFarAhead;
  return {added.value};
}

sys::Outcome<std::int32_t> InotifyBackend::watch_ahead(const sys::Directory& directory) {
  return inotify_->add(directory, mask_);
}

void InotifyBackend::expect(bool watches_ahead) {
  expecting_ = watches_ahead;
  if (!expecting_) passed_over_.clear();
}

std::int32_t InotifyBackend::adopt(std::int32_t watch, tree::NodeId node) {
  if (table_.find(watch) != nullptr) return tree::kNoWatch;
  if (passed_over_.contains(watch)) {
    abandon(watch);
    return tree::kNoWatch;
  }
  table_.add(watch, node).doubtful_until = shorten(position_) + kFarAhead;
  return watch;
}

void InotifyBackend::abandon(std::int32_t watch) {
  if (table_.find(watch) == nullptr) end_now(watch);
}

void InotifyBackend::end_now(int watch) {
  // The same directory may have been watched ahead by another way, which gave the same watch.
  if (expecting_) passed_over_.insert(watch);
  (void)inotify_->remove(watch);
}

void InotifyBackend::listed(std::int32_t watch, tree::NodeId /*node*/) {
  if (WatchTable::Slot* const slot = table_.find(watch)) slot->doubtful_until = shorten(mark());
}

void InotifyBackend::unwatch(std::int32_t watch, tree::NodeId node) {
  // EINVAL: the kernel ended the watch before, and IN_IGNORED is on its way.
  if (table_.remove(watch, node)) end_now(watch);
}

Mark InotifyBackend::mark() {
  const sys::Outcome<std::size_t> pending = inotify_->pending();
  return position_ + pending.value;
}

Backend::Drained InotifyBackend::drain(HintSink& sink) {
  const sys::Outcome<std::size_t> got = inotify_->read(buffer_);
  if (!got) {
    if (got.error == EAGAIN) return {.empty = true};
    if (got.error == EINTR) return {};
    return {.error = got.error};
  }
  Decoder decoder(std::span<const std::byte>(buffer_.data(), got.value));
  const Mark end = position_ + got.value;
  Record record;
  for (bool have = decoder.next(record); have;) {
    const std::size_t size = decoder.record_size();
    Record next;
    have = decoder.next(next);
    ++records_;
    handle(record, have ? &next : nullptr, sink);
    position_ += size;
    record = next;
  }
  position_ = end;
  if (decoder.damaged()) sink.on_hint({.what = Hint::What::everything});
  return {.any = true, .empty = got.value + kRecordBytesMax <= buffer_.size()};
}

bool InotifyBackend::doubtful(const WatchTable::Slot& slot) const {
  return static_cast<std::int32_t>(shorten(position_) - slot.doubtful_until) < 0;
}

void InotifyBackend::handle(const Record& record, const Record* next, HintSink& sink) {
  // First, because the overflow record bears no watch (-1) that could be found.
  if (record.mask & kQueueOverflow) {
    sink.on_hint({.what = Hint::What::everything});
    return;
  }
  const WatchTable::Slot* const slot = table_.find(record.watch);
  if (slot == nullptr) {  // a watch that was given up, its last records still in the queue; or one begun ahead
    if (expecting_) passed_over_.insert(record.watch);
    return;
  }
  Hint hint{.doubtful = doubtful(*slot)};
  if (record.mask & kIgnored) {
    end_watch(record, hint.doubtful, sink);
    return;
  }
  if (record.mask & kUnmount) {
    hint.what = Hint::What::unmounted;
  } else if (record.mask & kDeleteSelf) {
    hint.what = Hint::What::directory_gone;
  } else if (record.mask & kMoveSelf) {
    hint.what = Hint::What::directory_moved;
  } else if (record.name.empty()) {
    if ((record.mask & kAttrib) == 0) return;  // the directory itself was opened or read, by us perhaps
    hint.what = Hint::What::directory_changed;
  } else {
    hint.what = meaning(record.mask);
    hint.is_directory = (record.mask & kIsDirectory) != 0;
    hint.token = record.cookie;
    hint.name = record.name;
    hint.was_open = hint.what == Hint::What::appeared && next != nullptr && tells_of_open(*next) &&
                    next->watch == record.watch && next->name == record.name;
  }
  give(hint, record.watch, sink);
}

void InotifyBackend::end_watch(const Record& record, bool doubtful, HintSink& sink) {
  Hint hint{.what = Hint::What::watch_ended, .doubtful = doubtful};
  if (doubtful) {
    // Perhaps the end of an earlier watch of this number: the engine watches again, and learns which number it is.
    give(hint, record.watch, sink);
    return;
  }
  std::vector<tree::NodeId> nodes;
  table_.for_each_node(record.watch, [&](tree::NodeId node) { nodes.push_back(node); });
  table_.erase(record.watch);
  for (const tree::NodeId node : nodes) {
    hint.directory = node;
    sink.on_hint(hint);
  }
}

void InotifyBackend::give(Hint& hint, int watch, HintSink& sink) {
  table_.for_each_node(watch, [&](tree::NodeId node) {
    hint.directory = node;
    sink.on_hint(hint);
  });
}

std::string InotifyBackend::explain(int error) const { return explain_limit(error); }

}  // namespace vigil::backend::inotify
