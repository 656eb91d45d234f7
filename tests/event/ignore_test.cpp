#include "event/ignore_rules.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace vigil::event {
namespace {

std::shared_ptr<const IgnoreFile> file(std::string name, std::string text) {
  auto file = IgnoreFile::parse(std::move(name), std::move(text));
  EXPECT_TRUE(file);
  return *file;
}

IgnoreFilesOfDirectory gitignore(std::string name, std::string text) {
  return {nullptr, file(std::move(name), std::move(text))};
}

std::string text_of(const IgnoreDecision& decision) {
  if (decision.rule == nullptr) return decision.ignored ? "?" : "";
  return std::string(decision.ignored ? "-" : "+") + decision.file->name() + ":" + std::to_string(decision.rule->line);
}

// "-FILE:LINE" if it is ignored, "+FILE:LINE" if a rule keeps it, nothing if no rule is about it.
std::string verdict(const IgnoreRules& rules, std::string_view path) {
  const bool is_directory = path.ends_with('/');
  if (is_directory) path.remove_suffix(1);
  return text_of(rules.decide(path, is_directory));
}

TEST(IgnoreRules, WithoutRulesNothingIsIgnored) {
  const IgnoreRules rules;
  EXPECT_EQ(verdict(rules, "a/b"), "");
  EXPECT_EQ(verdict(rules, ""), "");
}

TEST(IgnoreRules, TheTopItselfIsNeverIgnored) {
  IgnoreRules rules;
  rules.set_directory("", gitignore("top", "*\n/**\n"));
  EXPECT_EQ(verdict(rules, ""), "");
  EXPECT_EQ(verdict(rules, "a"), "-top:2");
}

TEST(IgnoreRules, TheNearerFileDecides) {
  IgnoreRules rules;
  rules.set_directory("", gitignore("top", "*.o\n!x.c\n"));
  rules.set_directory("a", gitignore("a", "!*.o\nx.c\n"));
  rules.set_directory("a/b", gitignore("b", "y.o\n"));
  EXPECT_EQ(verdict(rules, "z.o"), "-top:1");
  EXPECT_EQ(verdict(rules, "a/z.o"), "+a:1");
  EXPECT_EQ(verdict(rules, "a/b/z.o"), "+a:1");
  EXPECT_EQ(verdict(rules, "a/b/y.o"), "-b:1");
  EXPECT_EQ(verdict(rules, "a/x.c"), "-a:2");
  EXPECT_EQ(verdict(rules, "ab/z.o"), "-top:1");
}

TEST(IgnoreRules, PathsStartAtTheDirectoryOfTheFile) {
  IgnoreRules rules;
  rules.set_directory("a", gitignore("a", "/x\nb/y\nb/*.c\n**/w\n"));
  EXPECT_EQ(verdict(rules, "a/x"), "-a:1");
  EXPECT_EQ(verdict(rules, "a/b/x"), "");
  EXPECT_EQ(verdict(rules, "x"), "");
  EXPECT_EQ(verdict(rules, "a/b/y"), "-a:2");
  EXPECT_EQ(verdict(rules, "b/y"), "");
  EXPECT_EQ(verdict(rules, "a/b/z.c"), "-a:3");
  EXPECT_EQ(verdict(rules, "a/b/c/z.c"), "");
  EXPECT_EQ(verdict(rules, "a/w"), "-a:4");
  EXPECT_EQ(verdict(rules, "a/b/c/d/w"), "-a:4");
  EXPECT_EQ(verdict(rules, "w"), "");
}

TEST(IgnoreRules, WhatIsInAnIgnoredDirectoryCannotBeKept) {
  IgnoreRules rules;
  rules.set_directory("", gitignore("top", "build/\n!build/keep\n/out/*\n!/out/keep\n"));
  rules.set_directory("build", gitignore("build", "!*\n"));
  EXPECT_EQ(verdict(rules, "build/"), "-top:1");
  EXPECT_EQ(verdict(rules, "build/keep"), "-top:1");
  EXPECT_EQ(verdict(rules, "build/a/b/c"), "-top:1");
  EXPECT_EQ(verdict(rules, "out/"), "");
  EXPECT_EQ(verdict(rules, "out/x"), "-top:3");
  EXPECT_EQ(verdict(rules, "out/keep"), "+top:4");
  const IgnoreDecision below = rules.decide("build/a/b", false);
  EXPECT_EQ(below.matched_bytes, std::string_view("build").size());
  EXPECT_EQ(rules.decide("out/x", false).matched_bytes, std::string_view("out/x").size());
}

TEST(IgnoreRules, ALinkOrAFileIsNoDirectory) {
  IgnoreRules rules;
  rules.set_directory("", gitignore("top", "build/\n"));
  EXPECT_EQ(verdict(rules, "build"), "");
  EXPECT_EQ(verdict(rules, "a/build"), "");
  EXPECT_EQ(verdict(rules, "a/build/"), "-top:1");
}

TEST(IgnoreRules, ExcludeAndGlobalComeLast) {
  IgnoreRules rules;
  rules.set_tree({file("exclude", "a\nb\n!c\n/d/e\n"), file("global", "*\n!a\n")});
  rules.set_directory("", gitignore("top", "!b\n"));
  EXPECT_EQ(verdict(rules, "a"), "-exclude:1");
  EXPECT_EQ(verdict(rules, "b"), "+top:1");
  EXPECT_EQ(verdict(rules, "c"), "+exclude:3");
  EXPECT_EQ(verdict(rules, "x"), "-global:1");
  rules.set_tree({file("exclude", "/d/e\n"), nullptr});
  EXPECT_EQ(verdict(rules, "d/e"), "-exclude:1");
  EXPECT_EQ(verdict(rules, "x/d/e"), "");
}

TEST(IgnoreRules, DotIgnoreComesBeforeEveryGitignore) {
  IgnoreRules rules;
  rules.set_directory("", {file(".ignore", "!a\nb\n"), file(".gitignore", "a\n!b\n")});
  rules.set_directory("d", {nullptr, file("d/.gitignore", "a\n!b\n")});
  rules.set_directory("d/e", {file("d/e/.ignore", "a\n"), nullptr});
  EXPECT_EQ(verdict(rules, "a"), "+.ignore:1");
  EXPECT_EQ(verdict(rules, "b"), "-.ignore:2");
  EXPECT_EQ(verdict(rules, "d/a"), "+.ignore:1");
  EXPECT_EQ(verdict(rules, "d/e/a"), "-d/e/.ignore:1");
  EXPECT_EQ(verdict(rules, "d/e/b"), "-.ignore:2");
}

TEST(IgnoreRules, AFileThatChangesTakesEffect) {
  IgnoreRules rules;
  rules.set_directory("a", gitignore("a", "x\n"));
  const auto before = rules.directory("a");
  rules.set_directory("a", gitignore("a", "\n!x\n"));
  EXPECT_EQ(verdict(rules, "a/x"), "+a:2");
  EXPECT_EQ(text_of(before->decide("x", false)), "-a:1");
  rules.set_directory("a", {});
  EXPECT_EQ(verdict(rules, "a/x"), "");
  rules.set_directory("none", {});
  EXPECT_EQ(text_of(before->decide("x", false)), "-a:1");
}

TEST(IgnoreDirectory, ACrawlCarriesTheRulesDown) {
  const auto top = IgnoreDirectory::top({file("exclude", "*.tmp\n"), nullptr}, gitignore("top", "a/*/x\na/b/c/**/y\n"));
  EXPECT_EQ(text_of(top->decide("q.tmp", false)), "-exclude:1");
  const auto a = top->enter("a", gitignore("a", "b/z\n!/q.tmp\n"));
  EXPECT_EQ(text_of(a->decide("q.tmp", false)), "+a:2");
  EXPECT_EQ(text_of(a->decide("x", false)), "");
  const auto b = a->enter("b", {});
  EXPECT_EQ(text_of(b->decide("x", false)), "-top:1");
  EXPECT_EQ(text_of(b->decide("z", false)), "-a:1");
  EXPECT_EQ(text_of(b->decide("q.tmp", false)), "-exclude:1");
  const auto deep = b->enter("c", {})->enter("d", {})->enter("e", {});
  EXPECT_EQ(text_of(deep->decide("y", false)), "-top:2");
  EXPECT_EQ(text_of(deep->decide("x", false)), "");
  EXPECT_FALSE(deep->decision().ignored);
}

TEST(IgnoreDirectory, AnIgnoredOneIgnoresAllAndOutlivesItsParents) {
  IgnoreDirectory::Pointer deep;
  {
    const auto top = IgnoreDirectory::top({}, gitignore("top", "build/\n"));
    const auto build = top->enter("build", gitignore("build", "!*\n"));
    EXPECT_TRUE(build->decision().ignored);
    deep = build->enter("a", gitignore("a", "!*\n"));
  }
  EXPECT_EQ(text_of(deep->decision()), "-top:1");
  EXPECT_EQ(text_of(deep->decide("b", true)), "-top:1");
  EXPECT_EQ(deep->decide("b", true).rule->text, "build/");
}

TEST(IgnoreDirectory, ADeepTreeIsNoStack) {
  auto directory = IgnoreDirectory::top({}, gitignore("top", "**/x/*.c\n"));
  for (int depth = 0; depth < 2000; ++depth) directory = directory->enter("d", {});
  EXPECT_EQ(text_of(directory->enter("x", {})->decide("a.c", false)), "-top:1");
}

}  // namespace
}  // namespace vigil::event
