// What the tree costs, at the size of a large checkout: 50,000 directories with 200,000 files, each name different.
#include "tree/tree.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace vigil::tree {
namespace {

constexpr int kDirectories = 50'000;
constexpr int kFilesPerDirectory = 4;
constexpr int kDirectoriesPerDirectory = 10;

using Entry = std::pair<NodeId, std::string>;

// Twelve bytes, as `file_0000123`.
std::string name_of(const char* prefix, int number) {
  std::string digits = std::to_string(number);
  return prefix + std::string(7 - digits.size(), '0') + digits;
}

struct Sample {
  Tree tree;
  NodeId root = tree.add_root();
  std::vector<NodeId> directories{root};

  explicit Sample(bool unique_names = true) {
    for (int number = 0; number < kDirectories; ++number) {
      const NodeId parent = directories[static_cast<std::size_t>(number / kDirectoriesPerDirectory)];
      directories.push_back(tree.add(parent, name_of("tree_", number), EntryType::directory, inode()));
    }
    for (std::size_t index = 1; index < directories.size(); ++index) {
      for (int file = 0; file < kFilesPerDirectory; ++file) {
        const int number = unique_names ? static_cast<int>(tree.size()) : file;
        tree.add(directories[index], name_of("file_", number), EntryType::file, inode());
      }
    }
  }

  std::uint64_t inode() const { return 1'000'000 + tree.size(); }

  // All entries but the root, in random order; always the same.
  std::vector<Entry> entries() const {
    std::vector<Entry> entries;
    tree.for_each(root, [&](NodeId node) {
      if (node != root) entries.emplace_back(tree.parent(node), tree.name(node));
    });
    std::shuffle(entries.begin(), entries.end(), std::mt19937_64(1));
    return entries;
  }
};

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  long size = 0;
  long resident = 0;
  statm >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Building the whole tree; counters tell what it takes of memory.
void build(benchmark::State& state) {
  const bool unique_names = state.range(0) != 0;
  double resident = 0;
  double counted = 0;
  std::size_t entries = 0;
  for (auto _ : state) {
    const double before = resident_bytes();
    const Sample sample(unique_names);
    state.PauseTiming();
    resident = resident_bytes() - before;
    counted = static_cast<double>(sample.tree.memory_bytes());
    entries = sample.tree.size();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(entries));
  state.counters["resident_MiB"] = resident / (1 << 20);
  state.counters["counted_MiB"] = counted / (1 << 20);
  state.counters["bytes_per_entry"] = resident / static_cast<double>(entries);
}
BENCHMARK(build)->ArgName("unique_names")->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond);

void find(benchmark::State& state) {
  const Sample sample;
  const std::vector<Entry> entries = sample.entries();
  std::size_t next = 0;
  for (auto _ : state) {
    const auto& [parent, name] = entries[next];
    benchmark::DoNotOptimize(sample.tree.find(parent, name));
    if (++next == entries.size()) next = 0;
  }
}
BENCHMARK(find);

// A name that is nowhere in the tree, as that of a file just created.
void find_new_name(benchmark::State& state) {
  const Sample sample;
  std::vector<std::string> names;
  for (int number = 0; number < 100'000; ++number) names.push_back(name_of("none_", number));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sample.tree.find(sample.root, names[next]));
    if (++next == names.size()) next = 0;
  }
}
BENCHMARK(find_new_name);

// The same few entries again and again.
void find_in_same_directory(benchmark::State& state) {
  const Sample sample;
  const NodeId directory = sample.directories.back();
  std::vector<std::string> names;
  for (NodeId child = sample.tree.first_child(directory); child != kNoNode; child = sample.tree.next_sibling(child)) {
    names.emplace_back(sample.tree.name(child));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sample.tree.find(directory, names[next]));
    if (++next == names.size()) next = 0;
  }
}
BENCHMARK(find_in_same_directory);

// One file each into random directories of the full tree, under a new name, and out again; halves are timed apart.
template <bool kTimeAdd>
void add_or_remove(benchmark::State& state) {
  Sample sample;
  std::vector<Entry> entries;
  std::mt19937 random(1);
  for (int number = 0; number < 10'000; ++number) {
    entries.emplace_back(sample.directories[random() % sample.directories.size()], name_of("more_", number));
  }
  std::vector<NodeId> added;
  for (auto _ : state) {
    if (!kTimeAdd) state.PauseTiming();
    added.clear();
    for (const auto& [parent, name] : entries) added.push_back(sample.tree.add(parent, name, EntryType::file, 1));
    kTimeAdd ? state.PauseTiming() : state.ResumeTiming();
    for (const NodeId node : added) sample.tree.remove(node, [](NodeId) {});
    if (kTimeAdd) state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(entries.size()));
}
BENCHMARK(add_or_remove<true>)->Name("add");
BENCHMARK(add_or_remove<false>)->Name("remove");

void remove_everything(benchmark::State& state) {
  std::int64_t removed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto sample = std::make_unique<Sample>();
    removed += static_cast<std::int64_t>(sample->tree.size());
    state.ResumeTiming();
    sample->tree.remove(sample->root, [](NodeId) {});
    state.PauseTiming();
    sample.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(removed);
}
BENCHMARK(remove_everything)->Unit(benchmark::kMillisecond);

// A directory and all below it, to and fro.
void move_directory(benchmark::State& state) {
  Sample sample;
  const NodeId moved = sample.directories[2];
  bool away = false;
  for (auto _ : state) {
    away = !away;
    sample.tree.move(moved, sample.directories[away ? 1 : 0], away ? "away" : "back");
  }
}
BENCHMARK(move_directory);

void append_path(benchmark::State& state) {
  const Sample sample;
  std::vector<NodeId> nodes;
  for (const auto& [parent, name] : sample.entries()) nodes.push_back(sample.tree.find(parent, name));
  std::string path;
  std::size_t next = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    path.clear();
    sample.tree.append_path(nodes[next], path);
    bytes += path.size();
    if (++next == nodes.size()) next = 0;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(append_path);

}  // namespace
}  // namespace vigil::tree
