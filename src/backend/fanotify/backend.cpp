#include "backend/fanotify/backend.hpp"

#include "tree/hash.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace vigil::backend::fanotify {

namespace {

// The longest: metadata, three identities with the longest handle, two names.
constexpr std::size_t kRecordBytesMax = 24 + 3 * (4 + 16 + 128) + 2 * 256;

// "Until further notice": half of what a 32-bit distance can tell apart.
constexpr std::uint32_t kFarAhead = std::uint32_t{1} << 30;

// Directories of others that are remembered while watches are begun ahead; beyond, none that was begun is adopted.
constexpr std::size_t kPassedOverMax = 16 * 1024;

// Entries whose renames are remembered until the queue is empty. The kernel's queue does not hold more by default.
constexpr std::size_t kLeftMax = 16 * 1024;

constexpr std::uint64_t kOnChild = 0x08000000;  // FAN_EVENT_ON_CHILD: of the files in the directory that is marked
constexpr std::uint64_t kNamesMask = kCreate | kDelete | kRename | kOnDirectory;

std::uint32_t shorten(Mark mark) { return static_cast<std::uint32_t>(mark); }

Backend::Drained not_read(int error) {
  if (error == EAGAIN) return {.empty = true};
  if (error == EINTR) return {};
  return {.error = error};
}

bool names_directory(const Record& record) { return (record.mask & kOnDirectory) != 0; }

}  // namespace

std::uint64_t mask_for(Kinds kinds) {
  // Attributes are always asked for: a directory that becomes readable tells so.
  std::uint64_t mask = kNamesMask | kAttrib;
  if (kinds.contains(Kind::modified)) mask |= kModify;
  if (kinds.contains(Kind::closed)) mask |= kCloseWrite;
  if (kinds.contains(Kind::opened)) mask |= kOpen;
  if (kinds.contains(Kind::accessed)) mask |= kAccess;
  return mask;
}

FanotifyBackend::FanotifyBackend(std::unique_ptr<sys::Fanotify> fanotify, Kinds kinds, std::size_t buffer_bytes)
    : fanotify_(std::move(fanotify)), mask_(mask_for(kinds)), buffer_(buffer_bytes) {}

// The mark is set for every directory, for nothing else is sure to notice that another file system was mounted where
// one with the same id was before: marks go with the file system. Where it is there already this costs a microsecond.
sys::Outcome<std::int32_t> FanotifyBackend::watch(tree::NodeId node, const sys::Directory& directory,
                                                  Interest interest) {
  const sys::Outcome<std::string> identity = fanotify_->identify(directory);
  if (!identity) return sys::Outcome<std::int32_t>::failure(identity.error);
  // Directories above a root: what else happens on their file systems does not matter.
  const bool is_alone = interest == Interest::names || interest == Interest::contents;
  const std::uint64_t contents = interest == Interest::contents ? kModify | kAttrib | kOnChild : 0;
  const int error = is_alone ? fanotify_->mark_directory(directory, kNamesMask | contents)
                             : fanotify_->mark_file_system(directory, mask_);
  if (error != 0) return sys::Outcome<std::int32_t>::failure(error);
  const std::int32_t known = identities_.find(identity.value);
  const std::int32_t watch = known != 0 ? known : identities_.add(identity.value);
  WatchTable::Slot& slot = table_.add(watch, node);
  if (!is_alone || known == 0) slot.doubtful_until = shorten(position_) + kFarAhead;
  return {watch};
}

sys::Outcome<std::int32_t> FanotifyBackend::watch_ahead(const sys::Directory& directory) {
  sys::Outcome<std::string> identity = fanotify_->identify(directory);
  if (!identity) return sys::Outcome<std::int32_t>::failure(identity.error);
  const int error = fanotify_->mark_file_system(directory, mask_);
  if (error != 0) return sys::Outcome<std::int32_t>::failure(error);
  const std::lock_guard lock(ahead_mutex_);
  ahead_.emplace(++last_ahead_, std::move(identity.value));
  return {last_ahead_};
}

