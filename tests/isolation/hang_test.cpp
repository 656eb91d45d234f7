// File systems that hang.
#include "isolation/isolated.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

namespace vigil::isolation {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A mount of hanging_fs. What this process does there never hangs.
class Mount {
 public:
  Mount(const std::string& source, const std::string& mountpoint) : mountpoint_(mountpoint) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDIN_FILENO);
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl(VIGIL_HANGING_FS, VIGIL_HANGING_FS, source.c_str(), mountpoint.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    channel_ = ends[0];
    mounted_ = hear("mounted");
  }

  ~Mount() {
    ::shutdown(channel_, SHUT_WR);
    ::close(channel_);
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
    (void)::umount2(mountpoint_.c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }

  void hang(const std::string& operation) {
    say("hang " + operation + "\n");
    EXPECT_TRUE(hear("hangs " + operation));
  }
  void answer() { say("answer\n"); }
  void slow(const std::string& operation) { say("slow " + operation + "\n"); }

  // Waits until an operation hangs.
  bool hangs(const std::string& operation) { return hear("hung " + operation); }

 private:
  void say(const std::string& line) { (void)!::send(channel_, line.data(), line.size(), MSG_NOSIGNAL); }

  bool hear(const std::string& line) {
    while (true) {
      for (std::size_t end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n')) {
        const std::string one = heard_.substr(0, end);
        heard_.erase(0, end + 1);
        if (one == line) return true;
      }
      const timeval patience{kPatience.count(), 0};
      ::setsockopt(channel_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      char bytes[256];
      const ssize_t size = ::recv(channel_, bytes, sizeof bytes, 0);
      if (size <= 0) return false;
      heard_.append(bytes, static_cast<std::size_t>(size));
    }
  }

  std::string mountpoint_;
  pid_t child_ = -1;
  int channel_ = -1;
  bool mounted_ = false;
  std::string heard_;
};

class Hang : public Isolated {
 protected:
  void SetUp() override {
    if (std::strlen(VIGIL_HANGING_FS) == 0) GTEST_SKIP() << "built without libfuse3";
    if (::access("/dev/fuse", R_OK | W_OK) != 0) GTEST_SKIP() << "no access to /dev/fuse";
    make_directory(behind("d"));
    write_file(behind("d/f"));
    mount_.emplace(outside("behind"), root());
    if (!mount_->mounted()) GTEST_SKIP() << "may not mount";
  }

  void TearDown() override {
    if (mount_) mount_->answer();
    if (is_open_) watcher().stop();
    mount_.reset();
  }

  std::string behind(const std::string& name) { return outside("behind") + "/" + name; }

  void watch_mount(Options options = {}, RootOptions root_options = {}) {
    options.hang_timeout = kHang;
    options.backend = BackendChoice::inotify;  // left to itself it would be polled
    open_isolated(std::move(options));
    is_open_ = true;
    watch(std::move(root_options));
  }

  Mount& mount() { return *mount_; }

  std::optional<Mount> mount_;
  bool is_open_ = false;
};

TEST_F(Hang, TellsWhatHappensThroughTheMount) {
  watch_mount();
  write_file(path("d/g"));
  EXPECT_THAT(told(), ElementsAre("created file d/g", "modified file d/g", "closed file d/g"));
}

// Nothing tells of what happens behind it.
TEST_F(Hang, IsPolledAndThatIsSaid) {
  for (const Isolation isolation : {Isolation::none, Isolation::process}) {
    Options options = isolated();
    options.isolation = isolation;
    Watcher watcher = core::open_watcher(std::move(options));
    core::expect_done(watcher.add(root()));
    const std::vector<Told> first = catch_up(watcher);
    ASSERT_THAT(texts(first, root()), ElementsAre("ready directory .", "degraded directory ."));
    EXPECT_EQ(isolation == Isolation::none ? "poll" : "isolated/poll", first[0].backend);
    EXPECT_THAT(first[0].reason, AllOf(HasSubstr("file system fuse"), HasSubstr("polled")));
    EXPECT_EQ(first[0].reason, first[1].reason);
    const std::string name = isolation == Isolation::none ? "d/g" : "d/h";
    write_file(behind(name));
    EXPECT_THAT(texts(take_until(watcher, Kind::created), root()), Contains("created file " + name));
    remove(behind(name));
    EXPECT_THAT(texts(take_until(watcher, Kind::removed), root()), Contains("removed file " + name));
  }
}

// Of a root with other file systems below, only what is on those.
TEST_F(Hang, IsPolledBelowARootThatIsNot) {
  const std::string above = root().substr(0, root().rfind('/'));
  Watcher watcher = core::open_watcher();
  core::expect_done(watcher.add(above));
  const std::vector<Told> first = catch_up(watcher);
  ASSERT_THAT(texts(first, above), ElementsAre("ready directory .", "degraded directory root"));
  EXPECT_EQ("inotify", first[0].backend);
  EXPECT_EQ("", first[0].reason);
  write_file(behind("d/g"), "");
  bool told_behind = false;
  bool told_through = false;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!(told_behind && told_through) && std::chrono::steady_clock::now() < deadline) {
    const std::optional<Batch> batch = watcher.wait(std::chrono::milliseconds(20));
    for (const Event& event : *batch) {
      if (event.kind != Kind::created) continue;
      told_behind = told_behind || (event.path == behind("d/g") && !event.synthetic);
      told_through = told_through || (event.path == path("d/g") && event.synthetic);
    }
  }
  EXPECT_TRUE(told_behind);
  EXPECT_TRUE(told_through);
}

// Its going and its return are told by nobody either.
TEST_F(Hang, ARootOnItIsLookedFor) {
  Watcher watcher = core::open_watcher();
  core::expect_done(watcher.add(path("d")));
  catch_up(watcher);
  remove(behind("d"));
  EXPECT_THAT(texts(take_until(watcher, Kind::lost), path("d")), Contains("lost directory ."));
  make_directory(behind("d"));
  write_file(behind("d/g"));
  EXPECT_THAT(texts(take_until(watcher, Kind::live), path("d")),
              AllOf(Contains("restored directory ."), Contains("created file g")));
}

// It comes and goes while the directory it is mounted on is watched.
TEST_F(Hang, IsPolledFromTheMomentItIsMounted) {
  mount_.reset();
  const std::string above = root().substr(0, root().rfind('/'));
  Watcher watcher = core::open_watcher();
  core::expect_done(watcher.add(above));
  EXPECT_THAT(texts(catch_up(watcher), above), ElementsAre("ready directory ."));
  mount_.emplace(outside("behind"), root());
  ASSERT_TRUE(mount_->mounted());
  std::vector<Told> all = take_until(watcher, Kind::degraded);
  for (Told& told : catch_up(watcher)) all.push_back(std::move(told));
  EXPECT_THAT(texts(only(all, {Kind::degraded}), above), ElementsAre("degraded directory root"));
  EXPECT_THAT(texts(only(all, kShape), above), ElementsAre("removed directory root", "created directory root",
                                                           "created directory root/d", "created file root/d/f"));
  write_file(behind("d/g"));
  bool told_through = false;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!told_through && std::chrono::steady_clock::now() < deadline) {
    const std::optional<Batch> batch = watcher.wait(std::chrono::milliseconds(20));
    for (const Event& event : *batch) told_through = told_through || event.path == path("d/g");
  }
  EXPECT_TRUE(told_through);
  mount_.reset();
  all = take_until(watcher, Kind::removed);
  for (Told& told : catch_up(watcher)) all.push_back(std::move(told));
  EXPECT_THAT(texts(only(all, kShape), above), ElementsAre("removed directory root", "created directory root"));
  write_file(path("f"), "");
  EXPECT_THAT(texts(catch_up(watcher), above), ElementsAre("created file root/f", "closed file root/f"));
}

