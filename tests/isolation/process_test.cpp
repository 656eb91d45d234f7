// Processes and the channels to them, without a watcher.
#include "sys/process.hpp"
#include "isolation/helpers.hpp"
#include "support/descriptor.hpp"
#include "support/process_state.hpp"
#include "support/told.hpp"
#include "sys/error_codes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace vigil::isolation {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::IsEmpty;

class ProcessTest : public ::testing::Test {
 protected:
  ~ProcessTest() override { set_environment("VIGIL_LIE", ""); }

  // A helper that lies so, or is honest.
  std::unique_ptr<sys::Process> start(const std::string& lie) {
    set_environment("VIGIL_LIE", lie);
    auto process = processes_->start(lie.empty() ? command() : fake_helper(), {"__helper"});
    EXPECT_TRUE(process) << sys::words_of(process.error);
    return std::move(process.value);
  }

  // What it says until its channel is closed; fails the test where that does not happen.
  std::string hear_to_the_end(sys::Process& process) {
    std::string heard;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      std::array<char, 1000> room;
      const sys::Transfer received = process.receive(room);
      if (received.closed) return heard;
      heard.append(room.data(), received.bytes);
      if (received.bytes != 0) continue;
      (void)is_readable(processes_->descriptor(), 1s);
      (void)processes_->look();
    }
    ADD_FAILURE() << "the channel is not closed";
    return heard;
  }

  std::unique_ptr<sys::Processes> processes_ = std::move(sys::open_processes().value);
};

TEST_F(ProcessTest, NothingIsLeftOfMany) {
  std::size_t descriptors = 0;
  std::size_t all_threads = 0;
  for (int round = 0; round < 10 * VIGIL_ROUNDS; ++round) {
    if (round == 1) {
      descriptors = open_descriptors();
      all_threads = threads();
    }
    const auto process = start(round % 3 == 0 ? "" : "exit");
    if (round % 3 == 1) (void)hear_to_the_end(*process);
    if (round % 3 == 2) process->kill();
    if (round == 0) {  // what the first one brings about stays
      process->kill();
      (void)process->ended(1s);
    }
  }
  EXPECT_THAT(helpers_left(), IsEmpty());
  EXPECT_EQ(descriptors, open_descriptors());
  EXPECT_EQ(all_threads, threads());
}

// All that was said before the end is heard.
TEST_F(ProcessTest, LastWords) {
  for (int round = 0; round < VIGIL_ROUNDS / 10; ++round) {
    const auto process = start("speech");
    EXPECT_EQ(300'000u, hear_to_the_end(*process).size());
    EXPECT_EQ(6, process->ended(kPatience).value_or(sys::Ending{}).code);
  }
}

// Another process holds the helper's end of the channel, and outlives it.
TEST_F(ProcessTest, EndsThoughItsChannelIsHeld) {
  const auto begin = std::chrono::steady_clock::now();
  const auto process = start("leaves another");
  EXPECT_EQ("left", hear_to_the_end(*process));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_EQ(3, process->ended(kPatience).value_or(sys::Ending{}).code);
}

}  // namespace
}  // namespace vigil::isolation
