// File systems below a root: how they are watched, and that they come and go.
#include "core/watching.hpp"

#include "support/child.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Mounts : public Watching {
 protected:
  // Runs the test where it may mount, and nobody else sees it.
  static void in_own_namespace(const std::function<void()>& body) {
    if (!in_child(body, CLONE_NEWUSER | CLONE_NEWNS)) GTEST_SKIP() << "mounting: no namespaces of our own allowed";
  }

  static void mount(const std::string& where) {
    ASSERT_EQ(0, ::mount("none", where.c_str(), "tmpfs", 0, nullptr)) << std::strerror(errno);
  }
  static void bind(const std::string& from, const std::string& to) {
    ASSERT_EQ(0, ::mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr)) << std::strerror(errno);
  }
  static void unmount(const std::string& where) { ASSERT_EQ(0, ::umount2(where.c_str(), MNT_DETACH)); }

  // Of what is told next: without notices, sorted by nobody.
  std::vector<Told> shape() { return only(catch_up(watcher()), kShape); }
};

TEST_F(Mounts, MountedWhileItIsWatched) {
  in_own_namespace([&] {
    make_directory(outside("other/s"));
    write_file(outside("other/s/f"));
    make_directory(path("d/hidden"));
    watch();
    bind(outside("other"), path("d"));
    EXPECT_THAT(told_shape(), ElementsAre("removed directory d", "created directory d", "created directory d/s",
                                          "created file d/s/f"));
    write_file(path("d/s/g"), "");
    EXPECT_THAT(told(), ElementsAre("created file d/s/g", "closed file d/s/g"));
    unmount(path("d"));
    EXPECT_THAT(told_shape(), ElementsAre("removed directory d", "created directory d", "created directory d/hidden"));
    write_file(path("d/hidden/g"), "");
    EXPECT_THAT(told(), ElementsAre("created file d/hidden/g", "closed file d/hidden/g"));
  });
}

// It is found without a sync(), and by no more than what the kernel tells.
TEST_F(Mounts, WakesWhoWaits) {
  in_own_namespace([&] {
    make_directory(path("d"));
    watch();
    mount(path("d"));
    EXPECT_THAT(texts(take_until(watcher(), Kind::created), root()),
                ElementsAre("removed directory d", "created directory d"));
  });
}

// Who waits in a loop of his own is told as well.
TEST_F(Mounts, MakesTheDescriptorReadable) {
  in_own_namespace([&] {
    make_directory(path("d"));
    watch();
    pollfd polled{watcher().descriptor(), POLLIN, 0};
    expect_done(watcher().sync(kPatience));
    mount(path("d"));
    std::vector<std::string> all;
    while (all.size() < 2 && ::poll(&polled, 1, 1000 * static_cast<int>(kPatience.count())) == 1) {
      const std::optional<Batch> batch = watcher().wait(0ms);
      for (const Event& event : *batch) all.push_back(std::string(to_string(event.kind)));
    }
    EXPECT_THAT(all, ElementsAre("removed", "created"));
  });
}

// A tmpfs numbers its files from the same number on, so names and numbers are those of before.
TEST_F(Mounts, UnmountedAndAnotherMountedAtOnce) {
  in_own_namespace([&] {
    make_directory(path("d"));
    mount(path("d"));
    write_file(path("d/f"));
    Model model(root(), listing_of(root()));
    watch();
    unmount(path("d"));
    mount(path("d"));
    write_file(path("d/f"));
    write_file(path("d/g"));
    expect_model_true(model);
    EXPECT_GE(model.count(Kind::removed), 1u);
    append_to(path("d/f"));
    EXPECT_THAT(told(), ElementsAre("modified file d/f", "closed file d/f"));
  });
}

TEST_F(Mounts, OneOverTheOther) {
  in_own_namespace([&] {
    make_directory(path("d/e"));
    Model model(root(), listing_of(root()));
    watch();
    mount(path("d/e"));
    make_directory(path("d/e/inner"));
    expect_model_true(model);
    mount(path("d"));
    write_file(path("d/f"));
    expect_model_true(model);
    unmount(path("d"));
    write_file(path("d/e/inner/f"));
    expect_model_true(model);
    unmount(path("d/e"));
    expect_model_true(model);
    EXPECT_THAT(told(), IsEmpty());
  });
}

// A file can be mounted over a file.
TEST_F(Mounts, AFileOverAFile) {
  in_own_namespace([&] {
    write_file(outside("other"));
    write_file(path("f"));
    watch();
    bind(outside("other"), path("f"));
    EXPECT_THAT(told(), ElementsAre("modified file f"));
    unmount(path("f"));
    EXPECT_THAT(told(), ElementsAre("modified file f"));
  });
}

TEST_F(Mounts, ElsewhereIsNothing) {
  in_own_namespace([&] {
    make_directory(path("d"));
    make_directory(outside("elsewhere"));
    watch();
    mount(outside("elsewhere"));
    EXPECT_THAT(told(), IsEmpty());
    unmount(outside("elsewhere"));
    EXPECT_THAT(told(), IsEmpty());
  });
}

TEST_F(Mounts, WithoutRecursion) {
  in_own_namespace([&] {
    make_directory(path("d"));
    watch({.recursive = false});
    mount(path("d"));
    EXPECT_THAT(told(), ElementsAre("removed directory d", "created directory d"));
    write_file(path("d/f"));
    mount(path("d"));
    EXPECT_THAT(told(), ElementsAre("removed directory d", "created directory d"));
    EXPECT_THAT(told(), IsEmpty());
  });
}

