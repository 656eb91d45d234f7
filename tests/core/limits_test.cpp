// The limits of the system: of watches, instances, descriptors and threads.
#include "core/watching.hpp"
#include "support/child.hpp"
#include "support/process_state.hpp"
#include "sys/fanotify.hpp"

#include <sched.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cerrno>
#include <fstream>
#include <optional>

namespace vigil::core {
namespace {

using namespace std::chrono_literals;
using namespace vigil::testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Limits : public Watching {
 protected:
  // May be called again with more.
  // The limit is one of their numbers.
  static rlim_t lowest_free_descriptor() {
    const int lowest = ::dup(STDIN_FILENO);
    ::close(lowest);
    return static_cast<rlim_t>(lowest);
  }

  static void allow_descriptors(rlim_t count) {
    rlimit limits{};
    ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &limits));
    limits.rlim_cur = count;
    ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &limits));
  }

  static void forbid_threads() {
    const rlimit none{};
    ASSERT_EQ(0, ::setrlimit(RLIMIT_NPROC, &none));
  }

  // Runs the test where the users' limits are its own; skips it where the system does not allow that.
  void in_own_namespace(const std::function<void()>& body) {
    if (!in_child(body, CLONE_NEWUSER)) GTEST_SKIP() << "limits of inotify: no user namespace of our own allowed";
  }

  // In such a namespace.
  static void limit(const std::string& what, int number) {
    std::ofstream file("/proc/sys/user/" + what);
    file << number << std::flush;
    ASSERT_TRUE(file) << what;
  }
};

// What comes soon, if anything does.
std::vector<Told> next(Watcher& watcher) {
  std::vector<Told> all;
  if (const std::optional<Batch> batch = watcher.wait(20ms)) {
    for (const Event& event : *batch) all.emplace_back(event);
  }
  return all;
}

TEST_F(Limits, OfDescriptors) {
  ASSERT_TRUE(in_child([&] {
    // Each number of descriptors left, so that each of those that are opened is the first to fail once.
    const std::size_t used = open_descriptors();
    int failed = 0;
    for (rlim_t left = 0; left < 12; ++left) {
      allow_descriptors(used + left);
      const Result<Watcher> watcher = Watcher::open();
      allow_descriptors(used + 100);
      if (watcher) break;
      ++failed;
      EXPECT_EQ(ErrorCode::limit_reached, watcher.error().code());
      EXPECT_EQ(EMFILE, watcher.error().os_code());
      EXPECT_FALSE(watcher.error().message().empty());
      EXPECT_EQ(used, open_descriptors());
    }
    EXPECT_GT(failed, 0);
    EXPECT_LT(failed, 12);
  }));
}

TEST_F(Limits, OfInstances) {
  in_own_namespace([&] {
    limit("max_inotify_instances", 1);
    std::optional<Watcher> first = open_watcher();
    open();
    expect_done(watcher().add(root()));
    const std::vector<Told> all = catch_up(watcher());
    ASSERT_THAT(texts(all, root()), ElementsAre("ready directory .", "degraded directory ."));
    EXPECT_EQ("poll", all[0].backend);
    EXPECT_EQ(EMFILE, all[1].code);
    EXPECT_THAT(all[1].reason, AllOf(HasSubstr("max_user_instances"), HasSubstr("max_inotify_instances is 1"),
                                     HasSubstr("core_test (process " + std::to_string(::getpid()) + ") 1"),
                                     HasSubstr("sudo sysctl user.max_inotify_instances=1024")));
    EXPECT_EQ(all[1].reason, all[0].reason);
    EXPECT_EQ(0u, watcher().stats().watches);
    write_file(path("f"));
    EXPECT_THAT(texts(take_until(watcher(), Kind::created), root()), Contains("created file f"));
    // Another gives one up.
    first.reset();
    const std::vector<Told> later = take_until(watcher(), Kind::live);
    EXPECT_THAT(texts(only(later, {Kind::live}), root()), ElementsAre("live directory ."));
    EXPECT_THAT(later.back().reason, HasSubstr("watches again")) << ::testing::PrintToString(texts(later, root()));
    write_file(path("g"), "");
    EXPECT_THAT(told(), ElementsAre("created file g", "closed file g"));
  });
}

