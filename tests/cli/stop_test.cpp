// How `vigil watch` ends: by signals, by readers that go away or stall.
#include "cli/stream.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

namespace vigil::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

void create_files(const fs::path& directory, int count) {
  for (int index = 0; index < count; ++index) write_file(directory / ("file" + std::to_string(index)));
}

TEST(Stop, SignalsEndItCleanly) {
  const TemporaryDirectory top;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Stream stream({top.path()});
    EXPECT_EQ(stream.next()["kind"], "ready");
    stream.command().signal(signal);
    EXPECT_EQ(stream.command().wait(), 0) << "signal " << signal;
    EXPECT_EQ(stream.command().error(), "");
    EXPECT_EQ(stream.command().output(), "");
  }
}

TEST(Stop, AnIgnoredHangupStaysIgnored) {
  const TemporaryDirectory top;
  Stream stream({top.path(), "--events", "created"}, {.ignore_hangup = true});
  EXPECT_EQ(stream.next()["kind"], "ready");
  stream.command().signal(SIGHUP);
  write_file(top / "a");
  EXPECT_EQ(stream.next()["path"], (top / "a").string()) << "still there";
  stream.command().signal(SIGTERM);
  EXPECT_EQ(stream.command().wait(), 0);
}

TEST(Stop, ASignalBeforeTheWatchIsEstablishedIsEnough) {
  const TemporaryDirectory top;
  for (int round = 0; round < 20; ++round) {
    Command command({"watch", "--format", "json", top.path()});
    // It may come before the command has taken its signals, and then does what signals do.
    command.signal(SIGTERM);
    const int exit_code = command.wait();
    EXPECT_TRUE(exit_code == 0 || exit_code == 128 + SIGTERM) << exit_code;
  }
}

TEST(Stop, WhatChangedBeforeTheSignalIsDelivered) {
  const TemporaryDirectory top;
  for (const char* delivery : {"--raw", "--settle=10s"}) {
    SCOPED_TRACE(delivery);
    Stream stream({top.path(), delivery, "--events", "created"});
    EXPECT_EQ(stream.next()["kind"], "ready");
    constexpr std::size_t kFiles = 300;
    create_files(top.path(), kFiles);
    stream.command().signal(SIGTERM);
    EXPECT_EQ(stream.rest().size(), kFiles);
    EXPECT_EQ(stream.command().wait(), 0);
    for (const fs::directory_entry& entry : fs::directory_iterator(top.path())) fs::remove(entry);
  }
}

TEST(Stop, AReaderThatGoesAwayEndsItAtOnce) {
  const TemporaryDirectory top;
  Stream stream({top.path()});
  EXPECT_EQ(stream.next()["kind"], "ready");
  stream.command().close_output();
  EXPECT_EQ(stream.command().wait(), 0) << "nothing has to change for that";
  EXPECT_EQ(stream.command().error(), "");
}

TEST(Stop, AReaderThatGoesAwayInABurstEndsItQuietly) {
  const TemporaryDirectory top;
  Stream stream({top.path()});
  EXPECT_EQ(stream.next()["kind"], "ready");
  create_files(top.path(), 1000);
  stream.command().close_output();
  EXPECT_EQ(stream.command().wait(), 0);
  EXPECT_EQ(stream.command().error(), "");
}

// The kernel's pipe and its queue of records are both full by then.
TEST(Stop, ASlowReaderLosesNothing) {
  const TemporaryDirectory top;
  Stream stream({top.path()});
  EXPECT_EQ(stream.next()["kind"], "ready");
  Listing listing;
  create_files(top.path(), 10'000);
  fs::create_directory(top / "last");
  const Listing expected = listing_of(top.path());
  while (listing.count(top / "last") == 0 || listing.size() < expected.size()) {
    const json event = stream.next();
    ASSERT_FALSE(event.is_null()) << listing.size() << " of " << expected.size();
    replay(listing, event);
  }
  EXPECT_EQ(listing, expected);
}

// With fanotify it is ready before it has listed what is below, and the kernel's queue overflows while it stands still:
// what was in the root at `ready` has to be known by then.
TEST(Stop, StoppedRightAfterReadyItLosesNothing) {
  const TemporaryDirectory top;
  const TemporaryDirectory beside;
  for (int outer = 0; outer < 60; ++outer) {
    for (int inner = 0; inner < 30; ++inner) {
      fs::create_directories(top / ("d" + std::to_string(outer)) / std::to_string(inner));
    }
  }
  Listing listing = listing_of(top.path());
  Stream stream({top.path(), "--backend", "fanotify"});
  const json ready = stream.next();
  stream.command().signal(SIGSTOP);
  if (ready["kind"] != "ready") {
    stream.command().signal(SIGCONT);
    GTEST_SKIP() << stream.command().wait() << ": " << stream.command().error();
  }
  for (int outer = 0; outer < 60; ++outer) {
    const fs::path directory = top / ("d" + std::to_string(outer));
    if (outer % 3 == 0) fs::remove_all(directory);
    if (outer % 3 == 1) fs::rename(directory, top / ("moved" + std::to_string(outer)));
  }
  create_files(beside.path(), 30'000);
  fs::create_directory(top / "last");
  const Listing expected = listing_of(top.path());
  stream.command().signal(SIGCONT);
  int times_ready = 1;
  while (listing != expected) {
    const json event = stream.next();
    ASSERT_FALSE(event.is_null()) << listing.size() << " of " << expected.size();
    if (event["kind"] == "ready") ++times_ready;
    replay(listing, event);
  }
  EXPECT_EQ(times_ready, 1);
}

TEST(Stop, AStalledReaderCannotKeepItFromEnding) {
  const TemporaryDirectory top;
  Stream stream({top.path()});
  EXPECT_EQ(stream.next()["kind"], "ready");
  create_files(top.path(), 2000);
  // All these lines are more than a pipe holds.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!stream.command().output_is_full()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(1ms);
  }
  stream.command().signal(SIGTERM);
  EXPECT_EQ(stream.command().wait_without_reading(), 0);
}

TEST(Stop, ASecondSignalIsNotWaitedFor) {
  const TemporaryDirectory top;
  Stream stream({top.path()});
  EXPECT_EQ(stream.next()["kind"], "ready");
  stream.command().signal(SIGINT);
  stream.command().signal(SIGTERM);
  EXPECT_EQ(stream.command().wait(), 0);
}

}  // namespace
}  // namespace vigil::cli
