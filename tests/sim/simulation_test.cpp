#include "sim/simulation.hpp"

#include "fake/seeds.hpp"

#include <gtest/gtest.h>
#include <cstdlib>
#include <iostream>

namespace vigil::sim {
namespace {

constexpr std::size_t kOperations = 3000;

// What a person needs who wants to know why.
void explain(std::uint64_t seed) {
  const std::size_t operations = shortest_failure(seed, kOperations);
  const Outcome outcome = simulate(seed, operations, true);
  constexpr std::size_t kShown = 6000;
  const std::size_t from = outcome.log.size() > kShown ? outcome.log.size() - kShown : 0;
  ADD_FAILURE() << "VIGIL_SEED=" << seed << " fails with " << operations << " operations: " << outcome.failure
                << "\nThe end of what happened:\n"
                << outcome.log.substr(from);
}

TEST(Simulation, TheListingRebuiltFromEventsIsTheListingOnDisk) {
  Outcome all;
  for (const std::uint64_t seed : fake::seeds(300)) {
    const Outcome outcome = simulate(seed, kOperations);
    if (!outcome.failure.empty()) explain(seed);
    all.events += outcome.events;
    all.losses += outcome.losses;
    all.degraded += outcome.degraded;
    all.restored += outcome.restored;
    all.listed_ahead += outcome.listed_ahead;
  }
  // The seeds are to lead into every kind of trouble.
  EXPECT_GT(all.events, 0U);
  if (std::getenv("VIGIL_SEED") != nullptr) return;
  EXPECT_GT(all.losses, 0U);
  EXPECT_GT(all.degraded, 0U);
  EXPECT_GT(all.restored, 0U);
  EXPECT_GT(all.listed_ahead, 0U);
}

}  // namespace
}  // namespace vigil::sim
