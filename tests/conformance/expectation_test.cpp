#include "conformance/expectation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace vigil::conformance {
namespace {

Expectation expectation(const std::string& text) {
  const auto script = parse_script("group/case", "# About.\n" + text);
  EXPECT_TRUE(script) << script.error().message();
  return script->commands.at(0).expectation;
}

// "created a", "renamed a b"; a word more: replaced.
std::vector<Observation> told(const std::vector<std::string>& lines) {
  std::vector<Observation> events;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string kind;
    Observation event;
    words >> kind >> event.path;
    for (int i = 0; i < kKindCount; ++i) {
      if (to_string(static_cast<Kind>(i)) == kind) event.kind = static_cast<Kind>(i);
    }
    if (event.kind == Kind::renamed) {
      event.from = event.path;
      words >> event.path;
    }
    std::string more;
    event.replaced = static_cast<bool>(words >> more);
    events.push_back(event);
  }
  return events;
}

Shown plain() {
  return [](const std::string& path) { return path; };
}

std::size_t wrong(const std::string& text, const std::vector<std::string>& lines) {
  return compare_exactly(expectation(text), told(lines), plain()).size();
}

TEST(Ordered, TakesExactlyTheseInThisOrder) {
  const std::string text = "expect ordered:\n  created a\n  modified a\n  removed a\n";
  EXPECT_EQ(wrong(text, {"created a", "modified a", "removed a"}), 0u);
  EXPECT_EQ(wrong(text, {"modified a", "created a", "removed a"}), 1u);
  EXPECT_EQ(wrong(text, {"created a", "modified a"}), 1u);
  EXPECT_EQ(wrong(text, {"created a", "modified a", "removed a", "removed a"}), 1u);
  EXPECT_EQ(wrong(text, {"created a", "modified a", "modified a", "removed a"}), 1u);
  EXPECT_EQ(wrong(text, {}), 1u);
}

TEST(Ordered, CountsAreThoseOfARegularExpression) {
  const std::string text = "expect ordered:\n  created a\n  modified+ a\n  attributes? a\n  closed* a\n  removed a\n";
  EXPECT_EQ(wrong(text, {"created a", "modified a", "removed a"}), 0u);
  EXPECT_EQ(wrong(text, {"created a", "modified a", "modified a", "attributes a", "closed a", "closed a", "removed a"}),
            0u);
  EXPECT_EQ(wrong(text, {"created a", "removed a"}), 1u);
  EXPECT_EQ(wrong(text, {"created a", "modified a", "attributes a", "attributes a", "removed a"}), 1u);
}

TEST(Ordered, TriesEveryWayToCount) {
  // A greedy comparison would give both events to the first line.
  EXPECT_EQ(wrong("expect ordered:\n  modified* a\n  modified a\n", {"modified a", "modified a"}), 0u);
}

TEST(Ordered, LeavesOutOtherKindsIfSaid) {
  EXPECT_EQ(wrong("expect ordered of created:\n  created a\n", {"created a", "modified a"}), 0u);
  EXPECT_EQ(wrong("expect ordered:\n  created a\n", {"created a", "modified a"}), 1u);
}

TEST(Ordered, LeavesOutReadyUnlessExpected) {
  EXPECT_EQ(wrong("expect ordered:\n  created a\n", {"ready .", "created a"}), 0u);
  EXPECT_EQ(wrong("expect ordered:\n  ready .\n  created a\n", {"ready .", "created a"}), 0u);
  EXPECT_EQ(wrong("expect ordered:\n  ready .\n  created a\n", {"created a"}), 1u);
}

TEST(Ordered, ARenameHasBothNamesAndSaysWhatItReplaced) {
  const std::string text = "expect ordered:\n  renamed a -> b\n";
  EXPECT_EQ(wrong(text, {"renamed a b"}), 0u);
  EXPECT_EQ(wrong(text, {"renamed c b"}), 1u);
  EXPECT_EQ(wrong(text, {"renamed a b replaced"}), 1u);
  EXPECT_EQ(wrong("expect ordered:\n  renamed a -> b replaced\n", {"renamed a b replaced"}), 0u);
}

TEST(Unordered, TakesExactlyTheseInAnyOrder) {
  const std::string text = "expect unordered:\n  created a\n  created b\n";
  EXPECT_EQ(wrong(text, {"created b", "created a"}), 0u);
  EXPECT_EQ(wrong(text, {"created b"}), 1u);
  EXPECT_EQ(wrong(text, {"created b", "created a", "created a"}), 1u);
  EXPECT_EQ(wrong(text, {"created c"}), 3u);
}

TEST(Contains, AllowsOthers) {
  EXPECT_EQ(wrong("expect contains:\n  created a\n", {"created b", "created a"}), 0u);
  EXPECT_EQ(wrong("expect contains:\n  created a\n", {"created b"}), 1u);
}

TEST(Nothing, MeansNothing) {
  EXPECT_EQ(wrong("expect nothing\n", {}), 0u);
  EXPECT_EQ(wrong("expect nothing\n", {"ready ."}), 0u);
  EXPECT_EQ(wrong("expect nothing\n", {"modified a"}), 1u);
}

