// The least a program does with the library: a callback that counts. bench/compare sets it beside `bare_loop count`.
//
//   library_count DIRECTORY
//
// "ready" appears on stderr once the tree is watched; the counts are printed at the end (SIGINT, SIGTERM).

#include <vigil/watcher.hpp>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: library_count DIRECTORY\n");
    return 2;
  }

  // Blocked before the watcher starts threads, which inherit it: only sigwait() below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::array<std::uint64_t, vigil::kKindCount> counts{};
  vigil::Options options;
  options.callback = [&](const vigil::Batch& batch) {
    for (const vigil::Event& event : batch) ++counts[static_cast<std::size_t>(event.kind)];
  };
  auto watcher = vigil::Watcher::open(std::move(options));
  if (!watcher) {
    std::fprintf(stderr, "library_count: %s\n", watcher.error().message().c_str());
    return 1;
  }
  if (auto added = watcher->add(arguments[1]); !added) {
    std::fprintf(stderr, "library_count: %s\n", added.error().message().c_str());
    return 1;
  }
  std::fputs("ready\n", stderr);

  int signal = 0;
  sigwait(&signals, &signal);
  watcher->stop();
  for (std::size_t kind = 0; kind < counts.size(); ++kind) {
    if (counts[kind] == 0) continue;
    const std::string name{vigil::to_string(static_cast<vigil::Kind>(kind))};
    std::printf("%s %llu\n", name.c_str(), static_cast<unsigned long long>(counts[kind]));
  }
}
