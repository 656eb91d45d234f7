#include "conformance/subject_process.hpp"

#include "conformance/files.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <thread>
#include <utility>

namespace vigil::conformance {
namespace {

using namespace std::chrono_literals;

constexpr auto kReadyTimeout = 20s;
constexpr auto kCookieInterval = 500ms;

// As the shell has it; a child that cannot be started ends with this or more.
constexpr int kCannotStart = 126;

// Where no cookie can be made, this much silence has to do.
constexpr auto kSilence = 1500ms;

constexpr std::string_view kCookieName = "vigil-cookie-";

// So many cookies in a row that bring nothing else: what was read with the first has led to whatever it leads to.
constexpr int kQuietCookies = 3;

Deadline now() { return std::chrono::steady_clock::now(); }

}  // namespace

Status ProcessSubject::start(const Setup& setup) {
  setup_ = setup;
  ChildOptions options = command_line(setup);
  options.working_directory = setup.working_directory;
  options.user_limits = setup.user_limits;
  options.unprivileged = setup.unprivileged;
  auto child = ChildProcess::start(std::move(options));
  if (!child) return std::move(child).error();
  child_ = *std::move(child);
  for (const std::string& directory : cookie_directories()) cookie_places_[directory] = files::identity(directory);
  return wait_until_ready(now() + kReadyTimeout);
}

// While it is stopped no time passes for it: it finds all that was done in the kernel's queue at once.
void ProcessSubject::begin_batch() {
  held_ = true;
  pause();
}

Told ProcessSubject::collect(std::chrono::milliseconds timeout) {
  if (std::exchange(held_, false)) resume();
  const Deadline deadline = now() + timeout;
  Told told;
  if (!has_cookies()) {
    wait_for_silence(deadline);
  } else if (!catch_up(deadline)) {
    told.failure = why_silent();
  }
  while (told.failure.empty() && !complete(events_)) {
    if (!read_record(deadline)) told.failure = why_silent();
  }
  told.events = std::exchange(events_, {});
  return told;
}

// Once the first cookie has shown, everything before has been read, and is told when the wait for moves is over: only
// the clock can tell when that is. A program that is never quiet has at least answered.
bool ProcessSubject::catch_up(Deadline deadline) {
  if (!wait_for_cookie(deadline)) return false;
  if (move_wait() > 0ms) std::this_thread::sleep_for(move_wait());
  for (int quiet = 0; quiet < kQuietCookies;) {
    const std::size_t before = news_;
    if (!wait_for_cookie(deadline)) return now() >= deadline && !child_->ended() && news_ > before;
    quiet = news_ == before ? quiet + 1 : 0;
  }
  return true;
}

bool ProcessSubject::wait_for_cookie(Deadline deadline) {
  const int enough = cookies_ + 1;
  const auto seen = [&] {
    const auto directories = cookie_directories();
    return std::all_of(directories.begin(), directories.end(),
                       [&](const std::string& directory) { return cookies_seen_[directory] >= enough; });
  };
  while (now() < deadline && !child_->ended()) {
    if (!make_cookies()) return false;
    const Deadline next = std::min(deadline, now() + kCookieInterval);
    while (!seen() && read_record(next)) {
    }
    if (seen()) return true;
  }
  return false;
}

bool ProcessSubject::make_cookies() {
  const std::string name = std::string(kCookieName) + std::to_string(++cookies_);
  bool made = true;
  for (const std::string& directory : cookie_directories()) made = files::create(directory + "/" + name) && made;
  return made;
}

// A directory that is gone, or another of its name, may not be watched.
bool ProcessSubject::has_cookies() const {
  const auto directories = cookie_directories();
  return std::all_of(directories.begin(), directories.end(), [this](const std::string& directory) {
    const auto place = cookie_places_.find(directory);
    return files::type_of(directory) == EntryType::directory && place != cookie_places_.end() &&
           place->second == files::identity(directory);
  });
}

bool ProcessSubject::read_record(Deadline deadline) {
  const auto record = child_->next(deadline);
  if (!record) return false;
  std::vector<Observation> events;
  read(*record, events);
  for (Observation& event : events) {
    if (is_cookie(event)) {
      const std::size_t slash = event.path.rfind('/');
      const std::size_t digits = event.path.rfind('-') + 1;
      int number = 0;
      std::from_chars(event.path.data() + digits, event.path.data() + event.path.size(), number);
      int& last = cookies_seen_[event.path.substr(0, slash)];
      last = std::max(last, number);
    } else if (!is_within(event.path, setup_.cookie_directory)) {
      news_ += is_cookie_directory(event.path) ? 0 : 1;
      events_.push_back(std::move(event));
    }
  }
  return true;
}

bool ProcessSubject::is_cookie(const Observation& event) const {
  const std::size_t name = event.path.rfind('/') + 1;
  return event.path.compare(name, kCookieName.size(), kCookieName) == 0;
}

// Some programs tell of a directory when something is made in it.
bool ProcessSubject::is_cookie_directory(const std::string& path) const {
  const auto directories = cookie_directories();
  return std::find(directories.begin(), directories.end(), path) != directories.end();
}

std::string ProcessSubject::why_silent() {
  if (!child_->ended()) return "does not report any more";
  const int status = child_->stop();
  return "has ended with status " + std::to_string(status) + ": " + child_->error_text();
}

void ProcessSubject::wait_for_silence(Deadline deadline) {
  while (now() < deadline && read_record(std::min(deadline, now() + kSilence))) {
  }
}

std::string program_version(const std::vector<std::string>& arguments) {
  ChildOptions options;
  options.arguments = arguments;
  options.working_directory = "/";
  auto child = ChildProcess::start(std::move(options));
  if (!child) return {};
  std::string output;
  const Deadline deadline = now() + 5s;
  while (const auto line = (*child)->next(deadline)) output += *line + "\n";
  const bool started = (*child)->stop() < kCannotStart;
  std::istringstream words(output);
  for (std::string word; started && words >> word;) {
    if (word.find_first_of("0123456789") != std::string::npos) return word;
  }
  return {};
}

}  // namespace vigil::conformance
