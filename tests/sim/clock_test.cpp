// The clock that stamps files is set back while they are watched.
#include "sim/by_hand.hpp"
#include "sys/error_codes.hpp"

#include <chrono>
#include <string>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;
using fake::Call;

class ClockSetBack : public ByHand {
 protected:
  ClockSetBack() : ByHand({.queue_max = 16}) {
    kernel_.make_directory("/r/d");
    write("/r/d/f");
    write("/r/g");
    watch();
    pass(10ms);
  }

  void set_back(std::chrono::nanoseconds time) { kernel_.advance(-time); }

  void lose() {
    for (int number = 0; number < 20; ++number) write("/r/l" + std::to_string(number));
  }
};

TEST_F(ClockSetBack, NothingIsLostWhereNothingWasLost) {
  settle();
  set_back(1h);
  write("/r/d/f");
  write("/r/new");
  kernel_.rename("/r/g", "/r/d/g");
  settle();
  EXPECT_EQ("", differences());
}

TEST_F(ClockSetBack, BeforeALoss) {
  set_back(24h);
  settle();
  pass(10ms);
  lose();
  write("/r/d/f");
  kernel_.rename("/r/g", "/r/d/g");
  settle();
  EXPECT_EQ("", differences());
}

TEST_F(ClockSetBack, DuringALoss) {
  settle();
  pass(10ms);
  lose();
  set_back(24h);
  write("/r/d/f");
  write("/r/g");
  settle();
  EXPECT_EQ("", differences());
}

TEST_F(ClockSetBack, WhereDirectoriesArePolled) {
  kernel_.fault = [](Call call) { return call == Call::add_watch ? sys::kNoSpace : 0; };
  kernel_.make_directory("/r/polled");
  write("/r/polled/f");
  settle();
  pass(3s);
  settle();
  set_back(1h);
  write("/r/polled/f");
  settle();
  pass(3s);
  settle();
  EXPECT_EQ("", differences());
}

TEST_F(ClockSetBack, WhileTheRootIsAway) {
  settle();
  kernel_.rename("/r", "/o/r");
  settle();
  set_back(1h);
  write("/o/r/d/f");
  kernel_.rename("/o/r", "/r");
  settle();
  EXPECT_EQ("", differences());
}

}  // namespace
}  // namespace vigil::sim
