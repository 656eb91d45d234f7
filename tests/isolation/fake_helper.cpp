// A helper that lies, or hangs. How is said by the environment: VIGIL_LIE. VIGIL_LIED names a file: where it exists, an
// honest helper takes the place of this one; else the file is made. "fake_helper program DIRECTORY HELPER" is a program
// that has helpers instead.
#include <vigil/result.hpp>
#include <vigil/watcher.hpp>

#include "backend/isolated/protocol.hpp"
#include "core/helper.hpp"
#include "sys/channel.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace {

namespace isolated = vigil::backend::isolated;
using isolated::MessageType;
using vigil::EntryType;
using vigil::Event;
using vigil::Kind;

// Another process that inherits what this one has, and lives on for a while.
constexpr const char* kSleepBeside =
    std::filesystem::path::preferred_separator == '/' ? "sleep 20 &" : "start /b ping -n 20 127.0.0.1 > NUL";

std::string text_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr ? value : "";
}

vigil::sys::Channel& channel() {
  static const auto opened = vigil::sys::open_channel();
  if (!opened) std::exit(7);
  return *opened.value;
}

void say(std::string_view bytes) {
  while (!bytes.empty()) {
    const vigil::sys::Transfer sent = channel().send(bytes);
    if (sent.closed) std::exit(9);
    bytes.remove_prefix(sent.bytes);
    if (sent.bytes == 0) (void)channel().sleep(std::nullopt, true, std::nullopt);
  }
  // Whoever ends next has said it all the same.
  (void)channel().sleep(std::nullopt, true, std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
}

// Some bytes; none at the end.
std::string_view read() {
  static std::array<char, 4096> room;
  while (true) {
    const vigil::sys::Transfer received = channel().receive(room);
    if (received.bytes != 0) return {room.data(), received.bytes};
    if (received.closed) return {};
    (void)channel().sleep(std::nullopt, false, std::nullopt);
  }
}

// Until the program has had enough.
[[noreturn]] void wait() {
  while (!read().empty()) {
  }
  std::exit(0);
}

// Not even for that.
[[noreturn]] void hang() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

void hear(std::size_t messages) {
  isolated::Inbox inbox;
  for (isolated::Message message; messages > 0;) {
    if (inbox.next(message) == isolated::Inbox::State::message) {
      --messages;
      continue;
    }
    const std::string_view bytes = read();
    if (bytes.empty()) std::exit(0);
    inbox.add(bytes);
  }
}

std::string hello(isolated::Hello hello = {.role = isolated::Hello::Role::helper}) {
  std::string out;
  write(out, hello);
  return out;
}

std::string answer(int code = 0) {
  std::string out;
  write(out, isolated::Answer{code, 0, code == 0 ? "" : "it lies"});
  return out;
}

std::string events(std::initializer_list<Event> all) {
  std::string out;
  isolated::Writer writer(out, MessageType::events);
  for (const Event& event : all) write(writer, isolated::ToldEvent{event});
  writer.finish();
  return out;
}

Event event(Kind kind, std::string_view path = {}, EntryType type = EntryType::directory) {
  Event event;
  event.kind = kind;
  event.path = path;
  event.type = type;
  return event;
}

Event renamed(std::string_view from, std::string_view path, bool replaced = false) {
  Event told = event(Kind::renamed, path);
  told.from = from;
  told.replaced = replaced;
  return told;
}

std::string told(const vigil::backend::isolated::ToldUntil& until, const std::string& only) {
  std::string out;
  write(out, isolated::Told{until, only, {}});
  return out;
}

// The root is a file.
std::string established_file() {
  return answer() + events({event(Kind::ready, {}, EntryType::file), event(Kind::created, {}, EntryType::file),
                            event(Kind::live, {}, EntryType::file)});
}

// As time points at the end of what can be counted.
isolated::ToldUntil until(std::int64_t time, std::int64_t moment) {
  return {vigil::Timestamp(std::chrono::nanoseconds(time)),
          std::chrono::steady_clock::time_point(std::chrono::steady_clock::duration(moment))};
}

std::string established() {
  return answer() + events({event(Kind::ready), event(Kind::live), event(Kind::created, "d"),
                            event(Kind::created, "d/f", EntryType::file)});
}

void lie_from_the_start(const std::string& lie) {
  if (lie == "silent") wait();
  if (lie == "exit") std::exit(3);
  if (lie == "speech") {
    say(std::string(300'000, 'x'));
    std::exit(6);
  }
  if (lie == "leaves another") {
    std::thread([] { (void)std::system(kSleepBeside); }).join();
    say("left");
    std::exit(3);
  }
  if (lie == "echo") {
    for (std::string_view bytes; !(bytes = read()).empty();) say(bytes);
    std::exit(0);
  }
  if (lie == "garbage") say("Usage: something else entirely\n");
  if (lie == "huge") say(std::string("\xFF\xFF\xFF\xFF\x01", 5));
  if (lie == "version") say(hello({isolated::Hello::Role::helper, 7, 9, 0}));
  if (lie == "versions reversed") say(hello({isolated::Hello::Role::helper, 2, 1, 0}));
  if (lie == "role") say(hello({.role = isolated::Hello::Role::program}));
  if (lie == "no hello") say(answer());
  if (lie == "short hello") say(std::string("\x03\0\0\0\x01vig", 8));
}

void lie_after_hello(const std::string& lie) {
  if (lie == "no answer") wait();
  if (lie == "exits") std::exit(4);
  if (lie == "refuses") say(answer(static_cast<int>(vigil::ErrorCode::permission_denied)));
  if (lie == "unknown error") say(answer(999));
  if (lie == "wrong answer") say(std::string("\x02\0\0\0\x20\xFF\xFF", 7));
  if (lie == "events first") say(events({event(Kind::ready)}));
  if (lie == "silent after the answer") {
    say(answer());
    wait();
  }
  if (lie == "dies after the answer") {
    say(answer());
    std::exit(5);
  }
  if (lie == "created first") say(answer() + events({event(Kind::created, "d")}));
  if (lie == "lost first") say(answer() + events({event(Kind::lost)}));
  if (lie == "live first") say(answer() + events({event(Kind::live)}));
  if (lie == "gives up") {
    std::string out;
    isolated::write_failed(out, "out of breath");
    say(out);
    std::exit(1);
  }
}

// Some need a root that is a file.
void lie_of_a_file(const std::string& lie) {
  if (lie == "beside the file") say(established_file() + events({event(Kind::created, "x", EntryType::file)}));
  if (lie == "moved beside the file") say(established_file() + events({renamed("x", "y")}));
  if (lie == "dies with a file") {
    say(established_file());
    std::exit(0);
  }
}

void lie_when_established(const std::string& lie) {
  lie_of_a_file(lie);
  if (lie == "byte by byte") {
    for (const char byte : established()) say({&byte, 1});
    wait();
  }
  say(established());
  if (lie == "hangs") hang();
  if (lie == "hangs in a call") {
    const auto watchdog = vigil::sys::open_watchdog(std::chrono::milliseconds(200));
    watchdog.value->begin();
    hang();
  }
  std::string out;
  if (lie == "half a message") {
    out = events({event(Kind::created, "x")});
    out.resize(out.size() - 3);
    say(out);
    std::exit(0);
  }
  if (lie == "unknown message") out = std::string("\0\0\0\0\x7F", 5);
  if (lie == "cut content") out = std::string("\x03\0\0\0\x21\0\x02\0", 8);
  if (lie == "second answer") out = answer();
  if (lie == "unasked sync") isolated::write_number(out, MessageType::synced, 5);
  if (lie == "unasked alive") write(out, isolated::Alive{1, {}});
  if (lie == "second ready") out = events({event(Kind::ready)});
  if (lie == "restored") out = events({event(Kind::restored)});
  if (lie == "no parent") out = events({event(Kind::created, "a/b")});
  if (lie == "below a file") out = events({event(Kind::created, "d/f/x")});
  if (lie == "exists") out = events({event(Kind::created, "d")});
  if (lie == "dots") out = events({event(Kind::created, "../x")});
  if (lie == "absolute") out = events({event(Kind::created, "/x")});
  if (lie == "slash at the end") out = events({event(Kind::created, "x/")});
  if (lie == "dies with a name for a directory") {
    say(told({}, "x"));
    std::exit(0);
  }
  if (lie == "told at the beginning of time") out = told(until(INT64_MIN, 0), "");
  if (lie == "told at the end of time") out = told(until(INT64_MAX, 0), "");
  if (lie == "told before the clock") out = told(until(0, INT64_MIN), "");
  if (lie == "told tomorrow") out = told(until(0, INT64_MAX), "");
  if (lie == "nul") out = events({event(Kind::created, std::string_view("x\0y", 3))});
  if (lie == "long name") out = events({event(Kind::created, std::string(isolated::kNameBytesMax + 1, 'x'))});
  if (lie == "bad type") out = events({event(Kind::created, "x", static_cast<EntryType>(5))});
  if (lie == "bad kind") out = events({event(static_cast<Kind>(vigil::kKindCount), "x")});
  if (lie == "not there") out = events({event(Kind::removed, "x")});
  if (lie == "written nowhere") out = events({event(Kind::modified, "x")});
  if (lie == "into itself") out = events({renamed("d", "d/e")});
  if (lie == "onto itself") out = events({renamed("d", "d", true)});
  if (lie == "over untold") out = events({event(Kind::created, "e"), renamed("e", "d")});
  if (lie == "over above") out = events({renamed("d/f", "d", true)});
  if (lie == "over nothing") out = events({renamed("d", "e", true)});
  if (lie == "root renamed") out = events({renamed("", "e")});
  if (lie == "root created") out = events({event(Kind::created, "", EntryType::file)});
  if (lie == "replaced created") {
    Event told = event(Kind::created, "x");
    told.replaced = true;
    out = events({told});
  }
  say(out);
}

// Watches a directory by helpers, until it is killed.
int be_a_program(const std::string& directory, const std::string& helper) {
  vigil::Options options;
  options.isolation = vigil::Isolation::process;
  options.helper = helper;
  vigil::Result<vigil::Watcher> watcher = vigil::Watcher::open(options);
  if (!watcher || !watcher->add(directory)) return 1;
  say("watches");
  hang();
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 4) return be_a_program(arguments[2], arguments[3]);
  if (const std::string lied = text_of("VIGIL_LIED"); !lied.empty()) {
    if (std::filesystem::exists(lied)) return vigil::core::run_helper();
    std::ofstream{lied};
  }
  const std::string lie = text_of("VIGIL_LIE");
  lie_from_the_start(lie);
  say(hello());
  hear(3);  // hello, watch, begin
  lie_after_hello(lie);
  lie_when_established(lie);
  wait();
}
