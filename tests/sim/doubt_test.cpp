// What random operations were needed to find, and seldom find again: records that tell less than they seem to.
#include "fake/fake_kernel.hpp"
#include "sim/by_hand.hpp"
#include "sys/error_codes.hpp"

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;
using fake::Call;

// ---- directories that nobody may read ----

class Closed : public ByHand {
 protected:
  Closed() {
    kernel_.make_directory("/r/d");
    kernel_.make_directory("/r/d/s");
    watch();
    pass(10ms);
  }

  void open_and_compare() {
    kernel_.change_mode("/r/d", 0755);
    settle();
    EXPECT_EQ("", differences());
  }
};

// The second half of the exchange looks as if it moved back what the first half moved there.
TEST_F(Closed, WhatWasExchangedIntoItIsToldOnceItIsOpen) {
  kernel_.make_directory("/r/e");
  write("/r/e/f");
  settle();
  kernel_.change_mode("/r/d", 0);
  kernel_.exchange("/r/e", "/r/d/s");
  settle();
  open_and_compare();
}

// What it is could not be asked where it was made.
TEST_F(Closed, WhatIsInWhatWasMovedOutOfItIsToldForWhatItIs) {
  kernel_.change_mode("/r/d", 0);
  kernel_.make_fifo("/r/d/s/n");
  settle();
  kernel_.rename("/r/d/s", "/r/s");
  settle();
  EXPECT_EQ("", differences());
}

// It is not found where it was, and where it is now nobody may look.
TEST_F(Closed, WhatMovedIntoItBeforeItWasListedIsListedOnceItIsOpen) {
  kernel_.change_mode("/r/d", 0);
  kernel_.make_directory("/r/m");
  settle();
  kernel_.make_directory("/r/m/n");
  write("/r/m/n/f");
  before(Call::open, 1, [&] { kernel_.rename("/r/m", "/r/d/m"); });
  settle();
  open_and_compare();
}

// ---- a kernel that loses records ----

constexpr fake::KernelOptions kShortQueue{.queue_max = 8};
constexpr std::size_t kLongestRecord = 16 + 256;

class Losing : public ByHand {
 protected:
  // A read gives a single record with a long name.
  Losing() : ByHand(kShortQueue, kLongestRecord) {
    kernel_.make_directory("/r/d");
    kernel_.make_directory("/r/d/s");
    kernel_.make_directory("/r/d/s/t");
    write("/r/d/f");
    watch();
    settle();
    pass(10ms);
  }

  void overflow() {
    for (int number = 0; number < 10; ++number)
      kernel_.make_fifo("/r/" + std::string(200, 'x') + std::to_string(number));
  }
};

TEST_F(Losing, WhatIsBelowAClosedDirectoryIsRepairedOnceItIsOpen) {
  kernel_.change_mode("/r/d", 0);
  settle();
  overflow();
  write("/r/d/s/t/lost");
  EXPECT_EQ(times(settle(), "live /r"), 1u);
  kernel_.change_mode("/r/d", 0755);
  settle();
  EXPECT_EQ("", differences());
}

TEST_F(Losing, WhatLeftAClosedDirectoryIsRepairedWhereItIs) {
  kernel_.change_mode("/r/d", 0);
  settle();
  overflow();
  write("/r/d/s/t/lost");
  settle();
  kernel_.rename("/r/d/s/t", "/r/t");
  settle();
  kernel_.change_mode("/r/d", 0755);
  settle();
  EXPECT_EQ("", differences());
}

TEST_F(Losing, WhatLeftAClosedDirectoryIsToldAsChanged) {
  kernel_.change_mode("/r/d", 0);
  settle();
  overflow();
  write("/r/d/f");
  settle();
  kernel_.rename("/r/d/f", "/r/f");
  settle();
  EXPECT_EQ("", differences());
}

TEST_F(Losing, WhatLeftAClosedDirectoryDuringALaterRepairIsToldAsChanged) {
  kernel_.change_mode("/r/d", 0);
  settle();
  overflow();
  write("/r/d/f");
  settle();
  pass(1s);
  settle();
  overflow();
  kernel_.rename("/r/d/f", "/r/f");
  settle();
  EXPECT_EQ("", differences());
}

TEST_F(Losing, OfAClosedDirectoryIsSaidOnceThatNothingBelowIsKnown) {
  kernel_.change_mode("/r/d", 0);
  settle();
  overflow();
  const Told told = settle();
  EXPECT_EQ(times(told, "error /r/d"), 1u);
  EXPECT_EQ(times(told, "error /r/d/s"), 0u);
  EXPECT_EQ(times(told, "error /r/d/s/t"), 0u);
}

