// File systems that tell only some of what happens, or nothing, over the simulated kernel.
#include "fake/fake_kernel.hpp"
#include "sim/by_hand.hpp"
#include "sys/mounts.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;

// Every directory is on the same file system.
class OneType final : public sys::Mounts {
 public:
  explicit OneType(std::string type) : type_(std::move(type)) {}

  Descriptor descriptor() const override { return {}; }
  int join(Descriptor) override { return 0; }
  bool changed() override { return false; }
  sys::Outcome<std::vector<sys::Mount>> read() override {
    return sys::Outcome<std::vector<sys::Mount>>::failure(ENOENT);
  }
  std::string type_of(const sys::Directory&) override { return type_; }

 private:
  std::string type_;
};

// Does not hear what it is told while it is deaf.
class DeafInotify final : public sys::Inotify {
 public:
  DeafInotify(std::unique_ptr<sys::Inotify> inotify, const bool& deaf) : inotify_(std::move(inotify)), deaf_(deaf) {}

  sys::Outcome<int> add(const sys::Directory& directory, std::uint32_t mask) override {
    return inotify_->add(directory, mask);
  }
  int remove(int watch) override { return inotify_->remove(watch); }
  sys::Outcome<std::size_t> read(std::span<std::byte> buffer) override {
    sys::Outcome<std::size_t> got = inotify_->read(buffer);
    while (deaf_ && got) got = inotify_->read(buffer);
    return got;
  }
  sys::Outcome<std::size_t> pending() override { return inotify_->pending(); }
  Descriptor descriptor() const override { return inotify_->descriptor(); }

 private:
  std::unique_ptr<sys::Inotify> inotify_;
  const bool& deaf_;
};

class OnFileSystem : public ByHand {
 protected:
  explicit OnFileSystem(const std::string& type, BackendChoice choice = BackendChoice::automatic)
      : OnFileSystem(std::make_unique<OneType>(type), choice) {}

  OnFileSystem(std::unique_ptr<OneType> mounts, BackendChoice choice)
      : ByHand({},
               [this](fake::Kernel& kernel) {
                 return std::make_unique<backend::inotify::InotifyBackend>(
                     std::make_unique<DeafInotify>(kernel.open_inotify(), deaf_), kDefaultKinds);
               },
               {mounts.get(), choice, 0}),
        mounts_(std::move(mounts)) {
    kernel_.make_directory("/r/d");
    write("/r/d/f");
    pass(10ms);
  }

  // Until the comparison that is due has been made.
  Told after(std::chrono::seconds time) {
    pass(time);
    return work();
  }

  bool deaf_ = false;
  std::unique_ptr<OneType> mounts_;
};

class Partly : public OnFileSystem {
 protected:
  Partly() : OnFileSystem("virtiofs") { watch(); }
};

TEST_F(Partly, WhatIsToldIsToldAtOnce) {
  write("/r/d/g");
  EXPECT_EQ(times(work(), "created /r/d/g"), 1u);
  EXPECT_EQ("", differences());
}

TEST_F(Partly, WhatIsNotIsFoundLater) {
  deaf_ = true;
  write("/r/d/g");
  write("/r/d/f");
  kernel_.make_directory("/r/e");
  write("/r/e/f");
  work();
  EXPECT_NE("", differences());
  after(11s);
  after(11s);
  EXPECT_EQ("", differences());
  kernel_.remove("/r/d/g");
  kernel_.rename("/r/e", "/r/d/e");
  after(11s);
  after(11s);
  EXPECT_EQ("", differences());
}

TEST_F(Partly, ADirectoryThatGoesIsForgotten) {
  kernel_.remove("/r/d/f");
  kernel_.remove_directory("/r/d");
  work();
  after(11s);
  EXPECT_EQ("", differences());
}

TEST_F(Partly, NothingIsToldAgainAndAgain) {
  write("/r/d/f");
  work();
  after(11s);
  EXPECT_TRUE(after(11s).empty());
  EXPECT_TRUE(after(11s).empty());
}

class Absent : public OnFileSystem {
 protected:
  Absent() : OnFileSystem("nfs4") { watch(); }
};

TEST_F(Absent, NothingIsWatched) {
  // But for "/", in which the root is a name.
  EXPECT_EQ(1u, kernel_.watches());
  write("/r/d/g");
  EXPECT_EQ(0u, work().size());
  EXPECT_EQ(times(after(3s), "created /r/d/g"), 1u);
  EXPECT_EQ("", differences());
}

TEST_F(Absent, ADirectoryThatIsFoundIsPolledAsWell) {
  kernel_.make_directory("/r/new");
  after(3s);
  write("/r/new/f");
  after(3s);
  EXPECT_EQ("", differences());
  EXPECT_EQ(1u, kernel_.watches());
}

class AbsentAndForced : public OnFileSystem {
 protected:
  AbsentAndForced() : OnFileSystem("nfs4", BackendChoice::inotify) { watch(); }
};

TEST_F(AbsentAndForced, IsWatched) {
  write("/r/d/g");
  EXPECT_EQ(times(work(), "created /r/d/g"), 1u);
  EXPECT_EQ(3u, kernel_.watches());
  EXPECT_FALSE(engine_.next_deadline() && *engine_.next_deadline() > now_ + 1s);
}

class Own : public OnFileSystem {
 protected:
  Own() : OnFileSystem("proc") { watch(); }
};

TEST_F(Own, IsWatchedAndNotCompared) {
  write("/r/d/g");
  EXPECT_EQ(times(work(), "created /r/d/g"), 1u);
  settle();
  EXPECT_FALSE(engine_.next_deadline());
}

}  // namespace
}  // namespace vigil::sim
