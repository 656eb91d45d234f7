#include "conformance/script.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vigil::conformance {
namespace {

Script parsed(const std::string& text) {
  auto script = parse_script("group/case", "# About something.\n" + text);
  EXPECT_TRUE(script) << script.error().message();
  return script ? *std::move(script) : Script{};
}

std::string error_of(const std::string& text) {
  const auto script = parse_script("group/case", "# About something.\n" + text);
  EXPECT_FALSE(script) << text;
  return script ? "" : script.error().message();
}

TEST(Script, BeginsWithWhatItIsAbout) {
  EXPECT_EQ(parsed("watch .\n").about, "About something.");
  EXPECT_FALSE(parse_script("group/case", "watch .\n"));
}

TEST(Script, AboutMayTakeSeveralLines) {
  const auto script = parse_script("a/b", "# One\n# two.\n\n# not this\nwatch .\n");
  ASSERT_TRUE(script);
  EXPECT_EQ(script->about, "One two.");
}

TEST(Script, SplitsWordsAndKnowsEscapesInQuotes) {
  const Script script = parsed("write \"a b\\n\\t\\\"\\\\\\xff\" it\\n  # the end\n");
  ASSERT_EQ(script.commands.size(), 1u);
  EXPECT_EQ(script.commands[0].arguments, (std::vector<std::string>{"a b\n\t\"\\\xff", "it\\n"}));
}

TEST(Script, CountsLinesFromTheBeginning) { EXPECT_EQ(parsed("\n\ntouch a\n").commands[0].line, 4); }

TEST(Script, NestsBlocks) {
  const Script script = parsed("threads 2\n  repeat 3\n    touch a\n  end\nend\ntouch b\n");
  ASSERT_EQ(script.commands.size(), 2u);
  ASSERT_EQ(script.commands[0].body.size(), 1u);
  EXPECT_EQ(script.commands[0].body[0].body[0].name, "touch");
  EXPECT_EQ(script.all("touch").size(), 2u);
}

TEST(Script, ReadsEverythingAnEventMayHave) {
  const Script script = parsed(
      "expect unordered of created,renamed:\n"
      "  created+ a directory native\n"
      "  when !closed: created|modified* b file synthetic says \"a text\"\n"
      "  renamed c -> d replaced\n"
      "touch x\n");
  ASSERT_EQ(script.commands.size(), 2u);
  const Expectation& expectation = script.commands[0].expectation;
  EXPECT_EQ(expectation.way, Expectation::Way::unordered);
  EXPECT_EQ(expectation.only, (std::vector{Kind::created, Kind::renamed}));
  ASSERT_EQ(expectation.events.size(), 3u);
  const ExpectedEvent& first = expectation.events[0];
  EXPECT_EQ(first.count, ExpectedEvent::Count::at_least_one);
  EXPECT_EQ(first.type, EntryType::directory);
  EXPECT_EQ(first.synthetic, false);
  const ExpectedEvent& second = expectation.events[1];
  EXPECT_EQ(second.ability, "!closed");
  EXPECT_EQ(second.kinds, (std::vector{Kind::created, Kind::modified}));
  EXPECT_EQ(second.count, ExpectedEvent::Count::any);
  EXPECT_EQ(second.says, "a text");
  EXPECT_EQ(second.synthetic, true);
  const ExpectedEvent& third = expectation.events[2];
  EXPECT_EQ(third.from, "c");
  EXPECT_EQ(third.path, "d");
  EXPECT_TRUE(third.replaced);
}

TEST(Script, ReadsTheOtherExpectations) {
  const Script script = parsed("expect nothing\nexpect loss-reported\nexpect root-lost\nexpect no any a/**\n");
  ASSERT_EQ(script.commands.size(), 4u);
  EXPECT_EQ(script.commands[0].expectation.way, Expectation::Way::nothing);
  EXPECT_EQ(script.commands[1].expectation.way, Expectation::Way::loss_reported);
  EXPECT_EQ(script.commands[2].expectation.way, Expectation::Way::root_lost);
  EXPECT_EQ(script.commands[3].expectation.way, Expectation::Way::absent);
  EXPECT_TRUE(script.commands[3].expectation.events[0].kinds.empty());
}

TEST(Script, TryLetsACommandFail) {
  const Script script = parsed("try rm a\n");
  EXPECT_TRUE(script.commands[0].may_fail);
  EXPECT_EQ(script.commands[0].name, "rm");
}

struct Mistake {
  const char* text;
  const char* says;
};

class ScriptMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ScriptMistakes, AreNamedWithTheirLine) {
  const std::string error = error_of(GetParam().text);
  EXPECT_NE(error.find(GetParam().says), std::string::npos) << error;
}

INSTANTIATE_TEST_SUITE_P(
    All, ScriptMistakes,
    testing::Values(Mistake{"touch a\nfly b\n", "line 3: there is no command \"fly\""},
                    Mistake{"mv a\n", "wrong number of arguments"}, Mistake{"touch a b\n", "wrong number of arguments"},
                    Mistake{"touch \"a\n", "not closed"}, Mistake{"touch \"\\q\"\n", "an escape is"},
                    Mistake{"touch \"\\x4\"\n", "an escape is"}, Mistake{"touch \"\\\n", "an escape is"},
                    Mistake{"repeat 2\ntouch a\n", "not ended"}, Mistake{"end\n", "nothing to end"},
                    Mistake{"try\n", "what is to be tried"}, Mistake{"expect\n", "what is expected"},
                    Mistake{"expect ordered\n", "colon"}, Mistake{"expect sorted:\n  created a\n", "\"sorted\""},
                    Mistake{"expect ordered by created:\n  created a\n", "\"of\""},
                    Mistake{"expect ordered of create:\n  created a\n", "no kind \"create\""},
                    Mistake{"expect ordered:\ntouch a\n", "no events follow"},
                    Mistake{"expect ordered:\n  create a\n", "no kind \"create\""},
                    Mistake{"expect ordered:\n  created\n", "a kind and a path"},
                    Mistake{"expect ordered:\n  created a thing\n", "\"thing\" says nothing"},
                    Mistake{"expect nothing a\n", "takes no arguments"},
                    Mistake{"expect no created\n", "a kind and a path"}));

}  // namespace
}  // namespace vigil::conformance