void FanotifyBackend::expect(bool watches_ahead) {
  expecting_ = watches_ahead;
  if (!expecting_) passed_over_.clear();
}

std::int32_t FanotifyBackend::adopt(std::int32_t watch, tree::NodeId node) {
  std::string identity;
  {
    const std::lock_guard lock(ahead_mutex_);
    const auto found = ahead_.find(watch);
    if (found == ahead_.end()) return tree::kNoWatch;
    identity = std::move(found->second);
    ahead_.erase(found);
  }
  if (passed_over_.size() > kPassedOverMax || passed_over_.contains(tree::hash_bytes(identity))) {
    return tree::kNoWatch;
  }
  if (identities_.find(identity) != 0) return tree::kNoWatch;
  const std::int32_t number = identities_.add(identity);
  table_.add(number, node).doubtful_until = shorten(position_) + kFarAhead;
  return number;
}

void FanotifyBackend::abandon(std::int32_t watch) {
  const std::lock_guard lock(ahead_mutex_);
  ahead_.erase(watch);
}

void FanotifyBackend::listed(std::int32_t watch, tree::NodeId /*node*/) {
  if (WatchTable::Slot* const slot = table_.find(watch)) slot->doubtful_until = shorten(mark());
}

void FanotifyBackend::unwatch(std::int32_t watch, tree::NodeId node) {
  if (!table_.remove(watch, node)) return;
  identities_.remove(watch);
  if (table_.size() == 0) fanotify_->unmark_file_systems();
}

Mark FanotifyBackend::mark() { return read_position() + fanotify_->pending().value; }

void FanotifyBackend::release(bool tree_is_from_before) {
  holding_ = false;
  if (!tree_is_from_before) {
    held_lost_ = true;  // what is held says too little of a tree that is ahead of all of it: it is compared in the end
    return;
  }
  table_.for_each([&](WatchTable::Slot& slot) { slot.doubtful_until = shorten(position_); });
}

void FanotifyBackend::drop_held() {
  holding_ = false;
  held_ = {};
  held_given_ = 0;
  held_lost_ = false;
  position_ += std::exchange(held_records_, 0);
}

bool FanotifyBackend::held(TouchSink& sink) {
  Decoder decoder(std::span<const std::byte>(held_).subspan(held_given_));
  const auto touch = [&](const Record& record, const Place& place, bool existed) {
    const std::int32_t watch = place.name.empty() || place.name == "." ? 0 : identities_.find(place.directory);
    if (watch == 0) return;
    const bool came_and_went = (record.mask & kCreate) != 0 && (record.mask & kDelete) != 0;
    const bool is_move = (record.mask & kRename) != 0;
    Touch told{table_.find(watch)->node, place.name, existed, names_directory(record), came_and_went, is_move};
    const std::int32_t target = existed && is_move ? identities_.find(record.to.directory) : 0;
    if (target != 0) {
      told.moved_to = table_.find(target)->node;
      told.new_name = record.to.name;
    }
    sink.on_touch(told);
  };
  for (Record record; decoder.next(record) && (record.mask & kQueueOverflow) == 0;) {
    touch(record, record.at, (record.mask & kCreate) == 0);
    if (record.mask & kRename) touch(record, record.to, false);
  }
  return !held_lost_ && !decoder.damaged();
}

bool FanotifyBackend::was_last(std::size_t bytes) const { return bytes + kRecordBytesMax <= buffer_.size(); }