// Who knows better has it watched, and is not told that it might be wrong.
TEST_F(Hang, IsWatchedIfTheCallerSaysSo) {
  Watcher watcher = core::open_watcher({.backend = BackendChoice::inotify});
  core::expect_done(watcher.add(root()));
  EXPECT_THAT(texts(catch_up(watcher), root()), ElementsAre("ready directory ."));
  write_file(path("d/g"), "");
  EXPECT_THAT(texts(catch_up(watcher), root()), ElementsAre("created file d/g", "closed file d/g"));
}

// All of a directory is compared, which takes longer than a hang, but no call of the file system does.
TEST_F(Hang, SlowIsNotHanging) {
  const auto files = kHang / 3ms;  // each is asked about, and twice
  for (int number = 0; number < files; ++number) write_file(behind("d/" + std::to_string(number)), "");
  let_clock_of_files_tick();
  watch_mount();
  mount().slow("getattr");
  kill_process(only_helper());
  write_file(path("d/g"), "");
  const std::vector<Told> all = catch_up(watcher());
  EXPECT_THAT(texts(all, root()),
              ElementsAre("lost directory .", "restored directory .", "created file d/g", "live directory ."))
      << reason_of(all, Kind::error);
}

class HangIn : public Hang, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(, HangIn, ::testing::Values("getattr", "open", "readdir"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(HangIn, AddFailsInTime) {
  open_isolated({.hang_timeout = kHang});
  is_open_ = true;
  mount().hang(GetParam());
  const auto begin = std::chrono::steady_clock::now();
  const Status added = watcher().add(root());
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(ErrorCode::timed_out, code_of(added));
  EXPECT_GE(took, kHang);
  EXPECT_LT(took, kHang + 2s);
  EXPECT_EQ(0u, watcher().stats().roots);
  // The helper that hangs is the system's until the file system answers. Then nothing is left of it.
  mount().answer();
  EXPECT_THAT(helpers_left(), IsEmpty());
  expect_done(watcher().add(root()));
}

TEST_P(HangIn, StopsInTimeWhileAdding) {
  Watcher& watcher = open_isolated({.hang_timeout = 1h});
  is_open_ = true;
  mount().hang(GetParam());
  std::thread adder([&] { EXPECT_EQ(ErrorCode::stopped, code_of(watcher.add(root()))); });
  ASSERT_TRUE(mount().hangs(GetParam()));
  const auto begin = std::chrono::steady_clock::now();
  watcher.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms);
  adder.join();
}

// A new directory is opened and listed by the helper: there it hangs, in a call that not even SIGKILL ends. It stays,
// and the root is lost, until the file system answers. Then the difference is told.
TEST_P(HangIn, LostUntilItAnswers) {
  TemporaryDirectory elsewhere;
  watch_mount();
  expect_done(watcher().add(elsewhere.path()));
  EXPECT_THAT(texts(catch_up(watcher()), elsewhere.path()), ElementsAre("ready directory ."));
  const ProcessId helper = helpers().front();
  mount().hang(GetParam());
  make_directory(path("new"));
  const std::vector<Told> lost = take_until(watcher(), Kind::lost);
  EXPECT_THAT(texts(lost, root()), Contains("lost directory ."));
  EXPECT_THAT(reason_of(lost, Kind::lost), AnyOf(HasSubstr("did not return"), HasSubstr("no sign of life")));

  // The rest of the program goes on.
  write_file(elsewhere / "f", "");
  EXPECT_THAT(texts(take_until(watcher(), Kind::closed), elsewhere.path()), Contains("created file f"));
  EXPECT_EQ(ErrorCode::timed_out, code_of(watcher().sync(50ms))) << "what happened in the mount is not told";
  write_file(path("d/f2"), "");

  mount().answer();
  const std::vector<Told> all = take_until(watcher(), Kind::live, root());
  EXPECT_THAT(texts(all, root()), Contains("restored directory ."));
  EXPECT_THAT(texts(all, root()), Contains("created directory new"));
  EXPECT_THAT(texts(all, root()), Contains("created file d/f2"));
  write_file(path("new/f"), "");
  EXPECT_THAT(told(), Contains("created file new/f"));
  EXPECT_NE(helper, helpers().front());
}

TEST_P(HangIn, StopsInTime) {
  watch_mount();
  mount().hang(GetParam());
  make_directory(path("new"));
  ASSERT_TRUE(mount().hangs(GetParam()));
  const auto begin = std::chrono::steady_clock::now();
  watcher().stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms);
  mount().answer();
  EXPECT_THAT(helpers_left(), IsEmpty());
}

}  // namespace
}  // namespace vigil::isolation
