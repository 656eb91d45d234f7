// What tools/soak watches by besides the command: a program of the library that has a callback, and that opens and ends
// watchers all the while, as a program does that runs for months.
//
//   soaked raw|net DIRECTORY
//
// Prints the events of its own watcher as the command does, and ends at SIGTERM or SIGINT.
#include "cli/json_writer.hpp"

#include <vigil/watcher.hpp>

#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace std::chrono_literals;

bool succeeded(const vigil::Status& status, const char* what) {
  if (!status) std::fprintf(stderr, "soaked: %s: %s\n", what, status.error().message().c_str());
  return static_cast<bool>(status);
}

// Another watcher of the same tree, in one of the ways there are, for a moment. Its events are nobody's.
bool watch_for_a_moment(const std::string& directory, unsigned turn) {
  vigil::Options options;
  std::size_t told = 0;
  if (turn % 2 == 0) options.settle = 5ms;
  if (turn % 4 < 2) options.callback = [&told](const vigil::Batch& batch) { told += batch.size(); };
  if (turn % 8 == 7) options.backend = vigil::BackendChoice::poll;
  const bool pulls = !options.callback;
  vigil::Result<vigil::Watcher> watcher = vigil::Watcher::open(std::move(options));
  if (!watcher) return succeeded(watcher.error(), "another watcher");
  if (!succeeded(watcher->add(directory, {.initial = turn % 3 == 0}), "its root")) return false;
  if (pulls) {
    (void)watcher->descriptor();
    (void)watcher->wait(20ms);
  }
  // It is stopped now and then, so that this takes too long at times.
  if (turn % 5 == 0) (void)watcher->sync(200ms);
  if (turn % 7 == 0 && !succeeded(watcher->remove(directory), "the end of its root")) return false;
  if (turn % 2 == 0) watcher->stop();
  return true;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string_view mode = argument_count == 3 ? arguments[1] : "";
  if (mode != "raw" && mode != "net") {
    std::fprintf(stderr, "usage: soaked raw|net DIRECTORY\n");
    return 2;
  }
  const std::string directory = arguments[2];

  // Blocked before there are threads, which inherit it: only sigtimedwait() below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  vigil::cli::Output output(STDOUT_FILENO);
  vigil::cli::JsonWriter writer;
  vigil::Options options;
  if (mode == "net") options.settle = 20ms;
  options.callback = [&](const vigil::Batch& batch) {
    for (const vigil::Event& event : batch) writer.write(event, output);
    output.flush();
  };
  vigil::Result<vigil::Watcher> watcher = vigil::Watcher::open(std::move(options));
  if (!watcher) return succeeded(watcher.error(), "the watcher") ? 0 : 1;
  if (!succeeded(watcher->add(directory), "the root")) return 1;

  constexpr timespec kPause{0, 100'000'000};
  for (unsigned turn = 0; sigtimedwait(&signals, nullptr, &kPause) < 0; ++turn) {
    if (!watch_for_a_moment(directory, turn)) return 1;
  }
  watcher->stop();
  return 0;
}
