#include "backend/windows/backend.hpp"

#include "base/utf.hpp"
#include "sys/error_codes.hpp"

#include <algorithm>
#include <limits>

namespace vigil::backend::windows {

namespace {

constexpr Mark kNotListed = std::numeric_limits<Mark>::max();

}  // namespace

sys::Outcome<std::int32_t> WindowsBackend::watch(tree::NodeId node, const sys::Directory& directory,
                                                 Interest interest) {
  const bool subtree = interest == Interest::subtree;
  const bool is_listed = interest != Interest::names && interest != Interest::contents;
  if (is_listed) doubtful_until_[node] = kNotListed;
  for (auto& [read, watch] : watches_) {
    if (watch.node == node && watch.subtree == subtree && reads_->reads(read, directory)) {
      return {static_cast<std::int32_t>(read)};
    }
  }
  const sys::Outcome<std::uint32_t> opened =
      reads_->open(directory, {.subtree = subtree, .names_only = interest == Interest::names});
  if (!opened) return sys::Outcome<std::int32_t>::failure(opened.error);
  watches_[opened.value] = {.node = node, .subtree = subtree};
  return {static_cast<std::int32_t>(opened.value)};
}

void WindowsBackend::cover(std::int32_t /*watch*/, tree::NodeId directory) { doubtful_until_[directory] = kNotListed; }

void WindowsBackend::listed(std::int32_t /*watch*/, tree::NodeId node) {
  if (doubtful_until_.contains(node)) listed_.push_back(node);
}

std::string_view WindowsBackend::weakness() const {
  if (!reads_->tells_old_paths()) return {};
  return "this is Wine, which does not tell of every change below a directory";
}

bool WindowsBackend::moved_below(std::int32_t watch) {
  if (!reads_->tells_old_paths()) return false;
  const auto found = watches_.find(static_cast<std::uint32_t>(watch));
  if (found == watches_.end() || !found->second.subtree) return false;
  found->second.is_anew = true;
  found->second.token = 0;
  (void)reads_->begin_anew(found->first);  // where it fails, its end is told
  return true;
}

void WindowsBackend::unwatch(std::int32_t watch, tree::NodeId node) {
  doubtful_until_.erase(node);
  const auto found = watches_.find(static_cast<std::uint32_t>(watch));
  if (found == watches_.end() || found->second.node != node) return;  // one that only shared it
  watches_.erase(found);
  reads_->close(static_cast<std::uint32_t>(watch));
}

sys::Outcome<std::int32_t> WindowsBackend::watch_ahead(const sys::Directory& /*directory*/) {
  return sys::Outcome<std::int32_t>::failure(sys::kNotWatchable);
}

std::int32_t WindowsBackend::adopt(std::int32_t /*watch*/, tree::NodeId /*node*/) { return tree::kNoWatch; }

// One mark for all listings since the last read.
void WindowsBackend::mark_listings() {
  if (listed_.empty()) return;
  const Mark mark = reads_->mark();
  for (const tree::NodeId node : listed_) {
    if (const auto found = doubtful_until_.find(node); found != doubtful_until_.end()) found->second = mark;
  }
  due_.emplace_back(mark, std::move(listed_));
  listed_.clear();
}

Backend::Drained WindowsBackend::drain(HintSink& sink) {
  mark_listings();
  Drained drained;
  sys::Told told;
  for (unsigned count = 0; count < told_max_; ++count) {
    if (!reads_->take(told)) {
      drained.empty = true;
      break;
    }
    drained.any = true;
    handle(told, sink);
  }
  return drained;
}

void WindowsBackend::handle(const sys::Told& told, HintSink& sink) {
  if (told.what == sys::Told::What::is_there) {
    reached(told.mark);
    return;
  }
  const auto found = watches_.find(told.read);
  if (found == watches_.end()) return;  // given up meanwhile
  switch (told.what) {
    case sys::Told::What::records: handle_records(told, sink); break;
    case sys::Told::What::lost:
      found->second.token = 0;
      sink.on_hint({.what = Hint::What::everything});
      break;
    case sys::Told::What::ended: {
      const tree::NodeId node = found->second.node;
      watches_.erase(found);
      doubtful_until_.erase(node);
      reads_->close(told.read);  // so that the directory's name is free
      sink.on_hint({.what = Hint::What::watch_ended, .directory = node});
      break;
    }
    case sys::Told::What::is_there: break;
  }
}

void WindowsBackend::handle_records(const sys::Told& told, HintSink& sink) {
  watches_.at(told.read).is_anew = false;
  Decoder decoder(told.bytes, told.extended ? Layout::extended : Layout::basic);
  for (Record record; decoder.next(record);) {
    ++records_;
    const auto found = watches_.find(told.read);  // the sink may end it
    if (found == watches_.end() || found->second.is_anew) return;
    if (!record.name.empty()) give(record, found->second, sink);
  }
  if (decoder.damaged()) sink.on_hint({.what = Hint::What::everything});
}

void WindowsBackend::give(const Record& record, Watch& watch, HintSink& sink) {
  Hint hint{.type_known = false, .is_path = watch.subtree, .directory = watch.node};
  switch (record.action) {
    case kActionAdded: hint.what = Hint::What::appeared; break;
    case kActionRemoved:
      hint.what = Hint::What::vanished;
      hint.may_have_moved = true;
      break;
    case kActionModified: hint.what = Hint::What::altered; break;
    case kActionRenamedOldName:
      hint.what = Hint::What::moved_from;
      if (++last_token_ == 0) ++last_token_;
      hint.token = watch.token = last_token_;
      break;
    case kActionRenamedNewName:
      // Its other half is the record before, which may have come with the read before.
      hint.what = watch.token != 0 ? Hint::What::moved_to : Hint::What::appeared;
      hint.token = std::exchange(watch.token, 0);
      break;
    default: return;  // of streams within a file, which are no entries
  }
  // What seems to vanish or to be renamed may be something else, under its old path.
  hint.doubtful = reads_->tells_old_paths() && hint.what != Hint::What::appeared;
  name_.clear();
  base::append_wtf8(name_, record.name);
  std::replace(name_.begin(), name_.end(), '\\', '/');
  hint.name = name_;
  if (!hint.is_path && doubtful_in(watch.node)) hint.doubtful = true;
  sink.on_hint(hint);
}

void WindowsBackend::reached(Mark mark) {
  position_ = mark;
  while (!due_.empty() && due_.front().first <= mark) {
    for (const tree::NodeId node : due_.front().second) {
      const auto found = doubtful_until_.find(node);
      if (found != doubtful_until_.end() && found->second <= mark) doubtful_until_.erase(found);
    }
    due_.pop_front();
  }
}

std::string WindowsBackend::explain(int error) const {
  if (sys::meaning_of(error) != sys::ErrorMeaning::limit) return {};
  return "the system has no memory left for another read of a directory's changes (" + sys::words_of(error) + ')';
}

}  // namespace vigil::backend::windows