TEST(Absent, MayMeanAWholeTree) {
  EXPECT_EQ(wrong("expect no any d/**\n", {"created d", "created de"}), 0u);
  EXPECT_EQ(wrong("expect no any d/**\n", {"created d/e/f"}), 1u);
  EXPECT_EQ(wrong("expect no created d\n", {"modified d"}), 0u);
  EXPECT_EQ(wrong("expect no created d\n", {"created d"}), 1u);
}

TEST(Exactly, ComparesTypeOriginAndReason) {
  Observation event = told({"created a"})[0];
  event.type = EntryType::file;
  event.synthetic = true;
  event.reason = "some reason";
  const auto fits = [&](const char* line) {
    return compare_exactly(expectation(std::string("expect ordered:\n  ") + line + "\n"), {event}, plain()).empty();
  };
  EXPECT_TRUE(fits("created a file synthetic says reason"));
  EXPECT_FALSE(fits("created a directory"));
  EXPECT_FALSE(fits("created a native"));
  EXPECT_FALSE(fits("created a says other"));
  EXPECT_TRUE(fits("created|removed a"));
  EXPECT_TRUE(fits("any a"));
}

Coarse coarsely(const std::string& text, const std::vector<std::string>& lines,
                const std::vector<std::string>& on_disk = {}) {
  const auto exists = [&](const std::string& path) {
    return std::find(on_disk.begin(), on_disk.end(), path) != on_disk.end();
  };
  return compare_coarsely(expectation(text), told(lines), exists, plain());
}

TEST(Coarsely, AMoveMayComeInHalves) {
  const std::string text = "expect ordered:\n  renamed a -> b\n";
  EXPECT_TRUE(coarsely(text, {"renamed a b"}).missing.empty());
  EXPECT_TRUE(coarsely(text, {"created b", "removed a"}).missing.empty());
  EXPECT_EQ(coarsely(text, {"created b"}).missing.size(), 1u);
  EXPECT_EQ(coarsely(text, {}).missing.size(), 2u);
}

TEST(Coarsely, ADirectorySpeaksForWhatWasInIt) {
  const std::string text = "expect ordered:\n  removed d/f\n  removed d\n";
  EXPECT_TRUE(coarsely(text, {"removed d"}).missing.empty());
  EXPECT_EQ(coarsely(text, {"removed d/f"}).missing.size(), 1u);
}

TEST(Coarsely, ChangesOfContentAndAttributesStandForEachOther) {
  EXPECT_TRUE(coarsely("expect ordered:\n  attributes a\n", {"modified a"}).missing.empty());
  EXPECT_EQ(coarsely("expect ordered:\n  attributes a\n", {"modified b"}).missing.size(), 1u);
}

TEST(Coarsely, WhatCameAndWentNeedNotBeTold) {
  EXPECT_TRUE(coarsely("expect ordered:\n  created a\n  removed a\n", {}).missing.empty());
  EXPECT_EQ(coarsely("expect ordered:\n  removed a\n  created a\n", {}).missing.size(), 1u);
}

TEST(Coarsely, ARenamedDirectoryOvertakesWhatWasSaidOfItsContent) {
  const std::string text = "expect ordered:\n  created d/f\n  renamed d -> e\n  created e/g\n";
  EXPECT_TRUE(coarsely(text, {"removed d", "created e", "created e/f", "created e/g"}).missing.empty());
  EXPECT_EQ(coarsely(text, {"created d/f", "renamed d e"}).missing.size(), 1u);
  EXPECT_TRUE(coarsely("expect ordered:\n  created t\n  renamed t -> a replaced\n", {"modified a"}).missing.empty());
}

TEST(Coarsely, ALostRootSpeaksForWhatWasInIt) {
  EXPECT_TRUE(coarsely("expect ordered:\n  removed r/f\n", {"lost r"}).missing.empty());
}

TEST(Coarsely, NoticesAndOptionalLinesAreNotAskedFor) {
  EXPECT_TRUE(coarsely("expect contains:\n  rescan .\n  live .\n  modified* a\n", {}).missing.empty());
}

TEST(Coarsely, WhatMustNotComeMustNotCome) {
  EXPECT_EQ(coarsely("expect no removed a\n", {"removed a"}, {"a"}).forbidden.size(), 1u);
  EXPECT_EQ(coarsely("expect no any a\n", {"removed a"}).forbidden.size(), 1u);
  EXPECT_TRUE(coarsely("expect nothing\n", {"modified ."}).forbidden.empty());
  EXPECT_EQ(coarsely("expect nothing\n", {"created a"}).forbidden.size(), 1u);
}

TEST(Coarsely, AMoveInHalvesIsNoFault) {
  EXPECT_TRUE(coarsely("expect no removed a\n", {"removed a"}).forbidden.empty());
  EXPECT_TRUE(coarsely("expect no created b\n", {"created b"}, {"b"}).forbidden.empty());
  EXPECT_EQ(coarsely("expect no created b\n", {"created b"}).forbidden.size(), 1u);
}

}  // namespace
}  // namespace vigil::conformance
