#include "cli/top_model.hpp"

#include "cli/columns.hpp"
#include "cli/events.hpp"
#include "cli/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace vigil::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Key = KeyPress::Key;
using Effect = TopModel::Effect;

constexpr TopModel::Moment kBegin{1000h};

std::string name_of(int pid) { return pid == 7 ? "make" : "cc"; }

class TopModelTest : public ::testing::Test {
 protected:
  TopModelTest() {
    model_.add_root("/home/me");
    Event ready = event_of(Kind::ready, EntryType::directory, "/home/me");
    ready.backend = "inotify";
    add(ready);
  }

  void add(const Event& event) {
    Batch batch;
    batch.append(event);
    model_.add(batch, now_);
  }
  void change(const std::string& path, int times = 1) {
    for (int time = 0; time < times; ++time) add(event_of(Kind::modified, EntryType::file, path));
  }

  Effect press(Key key) { return model_.press({key}, now_); }
  Effect type(char32_t character) { return model_.press({Key::character, character}, now_); }

  std::vector<std::string> draw() {
    std::vector<std::string> texts;
    selected_ = "";
    for (const ScreenLine& line : model_.draw(size_, now_)) {
      std::string text;
      for (const Span& span : line.spans) {
        text += span.text;
        if (span.style == Style::selected) selected_ = name_in(span.text);
      }
      EXPECT_LE(columns_of_text(text), size_.columns) << text;
      texts.push_back(text.substr(0, text.find_last_not_of(' ') + 1));
    }
    EXPECT_LE(texts.size(), size_.lines);
    return texts;
  }

  static std::string name_in(const std::string& row) {
    const std::size_t begin = row.rfind("  ");
    std::string name = begin == std::string::npos ? row : row.substr(begin + 2);
    std::replace(name.begin(), name.end(), '\\', '/');
    return name;
  }

  // Of the rows, in their order.
  std::vector<std::string> names() {
    const std::vector<std::string> lines = draw();
    std::vector<std::string> names;
    for (std::size_t index = 6; index + 1 < lines.size(); ++index) {
      if (!lines[index].empty()) names.push_back(name_in(lines[index]));
    }
    return names;
  }

  std::string selected() {
    (void)draw();
    return selected_;
  }

  TopModel::Moment now_ = kBegin;
  ScreenSize size_{.columns = 100, .lines = 16};
  TopModel model_{kBegin, "/home/me", name_of};
  std::string selected_;
};

TEST_F(TopModelTest, ShowsWhatIsBusiestFirst) {
  change("/home/me/src/a", 3);
  change("/home/me/lib/b", 5);
  change("/home/me/c");
  const std::vector<std::string> lines = draw();
  EXPECT_THAT(lines[0], AllOf(HasSubstr("vigil top"), HasSubstr("inotify")));
  EXPECT_THAT(lines[1], AllOf(HasSubstr("9 changes   9.0 a second"), HasSubstr("losses 0")));
  EXPECT_EQ("modified 9.0  a second", lines[2]);
  EXPECT_THAT(names(), ElementsAre("lib/", "src/", "./"));
  EXPECT_THAT(lines.back(), HasSubstr("q quit"));
  EXPECT_EQ(size_.lines, lines.size());
}

TEST_F(TopModelTest, TabTurnsToPathsAndProcesses) {
  change("/home/me/src/a");
  EXPECT_EQ(Effect::redraw, press(Key::tab));
  EXPECT_THAT(names(), ElementsAre("src/a"));
  press(Key::tab);
  EXPECT_THAT(draw()[6], HasSubstr("fanotify only"));
  Event event = event_of(Kind::created, EntryType::file, "/home/me/x");
  event.pid = 7;
  add(event);
  EXPECT_THAT(names(), ElementsAre("make (7)"));
  press(Key::tab);
  EXPECT_THAT(names(), ElementsAre("./", "src/"));
}

