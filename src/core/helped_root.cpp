// The life of a helper process: started, talked to, found dead or hanging, killed, followed by another.
#include "core/helped_root.hpp"

#include "sys/channel.hpp"
#include "sys/error_codes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vigil::core {

namespace isolated = backend::isolated;

namespace {

using std::chrono::milliseconds;

// What is read at a time, and how often in a step.
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr int kPiecesMax = 8;

// A helper that lived for so long is followed by another one at once; those that do not are followed more and more
// slowly.
constexpr std::chrono::seconds kLongLife{10};
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{30'000};

// Where the system does not tell when a process ends.
constexpr milliseconds kLookPause{500};

ErrorCode code_for(int error) {
  switch (sys::meaning_of(error)) {
    case sys::ErrorMeaning::gone: return ErrorCode::not_found;
    case sys::ErrorMeaning::denied: return ErrorCode::permission_denied;
    case sys::ErrorMeaning::limit: return ErrorCode::limit_reached;
    default: return ErrorCode::system;
  }
}

}  // namespace

HelpedRoot::HelpedRoot(std::string shown, std::string wanted, const RootOptions& options, event::Filter filter,
                       tree::Tree& tree, Surroundings surroundings)
    : shown_(std::move(shown)),
      prefix_(surroundings.disk.prefix(shown_)),
      separator_(surroundings.disk.separator()),
      wanted_(std::move(wanted)),
      options_(options),
      filter_(std::move(filter)),
      helper_(surroundings.helper),
      processes_(surroundings.processes),
      teller_(surroundings.teller),
      mirror_(tree) {}

void HelpedRoot::start(Moment now) { start_helper(now); }

void HelpedRoot::end(milliseconds wait_max) {
  if (process_ == nullptr) return;
  process_->kill();
  (void)process_->ended(wait_max);
  if (wait_max.count() > 0) process_.reset();
}

void HelpedRoot::start_helper(Moment now) {
  started_ = now;
  heard_ = now;
  inbox_.clear();
  outbox_.clear();
  walk_.reset();
  pinged_ = false;
  ping_at_.reset();
  last_words_.clear();
  counted_before_ = counters_;
  sys::Outcome<std::unique_ptr<sys::Process>> process = processes_.start(helper_.program, {"__helper"});
  if (!process) {
    fail({"cannot be started from '" + helper_.program + "': " + sys::words_of(process.error), code_for(process.error),
          process.error},
         now);
    return;
  }
  process_ = std::move(process.value);
  state_ = State::greeting;
  write(outbox_, isolated::Hello{});
  send_some(now);
}

void HelpedRoot::ask_to_watch() {
  // Its helper may have ended before it told the name of the file, or while a file took the place of the directory.
  if (mirror_.has_entries()) only_.clear();
  if (mirror_.is_file() && only_.empty()) {
    only_ = wanted_.substr(std::max(wanted_.rfind('/') + 1, wanted_.rfind(separator_) + 1));
  }
  isolated::Watch watch;
  watch.path = wanted_;
  watch.only = only_;
  watch.options.recursive = options_.recursive;
  watch.options.exclude = options_.exclude;
  watch.options.exclude_regex = options_.exclude_regex;
  watch.options.ignore = options_.ignore;
  watch.options.await_missing = options_.await_missing;
  watch.kinds = helper_.kinds;
  watch.queue_bytes_max = helper_.queue_bytes_max;
  watch.hang_timeout = helper_.hang_timeout;
  watch.known = known_;
  watch.told_until = told_until_;
  watch.backend = helper_.backend;
  watch.max_watches = helper_.max_watches;
  write(outbox_, watch);
  if (known_) {
    walk_.emplace(mirror_);
  } else {
    isolated::write_begin(outbox_);
  }
  state_ = State::answering;
}

void HelpedRoot::send_some(Moment now) {
  while (process_ != nullptr && state_ != State::dying) {
    while (walk_ && outbox_.size() < isolated::kContentBytesUsual) {
      if (!walk_->done()) {
        isolated::Writer writer(outbox_, MessageType::entries);
        walk_->write_some(writer, isolated::kContentBytesUsual, only_);
        continue;
      }
      walk_.reset();
      isolated::write_begin(outbox_);
    }
    process_->want_room(!outbox_.empty());
    if (outbox_.empty()) return;
    const sys::Transfer sent = process_->send(outbox_);
    if (sent.bytes == 0) return;  // a closed channel is found out by receiving from it
    outbox_.erase(0, sent.bytes);
    heard_ = now;
  }
}

void HelpedRoot::receive_some(Moment now) {
  more_to_receive_ = false;
  std::array<char, kPieceBytes> room;
  for (int pieces = 0; pieces < kPiecesMax; ++pieces) {
    const sys::Transfer received = process_->receive(room);
    if (received.closed) {
      channel_closed(now);
      return;
    }
    if (received.bytes == 0) return;
    heard_ = now;
    inbox_.add({room.data(), received.bytes});
    for (isolated::Message message;;) {
      const isolated::Inbox::State found = inbox_.next(message);
      if (found == isolated::Inbox::State::nothing) break;
      const std::string_view fault =
          found == isolated::Inbox::State::nonsense ? "a message that is too long" : on_message(message, now);
      if (state_ == State::failed || state_ == State::dying || state_ == State::pausing) return;
      if (!fault.empty()) {
        fail({"spoke nonsense (" + std::string(fault) + ")"}, now);
        return;
      }
    }
    if (received.bytes < room.size()) return;
  }
  more_to_receive_ = true;
}

void HelpedRoot::step(Moment now) {
  switch (state_) {
    case State::greeting:
    case State::answering:
    case State::running:
      if (process_->ready() || more_to_receive_) receive_some(now);
      send_some(now);
      check_deadlines(now);
      break;
    case State::dying:
      look_at_ = now + kLookPause;
      if (process_->ended(milliseconds(0))) restart_later(now);
      break;
    case State::pausing:
    case State::failed: break;
  }
  if (state_ == State::pausing && now >= restart_at_) start_helper(now);
}

std::optional<HelpedRoot::Moment> HelpedRoot::next_deadline() const {
  if (state_ == State::pausing) return restart_at_;
  if (state_ == State::dying) return process_->tells_end() ? std::nullopt : std::optional(look_at_);
  if (state_ == State::failed) return std::nullopt;
  std::optional<Moment> next = ping_at_;
  if (is_owed_an_answer()) {
    const Moment deadline = heard_ + helper_.hang_timeout;
    if (!next || deadline < *next) next = deadline;
  }
  return next;
}

bool HelpedRoot::is_owed_an_answer() const {
  return state_ == State::greeting || state_ == State::answering || pinged_ ||
         (state_ == State::running && (!added_ || sync_asked_ > sync_answered_));
}

// Before something is asked: the time of silence counts from now, unless it counts already.
void HelpedRoot::begin_to_wait(Moment now) {
  if (!is_owed_an_answer()) heard_ = now;
}

void HelpedRoot::ask_for_sync(std::uint64_t mark, Moment now) {
  begin_to_wait(now);
  sync_asked_ = mark;
  // Before that, it is asked as soon as the helper has been told all else.
  if (state_ != State::running) return;
  isolated::write_number(outbox_, MessageType::sync, mark);
  send_some(now);
}

void HelpedRoot::check_deadlines(Moment now) {
  if (state_ != State::greeting && state_ != State::answering && state_ != State::running) return;
  if (more_to_receive_) return;
  if (is_owed_an_answer() && now >= heard_ + helper_.hang_timeout) {
    const std::string_view since = state_ == State::greeting ? " since it was started" : "";
    fail({"gave no sign of life for " + std::to_string(helper_.hang_timeout.count()) + " ms" + std::string(since),
          ErrorCode::timed_out},
         now);
    return;
  }
  if (!ping_at_ || now < *ping_at_) return;
  ping_at_.reset();
  begin_to_wait(now);
  pinged_ = true;
  isolated::write_number(outbox_, MessageType::ping, 1);
  send_some(now);
}

// It has ended, its watchdog has ended it, or it is about to end and the system does not let it go.
void HelpedRoot::channel_closed(Moment now) {
  const std::optional<sys::Ending> ending = process_->ended(kEndWait);
  fail(last_words_.empty() ? describe_end(ending) : Failure{"cannot go on: " + last_words_}, now);
}

HelpedRoot::Failure HelpedRoot::describe_end(const std::optional<sys::Ending>& ending) const {
  if (!ending || ending->code == sys::kExitHung) {
    return {
        "hung: a call of the file system did not return for " + std::to_string(helper_.hang_timeout.count()) + " ms",
        ErrorCode::timed_out};
  }
  if (!ending->known) return {"ended"};
  if (ending->signal != 0) return {"was killed by signal " + std::to_string(ending->signal)};
  return {"ended with code " + std::to_string(ending->code)};
}

void HelpedRoot::fail(Failure failure, Moment now) {
  more_to_receive_ = false;
  bool gone = true;
  if (process_ != nullptr) {
    process_->kill();
    gone = process_->ended(kEndWait).has_value();
  }
  if (!gone) failure.what += ", and cannot be ended before the system lets go of it";
  if (!known_ || !added_) {
    give_up(failure);
    return;
  }
  if (now - started_ >= kLongLife) failures_ = 0;
  ++failures_;
  ++counters_.losses;
  const std::string reason = "its helper process " + failure.what;
  if (!lost_) {
    lost_ = true;
    tell_notice(Kind::lost, reason + "; another one takes its place", failure.os_code);
  } else if (reason != last_reason_) {
    tell_notice(Kind::error, reason, failure.os_code);
  }
  last_reason_ = reason;
  state_ = State::dying;
  look_at_ = now + kLookPause;
  if (gone) restart_later(now);
}

// It is still being added: whoever waits for that is told.
void HelpedRoot::give_up(const Failure& failure) {
  fail_to_add({failure.code, "cannot watch '" + shown_ + "': the helper process " + failure.what, failure.os_code});
}

void HelpedRoot::fail_to_add(Error error) {
  end(kEndWait);
  state_ = State::failed;
  added_.emplace(std::move(error));
}

void HelpedRoot::restart_later(Moment now) {
  process_.reset();
  state_ = State::pausing;
  milliseconds pause{0};
  if (failures_ > 1) {
    pause = kFirstPause;
    for (unsigned i = 2; i < failures_ && pause < kLongestPause; ++i) pause *= 2;
  }
  restart_at_ = now + std::min(pause, kLongestPause);
}

}  // namespace vigil::core