// While the record that tells of the loss waits in the queue, more is lost that no other record tells of.
TEST_F(Losing, ANameThatWasUsedAgainIsToldThoughHalfAMoveFromItWaits) {
  overflow();
  step();
  step();
  ASSERT_EQ(kernel_.queued(), 7u);
  kernel_.rename("/r/d/f", "/o/f");
  ASSERT_EQ(kernel_.queued(), 8u);
  kernel_.make_directory("/r/d/f");  // lost
  ASSERT_EQ(kernel_.queued(), 8u);
  settle();
  EXPECT_EQ("", differences());
}

// Nothing was compared in it where it was, for that directory has moved as well; and where it is, all was compared
// before.
class Repaired : public Losing, public ::testing::WithParamInterface<const char*> {};

TEST_P(Repaired, WhatMovesDuringARepairIsComparedWhereItIs) {
  const std::string other = std::string("/r/") + GetParam();
  kernel_.make_directory(other);
  settle();
  overflow();
  write("/r/d/s/t/lost");
  // The root was opened, and one of the two.
  before(Call::open, 3, [&] {
    kernel_.rename("/r/d/s", other + "/s");
    kernel_.rename("/r/d", other + "/d");
  });
  settle();
  EXPECT_EQ("", differences());
}

// Whichever is listed first.
INSTANTIATE_TEST_SUITE_P(Names, Repaired, ::testing::Values("a", "e"));

// ---- records from before a listing ----

// The longest record fits, and what comes first in the test below, up to the first half of the exchange.
constexpr std::size_t kSmallBuffer = 300;

class Late : public ByHand {
 protected:
  Late() : ByHand({}, kSmallBuffer) {}
};

// The directory "/r/c" is known where it was and where it is. There it is listed after an exchange of which it was
// told the first half where it was: so the second half takes away what came with the first.
TEST_F(Late, WhatAListingFoundInAnExchangedPlaceIsNotTakenForWhatLeftIt) {
  kernel_.make_directory("/r/c");
  kernel_.make_directory("/r/c/a");
  kernel_.make_directory("/r/d");
  watch();
  settle();
  kernel_.make_directory("/r/b");
  kernel_.make_fifo("/r/" + std::string(160, 'x'));
  kernel_.exchange("/r/d", "/r/c/a");
  before(Call::open, 1, [&] { kernel_.rename("/r/c", "/r/b/b"); });
  settle();
  EXPECT_EQ("", differences());
}

// The file made anew has the inode number of the one before, as happens on ext4. The directory is listed between the
// end of the one and the beginning of the other.
TEST_F(Late, AFileMadeAnewUnderItsInodeNumberIsToldAsChanged) {
  kernel_.make_directory("/r/d");
  watch();
  kernel_.change_mode("/r/d", 0);
  kernel_.make_fifo("/r/d/n");
  settle();
  write("/o/f");
  const std::uint64_t inode = kernel_.snapshot("/o")["f"].inode;
  kernel_.change_mode("/r/d", 0755);
  kernel_.rename("/o/f", "/r/d/f");
  bool is_removed = false;
  before(Call::pending, 1, [&] { is_removed = kernel_.remove("/r/d/f") == 0; });
  EXPECT_EQ(times(step(), "created /r/d/f"), 1u);
  ASSERT_TRUE(is_removed);
  const sys::Outcome<int> file = kernel_.open("/r/d/f", fake::Access::write, false);
  ASSERT_EQ(kernel_.snapshot("/r")["d/f"].inode, inode);
  settle();
  EXPECT_EQ("", differences());
  kernel_.close(file.value);
}

// ---- roots ----

// The number of a directory that went before it was listed is used again at once, for one in the other root.
TEST_F(ByHand, WhatIsToBeListedIsListedThoughAnotherRootIsLost) {
  kernel_.make_directory("/q");
  watch();
  Batch batch;
  ASSERT_TRUE(engine_.add("/q", {}, now_, batch));
  settle();
  kernel_.make_directory("/q/a");
  kernel_.remove_directory("/q/a");
  kernel_.make_directory("/r/b");
  write("/r/b/f");
  kernel_.remove_directory("/q");
  settle();
  EXPECT_EQ("", differences());
}

// The directory above cannot be watched, and one that is in use does not say that it was removed. A look at its path
// finds what is in the one that took its place, of which nothing is told.
TEST_F(ByHand, WhatWasChangedInARootThatCameUnnoticedIsTold) {
  write("/r/f");
  kernel_.fault = [is_first = true](Call call) mutable {
    return call == Call::add_watch && std::exchange(is_first, false) ? sys::kNoSpace : 0;
  };
  watch();
  const sys::Outcome<int> held = kernel_.open("/r/f", fake::Access::write, false);
  kernel_.remove("/r/f");
  kernel_.remove_directory("/r");
  kernel_.make_directory("/r");
  write("/r/f");
  work();
  kernel_.change_mode(held.value, 0700);
  work();
  pass(10ms);
  write("/r/f");
  pass(10ms);
  work();
  pass(2s);
  settle();
  EXPECT_EQ("", differences());
  kernel_.close(held.value);
}

}  // namespace
}  // namespace vigil::sim
