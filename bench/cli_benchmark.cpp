// What it costs to put an event into words and to hand the words to the system.
#include "cli/human_writer.hpp"
#include "cli/json_writer.hpp"
#include "cli/output.hpp"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>

#include "base/unique_fd.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace {

using namespace vigil;

constexpr std::size_t kEvents = 512;

// Files created one after the other, a few microseconds apart.
Batch created_files(const std::string& directory) {
  Batch batch;
  Timestamp time{std::chrono::seconds{1'767'322'445}};
  for (std::size_t index = 0; index < kEvents; ++index) {
    const std::string path = fmt::format("{}/file{}", directory, 100'000 + index);
    Event event;
    event.kind = Kind::created;
    event.type = EntryType::file;
    event.seq = 1'000'000 + index;
    event.time = time;
    event.path = path;
    batch.append(event);
    time += std::chrono::nanoseconds{3'456};
  }
  return batch;
}

void write_batches(benchmark::State& state, cli::EventWriter& writer, const std::string& directory) {
  const Batch batch = created_files(directory);
  const base::UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  cli::Output output(null.get());
  for (auto _ : state) {
    for (const Event& event : batch) writer.write(event, output);
    output.flush();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.size()));
  state.counters["line"] = benchmark::Counter(static_cast<double>(state.iterations()) * kEvents,
                                              benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void json(benchmark::State& state) {
  cli::JsonWriter writer;
  write_batches(state, writer, "/srv/project/work/src/module/d042");
}
BENCHMARK(json);

void json_not_ascii(benchmark::State& state) {
  cli::JsonWriter writer;
  write_batches(state, writer, "/srv/Schätze/日本語/d042");
}
BENCHMARK(json_not_ascii);

void json_not_utf8(benchmark::State& state) {
  cli::JsonWriter writer;
  write_batches(state, writer, "/srv/project/work/src/m\xFC\xDF/d042");
}
BENCHMARK(json_not_utf8);

void human(benchmark::State& state) {
  cli::HumanWriter writer("/srv/project/work", true);
  write_batches(state, writer, "/srv/project/work/src/module/d042");
}
BENCHMARK(human);

}  // namespace