TEST_F(TopModelTest, SortsByRateThenByChangesThenByName) {
  change("/home/me/z/old", 50);
  now_ += 20s;
  change("/home/me/b/new");
  change("/home/me/a/newer", 2);
  EXPECT_THAT(names(), ElementsAre("a/", "b/", "z/"));
  type('s');
  EXPECT_THAT(names(), ElementsAre("z/", "a/", "b/"));
  type('s');
  EXPECT_THAT(names(), ElementsAre("a/", "b/", "z/"));
  EXPECT_THAT(draw()[4], HasSubstr("by name"));
}

TEST_F(TopModelTest, ADirectoryIsOpenedAndLeft) {
  change("/home/me/src/deep/a", 3);
  change("/home/me/src/b", 2);
  change("/home/me/srcs/c", 1);
  EXPECT_THAT(names(), ElementsAre("src/deep/", "src/", "srcs/"));
  press(Key::down);
  EXPECT_EQ("src/", selected());
  press(Key::enter);
  EXPECT_THAT(names(), ElementsAre("src/deep/", "src/"));
  EXPECT_THAT(draw()[4], HasSubstr("below src/"));
  // The one that is open: what is in it.
  press(Key::down);
  press(Key::enter);
  EXPECT_THAT(names(), ElementsAre("src/deep/a", "src/b"));
  type('1');
  press(Key::backspace);
  EXPECT_THAT(names(), ElementsAre("src/deep/", "src/", "srcs/"));
  EXPECT_EQ("src/", selected());
  press(Key::backspace);
  EXPECT_THAT(draw()[4], Not(HasSubstr("below")));
}

TEST_F(TopModelTest, APathOpensItsDirectory) {
  change("/home/me/src/a");
  change("/home/me/lib/b");
  type('2');
  press(Key::enter);  // nothing was drawn that could be opened
  EXPECT_THAT(names(), ElementsAre("lib/b", "src/a"));
  press(Key::enter);
  EXPECT_THAT(names(), ElementsAre("lib/b"));
}

// The row moves, the name stays selected.
TEST_F(TopModelTest, TheSelectedNameStaysSelected) {
  change("/home/me/a/x", 3);
  change("/home/me/b/x", 2);
  change("/home/me/c/x", 1);
  EXPECT_EQ("a/", selected());
  press(Key::down);
  EXPECT_EQ("b/", selected());
  change("/home/me/c/x", 9);
  EXPECT_EQ("b/", selected());
  press(Key::end);
  EXPECT_EQ("b/", selected());
  press(Key::home);
  EXPECT_EQ("c/", selected());
  change("/home/me/b/x", 20);
  EXPECT_EQ("b/", selected());  // the first, whatever it is
}

TEST_F(TopModelTest, ScrollsToWhatIsSelected) {
  for (int index = 0; index < 40; ++index) change("/home/me/d" + std::to_string(index) + "/f", 40 - index);
  EXPECT_THAT(names(), testing::SizeIs(9));
  for (int step = 0; step < 20; ++step) press(Key::down);
  EXPECT_EQ("d20/", selected());
  press(Key::page_down);
  EXPECT_EQ("d29/", selected());
  press(Key::end);
  EXPECT_EQ("d39/", selected());
  press(Key::down);
  EXPECT_EQ("d39/", selected());
  press(Key::page_up);
  press(Key::page_up);
  EXPECT_EQ("d21/", selected());
  press(Key::home);
  press(Key::up);
  EXPECT_EQ("d0/", selected());
  // A higher window has no empty rows.
  press(Key::end);
  (void)draw();
  size_.lines = 40;
  EXPECT_THAT(names(), testing::SizeIs(33));
}