TEST_F(Limits, OfThreads) {
  ASSERT_TRUE(in_child([&] {
    become_nobody();
    const std::size_t before = open_descriptors();
    forbid_threads();
    for (const bool pushes : {false, true}) {
      Options options;
      if (pushes) options.callback = [](const Batch&) {};
      const Result<Watcher> watcher = Watcher::open(std::move(options));
      ASSERT_FALSE(watcher);
      EXPECT_EQ(ErrorCode::limit_reached, watcher.error().code());
      EXPECT_THAT(watcher.error().message(), HasSubstr("thread"));
      EXPECT_EQ(before, open_descriptors());
    }
  }));
}

TEST_F(Limits, OfWatchesIsToldAndTheRestIsPolled) {
  for (int number = 0; number < 20; ++number) make_directory(path("d" + std::to_string(number) + "/s"));
  write_file(path("d7/old"));
  in_own_namespace([&] {
    limit("max_inotify_watches", 12);
    Model model(root(), listing_of(root()));
    open();
    expect_done(watcher().add(root()));
    const std::vector<Told> first = catch_up(watcher());
    ASSERT_THAT(texts(first, root()), ElementsAre("ready directory .", "degraded directory ."));
    EXPECT_EQ(ENOSPC, first[1].code);
    EXPECT_THAT(first[1].reason, AllOf(HasSubstr("max_user_watches"), HasSubstr("sysctl"), HasSubstr(root())));
    std::string value;
    std::ifstream("/proc/sys/fs/inotify/max_user_watches") >> value;
    EXPECT_THAT(first[1].reason, HasSubstr(value));
    // Others' are not all looked at where that takes too long, or where they end meanwhile.
    const std::string users = ": core_test (process " + std::to_string(::getpid()) + ") 12";
    EXPECT_THAT(
        first[1].reason,
        AllOf(HasSubstr("user.max_inotify_watches is 12 in this user namespace"),
              AnyOf(HasSubstr("of which 12 are in use" + users), HasSubstr("of which at least 12 are in use" + users)),
              HasSubstr("sudo sysctl user.max_inotify_watches=524288"), Not(HasSubstr("No space"))));
    EXPECT_EQ("inotify", first[0].backend);
    EXPECT_EQ(12u, watcher().stats().watches);

    // Everywhere, and so also where nothing is watched.
    let_clock_of_files_tick();
    for (int number = 0; number < 20; ++number) {
      const std::string directory = path("d" + std::to_string(number));
      write_file(directory + "/f");
      make_directory(directory + "/s/t/u");
      write_file(directory + "/s/t/u/f");
    }
    append_to(path("d7/old"));
    remove(path("d13"));
    move(path("d14"), path("e14"));
    bool modified = false;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while ((model.listing() != listing_of(root()) || !modified) && std::chrono::steady_clock::now() < deadline) {
      for (const Told& told : next(watcher())) {
        model.apply(told);
        modified = modified || (told.kind == Kind::modified && told.path == path("d7/old"));
      }
    }
    EXPECT_EQ("", model.violations());
    EXPECT_EQ("", differences(model.listing(), listing_of(root())));
    EXPECT_TRUE(modified);
  });
}

// As soon as watches are to be had, they are used, and nothing is lost on the way.
TEST_F(Limits, OfWatchesRaised) {
  for (int number = 0; number < 20; ++number) make_directory(path("d" + std::to_string(number)));
  in_own_namespace([&] {
    limit("max_inotify_watches", 12);
    open();
    expect_done(watcher().add(root()));
    catch_up(watcher());
    limit("max_inotify_watches", 1000);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::vector<Told> meanwhile;
    while (watcher().stats().watches < 21 && std::chrono::steady_clock::now() < deadline) {
      for (Told& told : next(watcher())) meanwhile.push_back(std::move(told));
    }
    for (Told& told : catch_up(watcher())) meanwhile.push_back(std::move(told));
    EXPECT_THAT(texts(meanwhile, root()), ElementsAre("live directory ."));
    for (int number = 0; number < 20; ++number) {
      const std::string name = "d" + std::to_string(number) + "/f";
      write_file(path(name), "");
      EXPECT_THAT(told(), ElementsAre("created file " + name, "closed file " + name));
    }
  });
}