TEST_F(Mounts, WhereNothingIsToBeTold) {
  in_own_namespace([&] {
    make_directory(path("d/e"));
    watch({.exclude = {"d"}});
    mount(path("d"));
    make_directory(path("d/e"));
    mount(path("d/e"));
    EXPECT_THAT(told(), IsEmpty());
  });
}

// As often as one can: nothing is missed for having been looked at a moment before.
TEST_F(Mounts, AgainAndAgain) {
  in_own_namespace([&] {
    make_directory(path("d"));
    Model model(root(), listing_of(root()));
    watch();
    for (int round = 0; round < 50; ++round) {
      mount(path("d"));
      write_file(path("d/" + std::to_string(round)));
      if (round % 3 == 0) {
        for (const Told& told : catch_up(watcher())) model.apply(told);
      }
      if (round % 2 == 0) unmount(path("d"));
    }
    expect_model_true(model);
  });
}

TEST_F(Mounts, OverTheRoot) {
  in_own_namespace([&] {
    write_file(path("f"));
    Model model(root(), listing_of(root()));
    watch();
    mount(root());
    write_file(path("g"));
    const std::vector<Told> all = catch_up(watcher());
    for (const Told& told : all) model.apply(told);
    EXPECT_THAT(texts(only(all, {Kind::lost, Kind::restored, Kind::live}), root()),
                ElementsAre("lost directory .", "restored directory .", "live directory ."));
    write_file(path("h"), "");
    expect_model_true(model);
    EXPECT_EQ(1u, model.count(Kind::closed));
    unmount(root());
    expect_model_true(model);
    EXPECT_EQ(2u, model.count(Kind::lost));
    EXPECT_EQ(2u, model.count(Kind::restored));
  });
}

// What is at the root's path is another directory from then on, though nothing happened in any that was watched.
TEST_F(Mounts, AboveTheRoot) {
  in_own_namespace([&] {
    write_file(path("f"));
    let_clock_of_files_tick();
    watch();
    const std::string above = outside("");
    bind("/proc/self/fdinfo", above.substr(0, above.size() - 1));
    EXPECT_THAT(told(), ElementsAre("lost directory ."));
    unmount(above);
    EXPECT_THAT(told(), ElementsAre("restored directory .", "live directory ."));
    write_file(path("g"), "");
    EXPECT_THAT(told(), ElementsAre("created file g", "closed file g"));
  });
}

// The same one: what was changed meanwhile is the difference.
TEST_F(Mounts, RootUnmountedAndMountedAgain) {
  in_own_namespace([&] {
    make_directory(outside("disk"));
    mount(outside("disk"));
    write_file(outside("disk/stays"));
    write_file(outside("disk/goes"));
    bind(outside("disk"), root());
    Model model(root(), listing_of(root()));
    watch();
    unmount(root());
    expect_model_true(model);
    EXPECT_EQ(1u, model.count(Kind::lost));
    remove(outside("disk/goes"));
    write_file(outside("disk/comes"));
    bind(outside("disk"), root());
    expect_model_true(model);
    EXPECT_EQ(2u, model.count(Kind::lost));
    EXPECT_EQ(2u, model.count(Kind::restored));
    append_to(path("stays"));
    EXPECT_THAT(told(), ElementsAre("modified file stays", "closed file stays"));
  });
}

TEST_F(Mounts, AwaitedAndMounted) {
  in_own_namespace([&] {
    make_directory(outside("disk/a"));
    write_file(outside("disk/a/f"));
    make_directory(outside("point"));
    open();
    expect_done(watcher().add(outside("point/a"), {.await_missing = true}));
    EXPECT_THAT(texts(catch_up(watcher()), outside("point/a")), ElementsAre("ready directory .", "lost directory ."));
    bind(outside("disk"), outside("point"));
    EXPECT_THAT(texts(take_until(watcher(), Kind::live), outside("point/a")),
                ElementsAre("restored directory .", "created file f", "live directory ."));
  });
}

TEST_F(Mounts, RootUnmounted) {
  in_own_namespace([&] {
    mount(root());
    make_directory(path("d"));
    write_file(path("d/f"));
    Model model(root(), listing_of(root()));
    watch();
    unmount(root());
    expect_model_true(model);
    EXPECT_EQ(1u, model.count(Kind::lost));
    write_file(path("below"), "");
    EXPECT_THAT(told(), ElementsAre("created file below", "closed file below"));
  });
}

TEST_F(Mounts, DirectoryUnmounted) {
  in_own_namespace([&] {
    make_directory(path("d/e"));
    write_file(path("d/hidden"));
    mount(path("d"));
    make_directory(path("d/s"));
    write_file(path("d/s/f"));
    Model model(root(), listing_of(root()));
    watch();
    append_to(path("d/s/f"));
    EXPECT_THAT(told(), ElementsAre("modified file d/s/f", "closed file d/s/f"));
    unmount(path("d"));
    expect_model_true(model);
    write_file(path("d/e/f"), "");
    EXPECT_THAT(told(), ElementsAre("created file d/e/f", "closed file d/e/f"));
  });
}

TEST_F(Mounts, OneDirectoryInTwoPlaces) {
  in_own_namespace([&] {
    make_directory(path("a/s"));
    make_directory(path("b"));
    bind(path("a"), path("b"));
    Model model(root(), listing_of(root()));
    watch();
    write_file(path("a/s/f"), "");
    make_directory(path("b/t"));
    write_file(path("b/t/g"));
    expect_model_true(model);
    move(path("a/t"), path("a/u"));
    expect_model_true(model);
    remove(path("b/s"));
    expect_model_true(model);
  });
}

}  // namespace
}  // namespace vigil::core
