// `vigil watch --format json` on Windows: the stream that Linux gives, with paths as the caller wrote the root.
#include "base/utf.hpp"
#include "conformance/child_process.hpp"
#include "support/raw_files.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <windows.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using conformance::ChildProcess;
using nlohmann::json;
namespace raw = testing::raw;

// Beside the folder of this program.
std::string path_of_command() {
  wchar_t path[MAX_PATH + 1];
  const DWORD size = ::GetModuleFileNameW(nullptr, path, MAX_PATH);
  std::string text = base::to_wtf8(std::u16string(path, path + size));
  text.resize(text.rfind('\\'));
  text.resize(text.rfind('\\'));
  return text + "\\bin\\" VIGIL_COMMAND;
}

std::string with_backslashes(std::string path) {
  std::replace(path.begin(), path.end(), '/', '\\');
  return path;
}

class Watch : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(raw::make_directories(top_ / "Root"));
    ASSERT_TRUE(raw::make_directories(top_ / "other"));
  }

  void watch(const std::vector<std::string>& arguments) {
    conformance::ChildOptions options;
    options.arguments = {path_of_command(), "watch", "--format", "json"};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    options.working_directory = with_backslashes(top_ / "other");
    auto started = ChildProcess::start(std::move(options));
    ASSERT_TRUE(started) << started.error().message();
    child_ = *std::move(started);
  }

  // The next line; every one has what all lines have.
  std::optional<json> next() {
    const auto line = child_->next(std::chrono::steady_clock::now() + std::chrono::seconds(30));
    if (!line) {
      ADD_FAILURE() << "no line any more: " << child_->error_text();
      return std::nullopt;
    }
    json event = json::parse(*line, nullptr, false);
    EXPECT_TRUE(event.is_object()) << *line;
    for (const char* key : {"kind", "path", "type", "seq", "time"}) EXPECT_TRUE(event.contains(key)) << *line;
    EXPECT_TRUE(event.value("time", "").ends_with("Z")) << *line;
    EXPECT_GT(event.value("seq", std::uint64_t{0}), last_seq_) << *line;
    last_seq_ = event.value("seq", std::uint64_t{0});
    return event;
  }

  // The next line of which that is true. Of what Wine does not tell, the command learns within 2 seconds.
  std::optional<json> next(const std::function<bool(const json&)>& wanted) {
    for (auto event = next(); event; event = next()) {
      paths_.insert(event->value("path", ""));
      if (wanted(*event)) return event;
    }
    return std::nullopt;
  }

  std::optional<json> next_of(const std::string& path) {
    return next([&](const json& event) { return event.value("path", "") == path; });
  }

  // What happens in the root comes out below `shown`.
  void expect_below(const std::string& shown) {
    const auto ready = next();
    ASSERT_TRUE(ready);
    EXPECT_EQ(ready->value("kind", ""), "ready");
    EXPECT_EQ(ready->value("path", ""), shown);
    EXPECT_EQ(ready->value("type", ""), "directory");
    EXPECT_EQ(ready->value("backend", ""), "windows");
    ASSERT_TRUE(raw::write(top_ / "Root/f", "text", raw::Write::anew));
    const auto made = next_of(shown + "\\f");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->value("kind", ""), "created");
    EXPECT_EQ(made->value("type", ""), "file");
    ASSERT_TRUE(raw::make_directories(top_ / "Root/d/e"));
    const auto directory = next_of(shown + "\\d\\e");
    ASSERT_TRUE(directory);
    EXPECT_EQ(directory->value("kind", ""), "created");
    EXPECT_EQ(directory->value("type", ""), "directory");
    ASSERT_TRUE(raw::rename(top_ / "Root/f", top_ / "Root/d/g"));
    const auto moved = next_of(shown + "\\d\\g");
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->value("from", shown + "\\f"), shown + "\\f");
    for (const std::string& path : paths_) EXPECT_TRUE(path == shown || path.starts_with(shown + '\\')) << path;
  }

  std::string root() const { return top_ / "Root"; }

  testing::TemporaryDirectory top_;
  std::unique_ptr<ChildProcess> child_;
  std::set<std::string> paths_;
  std::uint64_t last_seq_ = 0;
};

TEST_F(Watch, PathWithBackslashes) {
  watch({with_backslashes(root())});
  expect_below(with_backslashes(root()));
}

TEST_F(Watch, PathWithSlashes) {
  watch({root()});
  expect_below(root());
}

TEST_F(Watch, PathWithABackslashAtTheEnd) {
  watch({with_backslashes(root()) + '\\'});
  expect_below(with_backslashes(root()));
}

TEST_F(Watch, PathWithSlashesAtTheEnd) {
  watch({root() + "//"});
  expect_below(root());
}

TEST_F(Watch, PathWithThePrefixThatTakesItAsItIs) {
  watch({"\\\\?\\" + with_backslashes(root())});
  expect_below("\\\\?\\" + with_backslashes(root()));
}

TEST_F(Watch, PathInOtherCase) {
  std::string other = with_backslashes(root());
  std::transform(other.begin(), other.end(), other.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  ASSERT_NE(other, with_backslashes(root()));
  watch({other});
  expect_below(other);
}

TEST_F(Watch, PathRelativeToTheWorkingDirectory) {
  watch({"..\\Root"});
  expect_below(with_backslashes(root()));
}

TEST_F(Watch, PathRelativeWithSlashesAndDots) {
  watch({"./../other/../Root/"});
  expect_below(with_backslashes(root()));
}

// Relative to where that drive's working directory is.
TEST_F(Watch, PathWithADriveAndNoBackslash) {
  watch({root().substr(0, 2) + "..\\Root"});
  expect_below(with_backslashes(root()));
}

TEST_F(Watch, PathOnTheDriveOfTheWorkingDirectory) {
  watch({with_backslashes(root()).substr(2)});
  expect_below(with_backslashes(root()));
}

TEST_F(Watch, TwoRootsEachAsItIsWritten) {
  watch({root(), "."});
  const std::string here = with_backslashes(top_ / "other");
  std::set<std::string> ready;
  while (ready.size() < 2) {
    const auto event = next();
    ASSERT_TRUE(event);
    if (event->value("kind", "") == "ready") ready.insert(event->value("path", ""));
  }
  EXPECT_EQ(ready, (std::set<std::string>{root(), here}));
  ASSERT_TRUE(raw::write(top_ / "other/f", "text", raw::Write::anew));
  EXPECT_TRUE(next_of(here + "\\f"));
  ASSERT_TRUE(raw::write(top_ / "Root/f", "text", raw::Write::anew));
  EXPECT_TRUE(next_of(root() + "\\f"));
}

}  // namespace
}  // namespace vigil::cli
