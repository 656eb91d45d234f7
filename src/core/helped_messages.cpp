// What a helper says, checked and passed on.
#include "core/helped_root.hpp"

#include <algorithm>
#include <utility>

namespace vigil::core {

namespace isolated = backend::isolated;

namespace {

// A helper that was active is asked this much later whether it is alive.
constexpr std::chrono::milliseconds kPingDelay{1000};

constexpr std::string_view kUnreadable = "a message that cannot be read";
constexpr std::string_view kTooEarly = "an event before 'ready'";

// The next helper counts with it.
bool can_be(const isolated::ToldUntil& until) {
  using std::chrono::steady_clock;
  constexpr auto kFarAway = std::chrono::hours(24 * 366 * 100);  // from 1970, either way
  return until.time > Timestamp(-kFarAway) && until.time < Timestamp(kFarAway) &&
         until.moment >= steady_clock::time_point() && until.moment < steady_clock::now() + std::chrono::seconds(1);
}

bool is_change(Kind kind) { return kind <= Kind::accessed; }

}  // namespace

std::string_view HelpedRoot::on_message(const isolated::Message& message, Moment now) {
  if (message.type == MessageType::failed) {
    std::string_view reason;
    if (!isolated::read_text(message.content, reason)) return kUnreadable;
    last_words_ = reason;  // the end of the channel follows
    return {};
  }
  if (state_ == State::greeting) {
    return message.type == MessageType::hello ? on_hello(message.content) : "no greeting";
  }
  if (state_ == State::answering) {
    if (message.type != MessageType::answer || walk_) return "an answer to what was not asked";
    return on_answer(message.content, now);
  }
  switch (message.type) {
    case MessageType::events:
      if (!pinged_ && !ping_at_) ping_at_ = now + kPingDelay;
      return on_events(message.content);
    case MessageType::identities: return on_identities(message.content);
    case MessageType::told: return on_told(message.content);
    case MessageType::synced: return on_synced(message.content);
    case MessageType::alive: return on_alive(message.content);
    default: return "a message out of place";
  }
}

std::string_view HelpedRoot::on_hello(std::string_view content) {
  isolated::Hello hello;
  if (!isolated::read(content, hello) || hello.role != isolated::Hello::Role::helper) return "no greeting of a helper";
  if (!isolated::common_version(hello)) return "a version of the protocol that this program does not know";
  ask_to_watch();
  return {};
}

std::string_view HelpedRoot::on_answer(std::string_view content, Moment now) {
  isolated::Answer answer;
  if (!isolated::read(content, answer)) return kUnreadable;
  if (answer.code != 0) {
    if (known_) {
      fail({"answers: " + answer.message, ErrorCode::system, answer.os_code}, now);
    } else {
      fail_to_add({static_cast<ErrorCode>(answer.code), std::move(answer.message), answer.os_code});
    }
    return {};
  }
  state_ = State::running;
  // What was asked of the one before is asked of this one.
  if (sync_asked_ > sync_answered_) {
    begin_to_wait(now);
    isolated::write_number(outbox_, MessageType::sync, sync_asked_);
  }
  return {};
}

std::string_view HelpedRoot::on_events(std::string_view content) {
  isolated::Reader reader(content);
  while (!reader.at_end()) {
    isolated::ToldEvent told;
    isolated::read(reader, told);
    if (reader.failed()) return kUnreadable;
    const std::string_view fault = is_change(told.event.kind) ? on_change(told) : on_notice(told);
    if (!fault.empty()) return fault;
  }
  return reader.complete() ? std::string_view() : kUnreadable;
}

std::string_view HelpedRoot::on_identities(std::string_view content) {
  isolated::Reader reader(content);
  while (!reader.at_end()) {
    isolated::Identity identity;
    isolated::read(reader, identity);
    if (!reader.failed()) mirror_.identify(identity);
  }
  return reader.complete() ? std::string_view() : kUnreadable;
}

std::string_view HelpedRoot::on_told(std::string_view content) {
  isolated::Told told;
  if (!isolated::read(content, told)) return kUnreadable;
  if (!can_be(told.until)) return "a time that cannot be";
  told_until_ = told.until;
  only_ = std::move(told.only);
  count(told.counters);
  return {};
}

std::string_view HelpedRoot::on_synced(std::string_view content) {
  std::uint64_t mark = 0;
  if (!isolated::read_number(content, mark)) return kUnreadable;
  if (mark > sync_asked_ || mark <= sync_answered_) return "an answer to what was not asked";
  sync_answered_ = mark;
  return {};
}

std::string_view HelpedRoot::on_alive(std::string_view content) {
  isolated::Alive alive;
  if (!isolated::read(content, alive)) return kUnreadable;
  if (alive.number != 0) {
    if (alive.number != 1 || !pinged_) return "an answer to what was not asked";
    pinged_ = false;
  }
  count(alive.counters);
  return {};
}

void HelpedRoot::count(const isolated::Counters& counters) {
  counters_ = counters;
  counters_.records += counted_before_.records;
  counters_.losses += counted_before_.losses;
  counters_.repairs += counted_before_.repairs;
}

std::string_view HelpedRoot::on_change(const isolated::ToldEvent& told) {
  if (!known_) return kTooEarly;
  const isolated::Mirror::Applied applied = mirror_.apply(told);
  if (!applied.fault.empty()) return applied.fault;
  if (ready_) pass_on(told, applied);
  return {};
}

// An entry that is not included, but takes others along that may be, is told of all the same.
void HelpedRoot::pass_on(const isolated::ToldEvent& told, const isolated::Mirror::Applied& applied) {
  Event event = told.event;
  const std::string_view path = event.path;
  if (!filter_.passes_everything() && (!path.empty() || event.type != EntryType::directory)) {
    const bool included = includes(path, applied.is_directory);
    if (event.kind == Kind::renamed && !applied.carries_entries) {
      const bool from_included = includes(event.from, applied.is_directory);
      if (!included && !from_included) return;
      if (!included) event.kind = Kind::removed;
      if (!from_included) event.kind = Kind::created;
    } else if (event.kind == Kind::renamed) {
      // A directory with entries: always.
    } else if (!included && !(event.kind == Kind::removed && applied.carries_entries)) {
      return;
    }
  }
  if (!helper_.kinds.contains(event.kind)) return;
  event.path = shown_path(event.kind == Kind::removed && told.event.kind == Kind::renamed ? event.from : path, path_);
  event.from = event.kind == Kind::renamed ? shown_path(told.event.from, from_) : std::string_view();
  if (event.kind != Kind::renamed) event.replaced = false;
  teller_.tell(event);
}

bool HelpedRoot::includes(std::string_view relative, bool is_directory) const {
  if (!relative.empty()) return filter_.includes(relative, is_directory);
  const std::size_t before = std::max(shown_.rfind('/') + 1, shown_.rfind(separator_) + 1);
  const std::string_view name = std::string_view(shown_).substr(before);
  return filter_.includes(only_.empty() ? name : std::string_view(only_), is_directory);
}

std::string_view HelpedRoot::on_notice(const isolated::ToldEvent& told) {
  const Event& event = told.event;
  switch (event.kind) {
    case Kind::ready:
      if (known_) return "a second 'ready'";
      // From now on the next one can go on from here. Where the listing is not told, adding has to succeed first.
      known_ = true;
      type_ = event.type;
      backend_ = "isolated/" + std::string(event.backend);
      ready_reason_ = event.reason;
      if (options_.initial) become_ready();
      return {};
    case Kind::live:
      if (!known_) return kTooEarly;
      if (!ready_) {
        become_ready();
        return {};
      }
      break;
    case Kind::lost:
      if (!known_) return kTooEarly;
      if (!ready_) become_ready();
      if (lost_) return "'lost', and it was lost";
      lost_ = true;
      last_reason_.clear();
      break;
    case Kind::restored:
      if (!lost_) return "'restored', and it was not lost";
      lost_ = false;
      type_ = event.type;
      break;
    default: break;
  }
  Event shown = event;
  if (!told.about_watcher) shown.path = shown_path(event.path, path_);
  tell(shown);
  return {};
}

void HelpedRoot::become_ready() {
  ready_ = true;
  Event event;
  event.kind = Kind::ready;
  event.type = type_;
  event.path = shown_;
  event.backend = backend_;
  event.reason = ready_reason_;
  teller_.tell(event);
  for (const Event& early : early_) teller_.tell(early);
  early_ = Batch();
  if (!added_) added_.emplace(Done{});
}

void HelpedRoot::tell(Event event) {
  if (ready_) {
    teller_.tell(event);
  } else {
    early_.append(event);
  }
}

void HelpedRoot::tell_notice(Kind kind, std::string_view reason, int code) {
  Event event;
  event.kind = kind;
  event.type = type_;
  event.path = shown_;
  event.reason = reason;
  event.code = code;
  tell(event);
}

std::string_view HelpedRoot::shown_path(std::string_view relative, std::string& room) const {
  if (relative.empty()) return shown_;
  room.assign(prefix_).append(relative);
  if (separator_ != '/') {
    std::replace(room.begin() + static_cast<std::ptrdiff_t>(prefix_.size()), room.end(), '/', separator_);
  }
  return room;
}

}  // namespace vigil::core
