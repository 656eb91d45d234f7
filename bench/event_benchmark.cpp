// What batches, filters and the net effect cost an event, and ignore rules an entry of a crawl.
#include <benchmark/benchmark.h>
#include <vigil/event.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "event/filter.hpp"
#include "event/ignore_rules.hpp"
#include "event/net.hpp"

namespace {

using vigil::Batch;
using vigil::EntryType;
using vigil::Event;
using vigil::Kind;
using vigil::event::Filter;
using vigil::event::IgnoreDirectory;
using vigil::event::IgnoreFile;
using vigil::event::NetEffect;

// Files of a tree of directories, a hundred in each.
std::vector<std::string> paths(std::size_t count) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < count; ++i) {
    paths.push_back("/srv/someone/project/part" + std::to_string(i / 10000) + "/src" + std::to_string(i / 100) +
                    "/file" + std::to_string(i) + ".cpp");
  }
  return paths;
}

Event event_of(Kind kind, const std::string& path, std::uint64_t seq, EntryType type = EntryType::file) {
  Event event;
  event.kind = kind;
  event.type = type;
  event.seq = seq;
  event.path = path;
  return event;
}

void count_events(benchmark::State& state, std::size_t per_iteration) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * per_iteration));
}

void BatchOfOne(benchmark::State& state) {
  const std::string path = paths(1)[0];
  for (auto _ : state) {
    Batch batch;
    batch.append(event_of(Kind::modified, path, 1));
    benchmark::DoNotOptimize(batch.begin());
  }
  count_events(state, 1);
}
BENCHMARK(BatchOfOne);

void BatchOfMany(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string path = paths(1)[0];
  for (auto _ : state) {
    Batch batch;
    for (std::size_t i = 0; i < size; ++i) batch.append(event_of(Kind::modified, path, i));
    benchmark::DoNotOptimize(batch.begin());
  }
  count_events(state, size);
}
BENCHMARK(BatchOfMany)->Arg(16)->Arg(512)->Arg(16384);

void FilterExcludes(benchmark::State& state, const std::vector<std::string>& patterns) {
  const auto filter = Filter::parse({}, patterns);
  if (!filter) std::abort();
  const std::string path = "source/library/parser/expression_test.cpp";
  for (auto _ : state) benchmark::DoNotOptimize(filter->excludes(path, false));
  count_events(state, 1);
}
BENCHMARK_CAPTURE(FilterExcludes, name, std::vector<std::string>{"node_modules/"});
BENCHMARK_CAPTURE(FilterExcludes, suffix, std::vector<std::string>{"*.o"});
BENCHMARK_CAPTURE(FilterExcludes, path, std::vector<std::string>{"source/**/generated/*.cpp"});
BENCHMARK_CAPTURE(FilterExcludes, ten,
                  std::vector<std::string>{".git/", "node_modules/", "/build", "*.o", "*.a", "*.{tmp,swp}", "*~",
                                           "**/__pycache__/**", "target/", "[._]*.s[a-w][a-z]"});

// Rules as projects have them; `names` more of the plainest kind.
std::string ignore_rules(std::size_t names) {
  std::string text =
      "# built\n/build/\n/dist/\n*.o\n*.a\n*.so\n*.so.*\n*.py[cod]\n__pycache__/\nnode_modules/\n.env\n.venv/\n"
      "!lib/keep.a\n/docs/_build/\n**/generated/*.cpp\ncoverage*/\n*~\n.*.sw[a-p]\n.DS_Store\n/src/*/out\n";
  for (std::size_t i = 0; i < names; ++i) text += "name" + std::to_string(i) + "\n";
  return text;
}

void IgnoreDecides(benchmark::State& state) {
  const auto file = IgnoreFile::parse(".gitignore", ignore_rules(static_cast<std::size_t>(state.range(0))));
  if (!file) std::abort();
  const auto top = IgnoreDirectory::top({}, {nullptr, *file});
  const auto directory = top->enter("source", {})->enter("library", {})->enter("parser", {});
  for (auto _ : state) benchmark::DoNotOptimize(directory->decide("expression_test.cpp", false));
  count_events(state, 1);
}
BENCHMARK(IgnoreDecides)->Arg(0)->Arg(1000)->Arg(50000);

void IgnoreEnters(benchmark::State& state) {
  const auto file = IgnoreFile::parse(".gitignore", ignore_rules(0));
  if (!file) std::abort();
  const auto top = IgnoreDirectory::top({}, {nullptr, *file});
  const auto directory = top->enter("source", {})->enter("library", {});
  for (auto _ : state) benchmark::DoNotOptimize(directory->enter("parser", {}));
  count_events(state, 1);
}
BENCHMARK(IgnoreEnters);

void IgnoreFileParses(benchmark::State& state) {
  const std::string text = ignore_rules(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(IgnoreFile::parse(".gitignore", text));
  count_events(state, 1);
}
BENCHMARK(IgnoreFileParses)->Arg(0)->Arg(50000);

void gather(benchmark::State& state, const std::vector<Event>& events) {
  for (auto _ : state) {
    NetEffect effect;
    for (const Event& event : events) effect.add(event);
    Batch net;
    effect.take(net);
    benchmark::DoNotOptimize(net.begin());
  }
  count_events(state, events.size());
}

void NetOfWrites(benchmark::State& state) {
  const auto files = paths(static_cast<std::size_t>(state.range(0)));
  std::vector<Event> events;
  for (std::size_t i = 0; i < files.size() * 4; ++i) {
    events.push_back(event_of(Kind::modified, files[i % files.size()], i + 1));
  }
  gather(state, events);
}
BENCHMARK(NetOfWrites)->Arg(1)->Arg(1000)->Arg(100000);

void NetOfNewFiles(benchmark::State& state) {
  const auto files = paths(static_cast<std::size_t>(state.range(0)));
  std::vector<Event> events;
  for (const std::string& file : files) {
    for (const Kind kind : {Kind::created, Kind::modified, Kind::closed}) {
      events.push_back(event_of(kind, file, events.size() + 1));
    }
  }
  gather(state, events);
}
BENCHMARK(NetOfNewFiles)->Arg(1000)->Arg(100000);

// File by file, then each directory.
void NetOfARemovedTree(benchmark::State& state) {
  const auto files = paths(static_cast<std::size_t>(state.range(0)));
  std::vector<std::string> directories;
  for (std::size_t i = 0; i < files.size(); i += 100) directories.push_back(files[i].substr(0, files[i].rfind('/')));
  std::vector<Event> events;
  for (std::size_t i = 0; i < files.size(); ++i) {
    events.push_back(event_of(Kind::removed, files[i], events.size() + 1));
    if (i % 100 != 99) continue;
    events.push_back(event_of(Kind::removed, directories[i / 100], events.size() + 1, EntryType::directory));
  }
  gather(state, events);
}
BENCHMARK(NetOfARemovedTree)->Arg(1000)->Arg(100000);

}  // namespace