Backend::Drained FanotifyBackend::read_and_hold() {
  const sys::Outcome<std::size_t> got = fanotify_->read(buffer_);
  if (!got) return not_read(got.error);
  const std::span<const std::byte> bytes(buffer_.data(), got.value);
  held_lost_ = held_lost_ || held_.size() + bytes.size() > kHeldMax;
  if (!held_lost_) held_.insert(held_.end(), bytes.begin(), bytes.end());  // after a loss all is compared in the end
  Decoder decoder(bytes);
  for (Record record; decoder.next(record);) {
    ++records_;
    ++held_records_;  // also those that did not fit: they were read, and release() counts them as passed
    if (record.mask & kQueueOverflow) held_lost_ = true;
  }
  return {.any = true, .empty = was_last(got.value)};
}

// As much as one read would bring.
Backend::Drained FanotifyBackend::drain_held(HintSink& sink) {
  const std::span<const std::byte> rest = std::span<const std::byte>(held_).subspan(held_given_);
  Decoder decoder(rest);
  for (Record record; rest.size() - decoder.rest().size() < buffer_.size() && decoder.next(record); ++position_) {
    --held_records_;
    if (record.mask & kQueueOverflow) continue;  // told once, in the end: held_lost_
    handle(record, false, sink);
  }
  held_given_ += rest.size() - decoder.rest().size();
  if (held_given_ < held_.size() && !decoder.damaged()) return {.any = true};
  held_ = {};
  held_given_ = 0;
  position_ += std::exchange(held_records_, 0);
  if (decoder.damaged() || std::exchange(held_lost_, false)) sink.on_hint({.what = Hint::What::everything});
  return {.any = true};
}

Backend::Drained FanotifyBackend::drain(HintSink& sink) {
  if (holding_) return read_and_hold();
  if (!held_.empty() || held_lost_) return drain_held(sink);
  const sys::Outcome<std::size_t> got = fanotify_->read(buffer_);
  if (!got) {
    if (got.error == EAGAIN) left_.clear();
    return not_read(got.error);
  }
  Decoder decoder(std::span<const std::byte>(buffer_.data(), got.value));
  const bool empty = was_last(got.value);
  Record record;
  for (bool have = decoder.next(record), first = true; have; first = false) {
    ++records_;
    Record next;
    have = decoder.next(next);
    handle(record, first && !have && empty, sink);
    ++position_;
    record = next;
  }
  if (decoder.damaged()) sink.on_hint({.what = Hint::What::everything});
  if (empty) left_.clear();
  return {.any = true, .empty = empty};
}

FanotifyBackend::Named FanotifyBackend::named(const Place& place) {
  if (place.directory.empty() || place.name.empty()) return {};
  const std::int32_t watch = identities_.find(place.directory);
  if (watch == 0 && expecting_ && passed_over_.size() <= kPassedOverMax) {
    passed_over_.insert(tree::hash_bytes(place.directory));
  }
  return {watch, place.name};
}

void FanotifyBackend::handle(const Record& record, bool is_alone, HintSink& sink) {
  if (record.mask & kQueueOverflow) {
    sink.on_hint({.what = Hint::What::everything});
    return;
  }
  if (record.mask & kRename) return handle_rename(record, sink);
  const Named at = named(record.at);
  if (at.watch == 0) {
    ++foreign_records_;
    return;
  }
  if (at.name == ".") return handle_directory(record, at.watch, sink);

  Hint hint{.is_directory = names_directory(record), .pid = record.pid};
  const auto tell = [&](std::uint64_t bit, Hint::What what) {
    if ((record.mask & bit) == 0) return;
    hint.what = what;
    give(hint, at, sink);
  };
  hint.was_open = (record.mask & (kModify | kCloseWrite | kOpen)) != 0 && !hint.is_directory;
  tell(kCreate, Hint::What::appeared);
  if (record.mask & kCreate) check_identity(record, at, sink);
  hint.was_open = false;
  if (!hint.is_directory) {  // vigil itself opens and reads directories
    tell(kOpen, Hint::What::opened);
    tell(kAccess, Hint::What::accessed);
    tell(kModify, Hint::What::written);
  }
  if (!hint.is_directory) tell(kCloseWrite, Hint::What::closed);
  tell(kAttrib, Hint::What::attributes);
  // What the kernel merged stands where the first of it happened. Its removal may have come after other records then,
  // perhaps of another that had the name meanwhile, or has it now.
  hint.doubtful = !is_alone && (record.mask & ~(kDelete | kOnDirectory)) != 0;
  tell(kDelete, Hint::What::vanished);
  if ((record.mask & kCreate) != 0 && (record.mask & kDelete) != 0) {
    // Or the other way round: it was removed, and a link gave it the name again.
    hint.what = Hint::What::uncertain;
    give(hint, at, sink);
  }
}