// The caller's own limit: met exactly, also by directories that are listed ahead, and given back.
TEST_F(Limits, OfWatchesOfTheCaller) {
  for (int number = 0; number < 100; ++number) make_directory(path("d" + std::to_string(number)));
  open({.backend = BackendChoice::inotify, .max_watches = 40});
  expect_done(watcher().add(root()));
  std::vector<Told> first = catch_up(watcher());
  ASSERT_THAT(texts(first, root()), ElementsAre("ready directory .", "degraded directory ."));
  EXPECT_EQ("inotify", first[0].backend);
  EXPECT_EQ(0, first[1].code);
  EXPECT_THAT(first[1].reason, AllOf(HasSubstr("40"), HasSubstr("max_watches"), HasSubstr("polled")));
  EXPECT_LE(watcher().stats().watches, 40u);
  EXPECT_GE(watcher().stats().watches, 30u);
  for (int number = 0; number < 100; ++number) write_file(path("d" + std::to_string(number) + "/f"));
  Model model(root());
  for (const Told& told : first) model.apply(told);
  std::size_t created = 0;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (created < 100 && std::chrono::steady_clock::now() < deadline) {
    created += only(next(watcher()), {Kind::created}).size();
    EXPECT_LE(watcher().stats().watches, 40u);
  }
  EXPECT_EQ(100u, created);
  for (int number = 0; number < 80; ++number) remove(path("d" + std::to_string(number)));
  const std::vector<Told> later = only(take_until(watcher(), Kind::live), {Kind::live});
  ASSERT_EQ(1u, later.size());
  EXPECT_THAT(later.back().reason, HasSubstr("watches again"));
  EXPECT_LE(watcher().stats().watches, 40u);
}

// Where there is the privilege, what is beyond the limit is watched all the same, by one mark for all of it.
TEST_F(Limits, OfWatchesDoNotMatterToWhomMayMark) {
  if (!sys::open_fanotify()) GTEST_SKIP() << "fanotify for whole file systems takes CAP_SYS_ADMIN and Linux 5.17";
  for (int number = 0; number < 100; ++number) make_directory(path("d" + std::to_string(number)));
  open({.max_watches = 40});
  expect_done(watcher().add(root()));
  const std::vector<Told> first = catch_up(watcher());
  ASSERT_THAT(texts(first, root()), ElementsAre("ready directory .", "degraded directory ."));
  EXPECT_EQ("inotify", first[0].backend);
  EXPECT_THAT(first[1].reason, AllOf(HasSubstr("40"), HasSubstr("max_watches"), HasSubstr("watched by fanotify")));
  for (int number = 0; number < 100; ++number) {
    const std::string name = "d" + std::to_string(number) + "/f";
    write_file(path(name));
    EXPECT_THAT(told(), Contains("created file " + name));
  }
  move(path("d0/f"), path("d99/g"));
  EXPECT_THAT(told(), ::testing::AnyOf(ElementsAre("renamed file d0/f -> d99/g"),
                                       ::testing::UnorderedElementsAre("removed file d0/f", "created file d99/g")));
}

// Even the root itself, and what is looked at instead of a missing root.
TEST_F(Limits, OfWatchesWithNoneLeft) {
  in_own_namespace([&] {
    limit("max_inotify_watches", 0);
    open();
    expect_done(watcher().add(root()));
    EXPECT_THAT(told(), Contains("degraded directory ."));
    write_file(path("f"));
    EXPECT_THAT(texts(take_until(watcher(), Kind::created), root()), Contains("created file f"));
  });
}

// While a tree is listed there is no descriptor to be had: what could not be opened is tried again.
TEST_F(Limits, OfDescriptorsWhileListing) {
  for (int number = 0; number < 10; ++number) make_directory(path("d" + std::to_string(number) + "/s"));
  ASSERT_TRUE(in_child([&] {
    Model model(root(), listing_of(root()));
    open();
    expect_done(watcher().add(root()));
    const auto apply = [&](const std::vector<Told>& all) {
      for (const Told& told : all) model.apply(told);
    };
    apply(catch_up(watcher()));
    const rlim_t used = lowest_free_descriptor();
    allow_descriptors(used);
    make_directory(path("new/s"));
    apply(take_until(watcher(), Kind::error));
    allow_descriptors(used + 100);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (model.listing() != listing_of(root()) && std::chrono::steady_clock::now() < deadline) {
      apply(next(watcher()));
    }
    write_file(path("new/s/f"), "");
    EXPECT_THAT(told(), ElementsAre("created file new/s/f", "closed file new/s/f"));
  }));
}

}  // namespace
}  // namespace vigil::core
