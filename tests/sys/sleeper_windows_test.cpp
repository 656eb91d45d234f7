#include "sys/sleeper.hpp"

#include "base/unique_handle.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <thread>

namespace vigil::sys {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr DWORD kPatienceMilliseconds = 30'000;

class SleeperTest : public ::testing::Test {
 protected:
  // Of a backend: signalled while there is something to read.
  base::UniqueHandle records_{::CreateEventW(nullptr, TRUE, FALSE, nullptr)};

  static bool is_signalled(HANDLE handle) { return ::WaitForSingleObject(handle, 0) == WAIT_OBJECT_0; }
  static bool becomes_signalled(HANDLE handle) {
    return ::WaitForSingleObject(handle, kPatienceMilliseconds) == WAIT_OBJECT_0;
  }
};

TEST_F(SleeperTest, SleepsUntilTheTimeHasCome) {
  const auto sleeper = open_sleeper(records_.get());
  ASSERT_TRUE(sleeper);
  const auto until = steady_clock::now() + 30ms;
  sleeper.value->sleep(until);
  EXPECT_GE(steady_clock::now(), until);
  sleeper.value->sleep(steady_clock::now() - 1h);
  sleeper.value->sleep_until_woken(steady_clock::now());
}

TEST_F(SleeperTest, IsWokenByRecords) {
  const auto sleeper = open_sleeper(records_.get());
  ::SetEvent(records_.get());
  sleeper.value->sleep(std::nullopt);
  sleeper.value->sleep(std::nullopt);  // they are still there
}

TEST_F(SleeperTest, IsWokenOnce) {
  const auto sleeper = open_sleeper(records_.get());
  sleeper.value->wake();
  sleeper.value->wake();
  sleeper.value->sleep(std::nullopt);
  const auto until = steady_clock::now() + 20ms;
  sleeper.value->sleep_until_woken(until);
  EXPECT_GE(steady_clock::now(), until);
  std::thread other([&] { sleeper.value->wake(); });
  sleeper.value->sleep_until_woken(std::nullopt);
  other.join();
}

TEST_F(SleeperTest, IsWokenThoughThereAreRecords) {
  const auto sleeper = open_sleeper(records_.get());
  ::SetEvent(records_.get());
  sleeper.value->wake();
  sleeper.value->sleep(std::nullopt);
  const auto until = steady_clock::now() + 20ms;
  sleeper.value->sleep_until_woken(until);  // the wake-up was used up
  EXPECT_GE(steady_clock::now(), until);
}

TEST_F(SleeperTest, AnAlarmRings) {
  const auto alarm = open_alarm();
  ASSERT_TRUE(alarm);
  const auto until = steady_clock::now() + 30ms;
  alarm.value->set(1h);
  alarm.value->set(31ms);
  alarm.value->wait();
  EXPECT_GE(steady_clock::now(), until);
  alarm.value->set(0ns);
  alarm.value->wait();
}

TEST_F(SleeperTest, ASignpostShowsTheFlag) {
  const auto signpost = open_signpost(records_.get());
  ASSERT_TRUE(signpost);
  const HANDLE shown = signpost.value->descriptor();
  EXPECT_FALSE(is_signalled(shown));
  signpost.value->raise();
  EXPECT_TRUE(is_signalled(shown));
  EXPECT_TRUE(is_signalled(shown));  // for all who look
  signpost.value->lower();
  EXPECT_FALSE(is_signalled(shown));
}

TEST_F(SleeperTest, ASignpostShowsRecords) {
  const auto signpost = open_signpost(records_.get());
  const HANDLE shown = signpost.value->descriptor();
  for (int round = 0; round < 100; ++round) {
    ::SetEvent(records_.get());
    ASSERT_TRUE(becomes_signalled(shown)) << round;
    ::ResetEvent(records_.get());
    signpost.value->attended();
    ASSERT_FALSE(is_signalled(shown)) << round;
  }
}

TEST_F(SleeperTest, ASignpostShowsWhatIsLeft) {
  const auto signpost = open_signpost(records_.get());
  const HANDLE shown = signpost.value->descriptor();
  ::SetEvent(records_.get());
  ASSERT_TRUE(becomes_signalled(shown));
  signpost.value->attended();
  EXPECT_TRUE(is_signalled(shown));  // records are left
  signpost.value->raise();
  ::ResetEvent(records_.get());
  signpost.value->attended();
  EXPECT_TRUE(is_signalled(shown));  // the flag is up
  signpost.value->lower();
  EXPECT_FALSE(is_signalled(shown));
  ::SetEvent(records_.get());
  EXPECT_TRUE(becomes_signalled(shown));
}

TEST_F(SleeperTest, ASignpostNobodyLooksAtHasNoThread) {
  for (int round = 0; round < 100; ++round) {
    const auto signpost = open_signpost(records_.get());
    signpost.value->raise();
    signpost.value->attended();
  }
  ::SetEvent(records_.get());
  for (int round = 0; round < 100; ++round) (void)open_signpost(records_.get()).value->descriptor();
}

}  // namespace
}  // namespace vigil::sys