// Of a directory itself, which is told once only, in its own name.
void FanotifyBackend::handle_directory(const Record& record, std::int32_t watch, HintSink& sink) {
  if ((record.mask & kAttrib) == 0) return;
  give({.what = Hint::What::attributes, .is_directory = true, .pid = record.pid}, {watch, {}}, sink);
}

void FanotifyBackend::handle_rename(const Record& record, HintSink& sink) {
  const Named from = named(record.at);
  const Named to = named(record.to);
  if (from.watch == 0 && to.watch == 0) {
    ++foreign_records_;
    return;
  }
  Hint hint{.is_directory = names_directory(record), .pid = record.pid};
  if (++last_token_ == 0) ++last_token_;
  hint.token = last_token_;
  if (from.watch != 0) {
    hint.what = to.watch != 0 ? Hint::What::moved_from : Hint::What::moved_away;
    give(hint, from, sink);
  }
  if (to.watch != 0) {
    hint.what = Hint::What::moved_to;
    give(hint, to, sink);
    check_identity(record, to, sink);
  }
  doubt_circle(record, sink);
}

// A watch does not end with its directory, and the next directory of that name may have its inode number.
void FanotifyBackend::check_identity(const Record& record, const Named& named, HintSink& sink) {
  if (!names_directory(record) || record.target.empty() || identities_.find(record.target) != 0) return;
  give({.what = Hint::What::unknown, .is_directory = true}, named, sink);
}

// The kernel merges a rename with an earlier one that is still queued and was the same in every respect: a to b, b to
// a, a to b are told as the first two. So what comes back to a name that it left may have left it once more.
void FanotifyBackend::doubt_circle(const Record& record, HintSink& sink) {
  if (record.target.empty()) return;
  if (left_.size() > kLeftMax) left_.clear();
  std::vector<Left>& left = left_[std::string(record.target)];
  const auto has_left = [&](const Place& place) {
    return std::any_of(left.begin(), left.end(),
                       [&](const Left& each) { return each.directory == place.directory && each.name == place.name; });
  };
  if (!has_left(record.at)) left.push_back({std::string(record.at.directory), std::string(record.at.name)});
  if (!has_left(record.to)) return;
  const Hint hint{.what = Hint::What::uncertain, .is_directory = names_directory(record)};
  give(hint, named(record.to), sink);
  for (const Left& each : std::vector<Left>(left)) give(hint, named({each.directory, each.name}), sink);
}

bool FanotifyBackend::doubtful(const WatchTable::Slot& slot) const {
  return static_cast<std::int32_t>(shorten(position_) - slot.doubtful_until) < 0;
}

void FanotifyBackend::give(Hint hint, const Named& named, HintSink& sink) {
  const WatchTable::Slot* const slot = table_.find(named.watch);
  if (slot == nullptr) return;
  hint.doubtful = hint.doubtful || doubtful(*slot);
  hint.name = named.name;
  table_.for_each_node(named.watch, [&](tree::NodeId node) {
    hint.directory = node;
    sink.on_hint(hint);
  });
}

std::size_t FanotifyBackend::memory_bytes() const {
  return identities_.memory_bytes() + table_.memory_bytes() + buffer_.size();
}

std::string FanotifyBackend::explain(int error) const { return explain_watch(error); }

}  // namespace vigil::backend::fanotify
