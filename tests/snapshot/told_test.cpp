// Bringing a consumer back to what a snapshot says.
#include "snapshot/told.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace vigil::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// d, d/f, e, e/g, h.
std::shared_ptr<const Image> some_image(const std::vector<Untold>& untold = {}) {
  Description description;
  description.path = "r";
  Writer writer(description);
  for (const Untold& each : untold) writer.add_untold(each);
  writer.begin({"", EntryType::directory, 1, 2, {}, {}});
  writer.begin_directory(3);
  writer.add({"d", EntryType::directory, 1, 2, {}, {}});
  writer.add({"e", EntryType::directory, 1, 2, {}, {}});
  writer.add({"h", EntryType::file, 1, 2, {}, {}});
  writer.begin_directory(1);
  writer.add({"f", EntryType::file, 1, 2, {}, {}});
  writer.begin_directory(1);
  writer.add({"g", EntryType::file, 1, 2, {}, {}});
  return *Image::of(writer.finish());
}

std::vector<std::string> untold_of(const Image& image) {
  std::vector<std::string> texts;
  const Reader reader = image.reader();
  for (const Untold& untold : reader.untold()) {
    texts.push_back(std::string(to_string(untold.kind)) + ' ' + std::string(untold.path));
  }
  return texts;
}

std::vector<std::string> brought(const std::vector<Told>& told) {
  return untold_of(**brought_back(*some_image(), told));
}

TEST(BroughtBack, NotesAreRead) {
  std::string notes;
  append_told({Kind::renamed, "to", "from"}, notes);
  append_told({Kind::removed, "", ""}, notes);
  const std::vector<Told> told = read_told(notes);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].kind, Kind::renamed);
  EXPECT_EQ(told[0].path, "to");
  EXPECT_EQ(told[0].from, "from");
  for (std::size_t size = 0; size < notes.size(); ++size) {
    EXPECT_LE(read_told(std::string_view(notes).substr(0, size)).size(), 1u);
  }
  EXPECT_THAT(read_told(std::string(1000, '\xff')), IsEmpty());
}

TEST(BroughtBack, WhatIsThereAndWhatIsNot) {
  EXPECT_THAT(brought({{Kind::created, "new", ""}}), ElementsAre("removed new"));
  EXPECT_THAT(brought({{Kind::removed, "d", ""}}), ElementsAre("removed d", "created d", "created d/f"));
  EXPECT_THAT(brought({{Kind::renamed, "e/x", "d/f"}}), ElementsAre("removed d/f", "created d/f", "removed e/x"));
  EXPECT_THAT(brought({{Kind::created, "d/n", ""}, {Kind::removed, "d", ""}}),
              ElementsAre("removed d", "created d", "created d/f"));
  EXPECT_THAT(brought({{Kind::modified, "h", ""}, {Kind::modified, "h", ""}, {Kind::modified, "gone", ""}}),
              ElementsAre("modified h"));
}

// Of what was not delivered nobody knows either whether it was told since.
TEST(BroughtBack, WithWhatWasNotDelivered) {
  const auto image = some_image({{Kind::renamed, EntryType::file, false, "h", "i"}});
  EXPECT_THAT(untold_of(**brought_back(*image, {{Kind::modified, "h", ""}})),
              ElementsAre("removed h", "created h", "removed i", "modified h"));
}

// A consumer who takes no notice of what is no news.
using Paths = std::map<std::string, bool>;

void apply(Paths& paths, Kind kind, const std::string& path, const std::string& from = {}) {
  const auto below = [](const std::string& top, const std::string& each) {
    return each == top || each.starts_with(top + '/');
  };
  const auto remove = [&](const std::string& top) {
    std::erase_if(paths, [&](auto& each) { return below(top, each.first); });
  };
  if (kind == Kind::created) paths[path] = true;
  if (kind == Kind::removed) remove(path);
  if (kind != Kind::renamed) return;
  Paths moved;
  for (const auto& [each, value] : paths) {
    if (below(from, each)) moved[path + each.substr(from.size())] = value;
  }
  remove(from);
  remove(path);
  paths.merge(moved);
}

// Whatever was told, and however much of it was read.
TEST(BroughtBack, AnyConsumerEndsRight) {
  const Paths known{{"d", true}, {"d/f", true}, {"e", true}, {"e/g", true}, {"h", true}};
  const std::string names[] = {"d", "d/f", "e", "e/g", "h", "x", "x/d", "e/d", "d/f/x", "d/x"};
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    std::vector<Told> told;
    for (std::size_t left = random() % 6; left > 0; --left) {
      constexpr Kind kKinds[] = {Kind::created, Kind::removed, Kind::renamed, Kind::modified};
      Told each{kKinds[random() % 4], names[random() % 10], {}};
      if (each.kind == Kind::renamed) each.from = names[random() % 10];
      if (each.kind == Kind::renamed && (each.from.starts_with(each.path) || each.path.starts_with(each.from)))
        continue;
      told.push_back(each);
    }
    Paths paths = known;
    for (std::size_t read = random() % (told.size() + 1), i = 0; i < read; ++i) {
      apply(paths, told[i].kind, told[i].path, told[i].from);
    }
    const auto image = *brought_back(*some_image(), told);
    const Reader reader = image->reader();
    for (const Untold& untold : reader.untold()) apply(paths, untold.kind, std::string(untold.path));
    ASSERT_EQ(known, paths) << "seed " << seed;
  }
}

}  // namespace
}  // namespace vigil::snapshot
