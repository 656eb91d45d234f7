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
  if (files::type_of(cookie_directory()) != EntryType::directory) {
    wait_for_silence(deadline);
  } else if (!wait_for_cookies(deadline)) {
    told.failure = why_silent();
  }
  while (told.failure.empty() && !complete(events_)) {
    if (!read_record(deadline)) told.failure = why_silent();
  }
  told.events = std::exchange(events_, {});
  return told;
}

// Once the first cookie has shown, everything before has been read, and is told when the wait for moves is over. The
// second finds it over, the third comes after what that led to. Only the clock can tell when the wait is over.
bool ProcessSubject::wait_for_cookies(Deadline deadline) {
  if (!wait_for_cookie(deadline)) return false;
  if (move_wait() > 0ms) {
    std::this_thread::sleep_for(move_wait());
    if (!wait_for_cookie(deadline)) return false;
  }
  return wait_for_cookie(deadline);
}

bool ProcessSubject::wait_for_cookie(Deadline deadline) {
  const int enough = cookies_ + 1;
  while (now() < deadline && !child_->ended()) {
    if (!make_cookie()) return false;
    const Deadline next = std::min(deadline, now() + kCookieInterval);
    while (cookies_seen_ < enough && read_record(next)) {
    }
    if (cookies_seen_ >= enough) return true;
  }
  return false;
}

bool ProcessSubject::make_cookie() {
  const std::string name(kCookieName);
  return files::create(cookie_directory() + "/" + name + std::to_string(++cookies_)).has_value();
}

bool ProcessSubject::read_record(Deadline deadline) {
  const auto record = child_->next(deadline);
  if (!record) return false;
  std::vector<Observation> events;
  read(*record, events);
  for (Observation& event : events) {
    if (is_cookie(event)) {
      const std::size_t digits = event.path.rfind('-') + 1;
      int number = 0;
      std::from_chars(event.path.data() + digits, event.path.data() + event.path.size(), number);
      cookies_seen_ = std::max(cookies_seen_, number);
    } else if (!is_within(event.path, setup_.cookie_directory)) {
      events_.push_back(std::move(event));
    }
  }
  return true;
}

bool ProcessSubject::is_cookie(const Observation& event) const {
  const std::size_t name = event.path.rfind('/') + 1;
  return event.path.compare(name, kCookieName.size(), kCookieName) == 0;
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
