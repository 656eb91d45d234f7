#include "sim/simulation.hpp"

#include "fake/seeds.hpp"

#include <gtest/gtest.h>
#include <cstdlib>
#include <iostream>

namespace vigil::sim {
namespace {

constexpr std::size_t kOperations = 3000;

// What a person needs who wants to know why.
void explain(std::uint64_t seed, const Choices& choices) {
  const std::size_t operations = shortest_failure(seed, kOperations, choices);
  const Outcome outcome = simulate(seed, operations, choices, true);
  constexpr std::size_t kShown = 6000;
  const std::size_t from = outcome.log.size() > kShown ? outcome.log.size() - kShown : 0;
  ADD_FAILURE() << "VIGIL_SEED=" << seed << " fails with " << operations << " operations: " << outcome.failure
                << "\nThe end of what happened:\n"
                << outcome.log.substr(from);
}

Outcome run_all(const Choices& choices, std::uint64_t seeds) {
  Outcome all;
  for (const std::uint64_t seed : fake::seeds(seeds)) {
    const Outcome outcome = simulate(seed, kOperations, choices);
    if (!outcome.failure.empty()) explain(seed, choices);
    all.events += outcome.events;
    all.losses += outcome.losses;
    all.degraded += outcome.degraded;
    all.restored += outcome.restored;
    all.renamed += outcome.renamed;
    all.listed_ahead += outcome.listed_ahead;
  }
  return all;
}

// The seeds are to lead into every kind of trouble.
void expect_trouble(const Outcome& all) {
  EXPECT_GT(all.events, 0U);
  if (std::getenv("VIGIL_SEED") != nullptr) return;
  EXPECT_GT(all.losses, 0U);
  EXPECT_GT(all.degraded, 0U);
  EXPECT_GT(all.restored, 0U);
}

TEST(Simulation, TheListingRebuiltFromEventsIsTheListingOnDisk) {
  const Outcome all = run_all({System::linux_inotify}, VIGIL_SIM_SEEDS);
  expect_trouble(all);
  EXPECT_TRUE(all.listed_ahead > 0 || std::getenv("VIGIL_SEED") != nullptr);
}

// The same where one read tells of a whole tree, in paths.
TEST(Simulation, OnWindowsToo) { expect_trouble(run_all({System::windows}, VIGIL_SIM_SEEDS)); }

// And where nothing is told at all.
TEST(Simulation, WhenAllIsPolled) {
  const Outcome all = run_all({System::polled}, VIGIL_SIM_SEEDS);
  EXPECT_EQ(all.degraded, 0U);  // it is what was asked for
  if (std::getenv("VIGIL_SEED") != nullptr) return;
  EXPECT_GT(all.renamed, 0U);
  EXPECT_GT(all.restored, 0U);
}

// Files of ignore rules come, change and go among the rest: what they ignore is not there, and all else is.
TEST(Simulation, WhatIsIgnoredIsNotThere) {
  const Outcome all = run_all({System::linux_inotify, true}, VIGIL_SIM_SEEDS);
  EXPECT_GT(all.events, 0U);
}

TEST(Simulation, WhatIsIgnoredIsNotThereOnWindows) { run_all({System::windows, true}, VIGIL_SIM_SEEDS / 2); }

TEST(Simulation, WhatIsIgnoredIsNotThereWhenAllIsPolled) { run_all({System::polled, true}, VIGIL_SIM_SEEDS / 2); }

}  // namespace
}  // namespace vigil::sim
