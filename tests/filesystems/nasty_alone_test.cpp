// What changes the whole system for a moment.
#include "conformance/sysctl.hpp"
#include "filesystems/nasty.hpp"

namespace vigil::filesystems {
namespace {

using NastyAlone = Nasty;
INSTANTIATE_TEST_SUITE_P(, NastyAlone, ::testing::ValuesIn(kChoices), choice_name);

// The limit of a queue is that of the moment when it is made.
TEST_P(NastyAlone, QueuesOfAlmostNoLength) {
  for (const long length : {1, 2, 3, 16}) {
    {
      const Result<conformance::SystemLimit> limit =
          conformance::SystemLimit::set("fs.inotify.max_queued_events", length);
      if (!limit) GTEST_SKIP() << limit.error().message();
      watcher_ = replay::open({.backend = GetParam().backend});
    }
    replay::add(*watcher_, root_);
    model_.emplace(root_, listing_of_deep(root_));
    for (std::uint64_t seed = 1; seed <= 5 && !HasFailure(); ++seed) {
      testing::work_together(seed * 10 + static_cast<std::uint64_t>(length), 2, 600 / VIGIL_LESS, root_,
                             directory_->path());
      expect_law();
    }
    if (GetParam().backend == BackendChoice::inotify) {
      EXPECT_GT(watcher_->stats().losses, 0u);
    }
  }
}

}  // namespace
}  // namespace vigil::filesystems
