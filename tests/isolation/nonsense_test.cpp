// Helpers that lie.
#include "isolation/isolated.hpp"
#include "sys/process.hpp"

#include <filesystem>

namespace vigil::isolation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Nonsense : public Isolated {
 protected:
  ~Nonsense() override {
    for (const char* const name : {"VIGIL_LIE", "VIGIL_LIED"}) set_environment(name, "");
  }

  Watcher& open_lying(const std::string& lie) {
    set_environment("VIGIL_LIE", lie);
    Options options = isolated({.hang_timeout = kHang});
    options.helper = fake_helper();
    return open(std::move(options));
  }

  static std::string reason_for(std::string_view lie) {
    if (lie == "hangs") return "no sign of life";
    if (lie == "hangs in a call") return "did not return";
    return lie == "half a message" || lie.starts_with("dies") ? "ended" : "spoke nonsense";
  }
};

// While the root is being added: the call fails, and says why.
TEST_F(Nonsense, BeforeItIsWatched) {
  const struct {
    const char* lie;
    ErrorCode code;
    const char* reason;
  } cases[] = {
      {"exit", ErrorCode::system, "ended with code 3"},
      {"echo", ErrorCode::system, "no greeting of a helper"},
      {"garbage", ErrorCode::system, "a message that is too long"},
      {"huge", ErrorCode::system, "a message that is too long"},
      {"version", ErrorCode::system, "a version of the protocol"},
      {"versions reversed", ErrorCode::system, "no greeting"},
      {"role", ErrorCode::system, "no greeting"},
      {"no hello", ErrorCode::system, "no greeting"},
      {"short hello", ErrorCode::system, "no greeting"},
      {"exits", ErrorCode::system, "ended with code 4"},
      {"refuses", ErrorCode::permission_denied, "it lies"},
      {"unknown error", ErrorCode::system, "cannot be read"},
      {"wrong answer", ErrorCode::system, "cannot be read"},
      {"events first", ErrorCode::system, "not asked"},
      {"gives up", ErrorCode::system, "cannot go on: out of breath"},
      {"created first", ErrorCode::system, "before 'ready'"},
      {"lost first", ErrorCode::system, "before 'ready'"},
      {"live first", ErrorCode::system, "before 'ready'"},
      {"dies after the answer", ErrorCode::system, "ended with code 5"},
      {"silent after the answer", ErrorCode::timed_out, "no sign of life"},
      {"silent", ErrorCode::timed_out, "no sign of life"},
      {"no answer", ErrorCode::timed_out, "no sign of life"},
  };
  for (const auto& [lie, code, reason] : cases) {
    for (const bool initial : {false, true}) {
      SCOPED_TRACE(std::string(lie) + (initial ? ", initial" : ""));
      open_lying(lie);
      const auto begin = std::chrono::steady_clock::now();
      const Status added = watcher().add(root(), {.initial = initial});
      EXPECT_EQ(code, code_of(added));
      EXPECT_THAT(added ? "" : added.error().message(), HasSubstr(reason));
      EXPECT_LT(std::chrono::steady_clock::now() - begin, kHang + 5s);
      EXPECT_EQ(0u, watcher().stats().roots);
      EXPECT_THAT(helpers_left(), IsEmpty());
      EXPECT_THAT(told(), IsEmpty());
    }
  }
}

// Later: it is lost, with the reason, and the next helper, an honest one, puts right what was said.
TEST_F(Nonsense, WhileItIsWatched) {
  for (const char* const lie : {"beside the file",
                                "moved beside the file",
                                "dies with a file",
                                "dies with a name for a directory",
                                "told at the beginning of time",
                                "told at the end of time",
                                "told before the clock",
                                "told tomorrow",
                                "hangs",
                                "hangs in a call",
                                "half a message",
                                "unknown message",
                                "cut content",
                                "second answer",
                                "unasked sync",
                                "unasked alive",
                                "second ready",
                                "restored",
                                "no parent",
                                "below a file",
                                "exists",
                                "dots",
                                "absolute",
                                "slash at the end",
                                "nul",
                                "long name",
                                "bad type",
                                "bad kind",
                                "not there",
                                "written nowhere",
                                "into itself",
                                "onto itself",
                                "over untold",
                                "over above",
                                "over nothing",
                                "root renamed",
                                "root created",
                                "replaced created"}) {
    SCOPED_TRACE(lie);
    const std::string lied = outside("lied");
    set_environment("VIGIL_LIED", lied);
    open_lying(lie);
    expect_done(watcher().add(root()));
    Model model(root());
    const std::vector<Told> all = take_until(watcher(), Kind::live);
    for (const Told& event : all) model.apply(event);
    EXPECT_EQ("", model.violations());
    EXPECT_THAT(model.listing(), IsEmpty()) << "of what was made up nothing is left";
    EXPECT_EQ(1u, model.count(Kind::lost));
    EXPECT_EQ(1u, model.count(Kind::restored));
    EXPECT_THAT(reason_of(all, Kind::lost), HasSubstr(reason_for(lie)));
    EXPECT_THAT(helpers_left(), SizeIs(1));
    remove(lied);
  }
}

// Slow, but right.
TEST_F(Nonsense, ByteByByte) {
  open_lying("byte by byte");
  expect_done(watcher().add(root(), {.initial = true}));
  EXPECT_THAT(plainly(take_until(watcher(), Kind::created), root()),
              ElementsAre("ready directory .", "live directory .", "created directory d", "created file d/f"));
}

TEST_F(Nonsense, StopsInTime) {
  open_lying("hangs");
  expect_done(watcher().add(root()));
  const auto begin = std::chrono::steady_clock::now();
  watcher().stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_THAT(helpers_left(), IsEmpty());
}

TEST(FindProgram, BesideThisOneOrInPath) {
  EXPECT_EQ("", sys::find_program("no such program as this"));
  const std::filesystem::path other = sys::find_program(kInPath);
  EXPECT_TRUE(other.is_absolute());
  EXPECT_EQ(kInPath, other.stem());
  const std::filesystem::path beside = sys::find_program("isolation_test");
  EXPECT_EQ("isolation_test", beside.stem());
  EXPECT_EQ("tests", beside.parent_path().filename());
}

}  // namespace
}  // namespace vigil::isolation
