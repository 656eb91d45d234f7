// Times polls of a tree that does not change, and what it costs to go on polling it, for the "poll" scenario of
// bench/compare.
//
//   time_poll DIRECTORY ROUNDS IDLE_SECONDS
//
// A round is Watcher::sync(), which makes one pass, and beside it `find DIRECTORY -printf '%s %T@\n'`. Prints for each
// round the nanoseconds of wall clock and of processor time of both, in that order. Then nothing is asked of the
// watcher for some seconds: "idle", the wall clock, its processor time, and the entries in its tree.

#include <vigil/watcher.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

struct Cost {
  nanoseconds wall{};
  nanoseconds processor{};
};

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "time_poll: %s\n", message.c_str());
  std::exit(1);
}

nanoseconds of_timeval(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// Of all threads of this process, in nanoseconds.
nanoseconds own_processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

template <typename Action>
Cost cost_of(Action&& action) {
  const auto start = Clock::now();
  const nanoseconds before = own_processor_time();
  action();
  return {Clock::now() - start, own_processor_time() - before};
}

Cost cost_of_find(const std::string& root) {
  const std::string format = "%s %T@\n";
  std::array<const char*, 5> arguments{"find", root.c_str(), "-printf", format.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  const auto start = Clock::now();
  pid_t child = 0;
  if (posix_spawnp(&child, "find", &actions, nullptr, const_cast<char**>(arguments.data()), environ) != 0) {
    fail("cannot start find");
  }
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  const nanoseconds wall = Clock::now() - start;
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) fail("find failed");
  return {wall, of_timeval(used.ru_utime) + of_timeval(used.ru_stime)};
}

void pass(vigil::Watcher& watcher) {
  if (auto done = watcher.sync(std::chrono::minutes(5)); !done) fail(done.error().message());
  if (auto batch = watcher.wait(std::chrono::nanoseconds(0)); batch && !batch->empty()) {
    fail("an event in a tree that does not change: " + std::string((*batch)[0].path));
  }
}

// Takes what comes, as a program does that has nothing else to do.
void rest(vigil::Watcher& watcher, std::chrono::duration<double> time) {
  const auto end = Clock::now() + std::chrono::duration_cast<nanoseconds>(time);
  while (Clock::now() < end) (void)watcher.wait(end - Clock::now());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) fail("usage: time_poll DIRECTORY ROUNDS IDLE_SECONDS");
  const std::string root = argv[1];
  auto watcher = vigil::Watcher::open({.backend = vigil::BackendChoice::poll});
  if (!watcher) fail(watcher.error().message());
  if (auto added = watcher->add(root); !added) fail(added.error().message());
  (void)watcher->wait(std::chrono::nanoseconds(0));  // ready
  // Until the times of the directories prove them unchanged, which may take as long as whole seconds are told apart.
  pass(*watcher);
  rest(*watcher, std::chrono::seconds(3));
  pass(*watcher);
  for (int round = 0; round < std::atoi(argv[2]); ++round) {
    Cost mine, finds;
    const auto run_mine = [&] { mine = cost_of([&] { pass(*watcher); }); };
    if (round % 2 == 0) run_mine();
    finds = cost_of_find(root);
    if (round % 2 != 0) run_mine();
    std::printf("%lld %lld %lld %lld\n", static_cast<long long>(mine.wall.count()),
                static_cast<long long>(mine.processor.count()), static_cast<long long>(finds.wall.count()),
                static_cast<long long>(finds.processor.count()));
  }
  const Cost idle = cost_of([&] { rest(*watcher, std::chrono::duration<double>(std::atof(argv[3]))); });
  std::printf("idle %lld %lld %zu\n", static_cast<long long>(idle.wall.count()),
              static_cast<long long>(idle.processor.count()), watcher->stats().entries);
  watcher->stop();
}
