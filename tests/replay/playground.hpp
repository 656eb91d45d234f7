// Where the replay law is tried: a tree that is watched, a place beside it, and both file systems a machine has.
#pragma once

#include "fake/seeds.hpp"
#include "support/model.hpp"
#include "support/overdue.hpp"
#include "support/random_work.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace vigil::replay {

inline constexpr unsigned kWriters = 3;
inline constexpr std::size_t kOperations = 3000;
inline constexpr std::size_t kRounds = 10;
inline constexpr std::chrono::seconds kPatienceWithSeed{60};

// One seed's tree. One thread at a time.
class Playground {
 public:
  Playground(const std::filesystem::path& place, std::uint64_t seed)
      : directory_(place), inside_(directory_ / "inside"), outside_(directory_ / "outside"), seed_(seed * 100) {
    std::filesystem::create_directory(inside_);
    std::filesystem::create_directory(outside_);
    work(300);  // so that it does not begin with nothing
  }

  // Other work each time.
  void work(std::size_t operations = kOperations / kRounds) {
    testing::work_together(seed_++, kWriters, operations, inside_, outside_);
  }

  const std::string& inside() const { return inside_; }

 private:
  testing::TemporaryDirectory directory_;
  std::string inside_;
  std::string outside_;
  std::uint64_t seed_;
};

// The model is what is on disk, and was led there by events that were each possible.
inline ::testing::AssertionResult is_true(const testing::Model& model, const std::string& directory) {
  if (!model.violations().empty()) return ::testing::AssertionFailure() << model.violations();
  const testing::Listing disk = testing::listing_of(directory);
  if (model.listing() == disk) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "told (-) is not on disk (+)\n"
                                       << testing::differences(model.listing(), disk) << "after\n"
                                       << model.history();
}

// Runs `run(seed)` for each seed until one fails, and says which.
template <typename Run>
void run_seeds(std::uint64_t count, Run&& run) {
  for (const std::uint64_t seed : fake::seeds(count)) {
    {
      const testing::Overdue overdue("seed " + std::to_string(seed), kPatienceWithSeed);
      run(seed);
    }
    if (!::testing::Test::HasFailure()) continue;
    ADD_FAILURE() << "to run this again: VIGIL_SEED=" << seed;
    return;
  }
}

// Each test is made on a file system in memory and on one that is not.
class OnEachFileSystem : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    place_ = GetParam() == "memory" ? testing::place_in_memory() : testing::place_on_disk();
    if (place_.empty()) GTEST_SKIP() << "no file system " << (GetParam() == "memory" ? "in memory" : "on a disk");
  }

  // A disk takes many times as long: it gets a part of the seeds.
  template <typename Run>
  void for_each_seed(Run&& run) {
    constexpr std::uint64_t kAll = VIGIL_REPLAY_SEEDS;
    run_seeds(GetParam() == "memory" ? kAll : kAll / 4, std::forward<Run>(run));
  }

  std::filesystem::path place_;
};

// Windows has none in memory.
inline auto both_file_systems() {
  std::vector<std::string> all = {"disk"};
  if (std::filesystem::path::preferred_separator == '/') all.push_back("memory");
  return ::testing::ValuesIn(all);
}
inline std::string file_system_name(const ::testing::TestParamInfo<std::string>& parameter) { return parameter.param; }

}  // namespace vigil::replay