TEST_F(TopModelTest, APauseFreezesThePicture) {
  change("/home/me/a/x", 3);
  const std::vector<std::string> before = draw();
  type('p');
  change("/home/me/b/x", 9);
  now_ += 10s;
  std::vector<std::string> paused = draw();
  EXPECT_THAT(paused[0], HasSubstr("PAUSED"));
  EXPECT_TRUE(std::equal(before.begin() + 1, before.end(), paused.begin() + 1, paused.end()));
  EXPECT_LT(model_.changes_until(), now_);
  type(' ');
  EXPECT_THAT(draw()[1], HasSubstr("12 changes"));
}

TEST_F(TopModelTest, CountsFromZeroAgain) {
  change("/home/me/a/x", 3);
  type('r');
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ("nothing changed yet", draw()[2]);
  change("/home/me/a/x");
  EXPECT_THAT(draw()[1], HasSubstr("1 changes"));
}

TEST_F(TopModelTest, HelpIsShownAndLeft) {
  EXPECT_EQ(Effect::redraw, type('?'));
  EXPECT_THAT(draw()[2], HasSubstr("select a row"));
  EXPECT_EQ(Effect::redraw, press(Key::enter));
  EXPECT_THAT(draw()[4], HasSubstr("directories"));
  type('h');
  EXPECT_EQ(Effect::quit, type('q'));
}

TEST_F(TopModelTest, QuitsAndPassesOverOtherKeys) {
  EXPECT_EQ(Effect::none, type('x'));
  EXPECT_EQ(Effect::none, press(Key::other));
  EXPECT_EQ(Effect::quit, type('q'));
}

TEST_F(TopModelTest, NoticesAreShown) {
  Event event = event_of(Kind::degraded, EntryType::directory, "/home/me");
  event.reason = "inotify watch limit\x1b[31m reached";
  add(event);
  EXPECT_EQ("degraded .: inotify watch limit\\x1b[31m reached", draw()[3]);
  Stats stats;
  stats.losses = 3;
  stats.queued_events = 50;
  model_.set_stats(stats);
  stats.queued_events = 0;
  model_.set_stats(stats);
  EXPECT_THAT(draw()[1], AllOf(HasSubstr("losses 3"), HasSubstr("queue 0 (most 50)")));
  EXPECT_THAT(draw()[1], Not(HasSubstr("most")));
}

TEST_F(TopModelTest, NamesNeitherDriveTheTerminalNorAreCutInHalf) {
  change("/home/me/\x1b[2J\n/日本語日本語日本語日本語");
  type('2');
  for (size_.columns = 0; size_.columns < 60; ++size_.columns) {
    for (const std::string& line : draw()) {
      EXPECT_EQ(std::string::npos, line.find('\x1b'));
      EXPECT_EQ(std::string::npos, line.find('\n'));
    }
  }
}

TEST_F(TopModelTest, RatesGoDownUntilAllIsCalm) {
  EXPECT_EQ(kBegin, model_.changes_until());
  change("/home/me/a/x", 3);
  EXPECT_EQ(kBegin + 5s, model_.changes_until());
  const std::vector<std::string> lines = draw();
  now_ = kBegin + 5s;
  const std::vector<std::string> calm = draw();
  EXPECT_NE(lines[1], calm[1]);
  now_ += 1h;
  EXPECT_EQ(calm, draw());
}

// Whatever is pressed, of whatever size the terminal is.
TEST_F(TopModelTest, NoKeyLeadsAstray) {
  std::mt19937 random(3);
  for (int step = 0; step < 3000; ++step) {
    size_ = {.columns = random() % 130, .lines = random() % 40};
    now_ += std::chrono::milliseconds(random() % 700);
    const std::string directory(1, static_cast<char>('a' + random() % 20));
    if (random() % 2 == 0) change("/home/me/" + directory + "/" + std::to_string(random() % 5));
    (void)draw();
    const auto key = static_cast<Key>(random() % 14);
    constexpr std::string_view kLetters = "jks123 prh?";
    (void)model_.press({key, static_cast<char32_t>(kLetters[random() % kLetters.size()])}, now_);
  }
}

}  // namespace
}  // namespace vigil::cli
