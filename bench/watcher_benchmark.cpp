// The library end to end, on the real kernel: in /dev/shm where there is one, else where temporary files go.
#include <vigil/watcher.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;

// A directory of our own, removed with all it holds. One thread at a time.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const std::filesystem::path shared_memory = "/dev/shm";
    const bool usable = std::filesystem::is_directory(shared_memory);
    std::string pattern = (usable ? shared_memory : std::filesystem::temp_directory_path()) / "vigil-benchmark-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// What a benchmark cannot go on without.
template <typename T>
T must(vigil::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

vigil::Watcher watch(const std::filesystem::path& root) {
  vigil::Watcher watcher = must(vigil::Watcher::open());
  must(watcher.add(root.native()));
  return watcher;
}

void make_file(const std::filesystem::path& path) { std::ofstream{path}; }

// Takes events until `count` files were closed.
void wait_for_closed(vigil::Watcher& watcher, std::size_t count) {
  for (std::size_t closed = 0; closed < count;) {
    const auto batch = watcher.wait(10s);
    if (!batch || batch->empty()) throw std::runtime_error("events are missing");
    for (const vigil::Event& event : *batch) closed += event.kind == vigil::Kind::closed ? 1 : 0;
  }
}

void discard_events(vigil::Watcher& watcher) {
  must(watcher.sync(10s));
  while (true) {
    const auto batch = watcher.wait(0ns);
    if (!batch || batch->empty()) return;
  }
}

// From creating a file until the event that it is complete has been taken by the same thread.
void create_to_event(benchmark::State& state) {
  const TemporaryDirectory directory;
  vigil::Watcher watcher = watch(directory.path());
  std::uint64_t file = 0;
  for (auto _ : state) {
    make_file(directory.path() / std::to_string(file++));
    wait_for_closed(watcher, 1);
  }
}
BENCHMARK(create_to_event)->Iterations(2'000)->UseRealTime();

// Creating many files while nobody waits, then taking all their events.
void burst(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const TemporaryDirectory directory;
  vigil::Watcher watcher = watch(directory.path());
  for (auto _ : state) {
    for (std::size_t file = 0; file < count; ++file) make_file(directory.path() / std::to_string(file));
    wait_for_closed(watcher, count);
    state.PauseTiming();
    for (std::size_t file = 0; file < count; ++file) std::filesystem::remove(directory.path() / std::to_string(file));
    discard_events(watcher);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(burst)->Arg(1'000)->Arg(5'000)->UseRealTime()->Unit(benchmark::kMillisecond);

// Opening a watcher, adding a tree of directories with four files each, and stopping.
void add_tree(benchmark::State& state) {
  const TemporaryDirectory directory;
  for (std::int64_t number = 0; number < state.range(0); ++number) {
    const auto path = directory.path() / ("group" + std::to_string(number / 100)) / ("part" + std::to_string(number));
    std::filesystem::create_directories(path);
    for (const char* name : {"a.cpp", "a.hpp", "b.cpp", "b.hpp"}) make_file(path / name);
  }
  for (auto _ : state) watch(directory.path()).stop();
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(add_tree)->Arg(100)->Arg(2'000)->UseRealTime()->Unit(benchmark::kMillisecond);

// sync() when there is nothing to deliver.
void sync_idle(benchmark::State& state) {
  const TemporaryDirectory directory;
  vigil::Watcher watcher = watch(directory.path());
  discard_events(watcher);
  for (auto _ : state) must(watcher.sync(10s));
}
BENCHMARK(sync_idle)->UseRealTime();

void open_and_stop(benchmark::State& state) {
  for (auto _ : state) must(vigil::Watcher::open()).stop();
}
BENCHMARK(open_and_stop)->UseRealTime();

}  // namespace
