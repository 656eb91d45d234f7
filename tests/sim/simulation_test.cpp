#include "sim/simulation.hpp"

#include "fake/seeds.hpp"

#include <gtest/gtest.h>
#include <cstdlib>
#include <iostream>

namespace vigil::sim {
namespace {

constexpr std::size_t kOperations = 3000;

// What a person needs who wants to know why.
void explain(std::uint64_t seed, System system) {
  const std::size_t operations = shortest_failure(seed, kOperations, system);
  const Outcome outcome = simulate(seed, operations, system, true);
  constexpr std::size_t kShown = 6000;
  const std::size_t from = outcome.log.size() > kShown ? outcome.log.size() - kShown : 0;
  ADD_FAILURE() << "VIGIL_SEED=" << seed << " fails with " << operations << " operations: " << outcome.failure
                << "\nThe end of what happened:\n"
                << outcome.log.substr(from);
}

Outcome run_all(System system, std::uint64_t seeds) {
  Outcome all;
  for (const std::uint64_t seed : fake::seeds(seeds)) {
    const Outcome outcome = simulate(seed, kOperations, system);
    if (!outcome.failure.empty()) explain(seed, system);
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
  const Outcome all = run_all(System::linux_inotify, VIGIL_SIM_SEEDS);
  expect_trouble(all);
  EXPECT_TRUE(all.listed_ahead > 0 || std::getenv("VIGIL_SEED") != nullptr);
}

// The same where one read tells of a whole tree, in paths.
TEST(Simulation, OnWindowsToo) { expect_trouble(run_all(System::windows, VIGIL_SIM_SEEDS)); }

// And where nothing is told at all.
TEST(Simulation, WhenAllIsPolled) {
  const Outcome all = run_all(System::polled, VIGIL_SIM_SEEDS);
  EXPECT_EQ(all.degraded, 0U);  // it is what was asked for
  if (std::getenv("VIGIL_SEED") != nullptr) return;
  EXPECT_GT(all.renamed, 0U);
  EXPECT_GT(all.restored, 0U);
}

}  // namespace
}  // namespace vigil::sim
