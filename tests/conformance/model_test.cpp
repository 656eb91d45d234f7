#include "conformance/model.hpp"

#include <gtest/gtest.h>

namespace vigil::conformance {
namespace {

constexpr EntryType kFile = EntryType::file;
constexpr EntryType kDirectory = EntryType::directory;

Observation event(Kind kind, const std::string& path, EntryType type = EntryType::unknown) {
  Observation observation;
  observation.kind = kind;
  observation.path = path;
  observation.type = type;
  return observation;
}

Observation renamed(const std::string& from, const std::string& path, bool replaced = false) {
  Observation observation = event(Kind::renamed, path);
  observation.from = from;
  observation.replaced = replaced;
  return observation;
}

Model model_of(const Listing& below, Model::Manner manner = Model::Manner::exact) {
  Model model(manner);
  model.add("/r", below);
  return model;
}

TEST(Model, AppliesCreatedAndRemoved) {
  Model model = model_of({{"/r/a", kFile}});
  model.apply(event(Kind::created, "/r/d", kDirectory));
  model.apply(event(Kind::created, "/r/d/f", kFile));
  model.apply(event(Kind::removed, "/r/a"));
  EXPECT_EQ(model.paths(), (Listing{{"/r/d", kDirectory}, {"/r/d/f", kFile}}));
  EXPECT_TRUE(model.complaints().empty());
}

TEST(Model, ARemovedDirectoryTakesWhatIsBelowAndNothingElse) {
  Model model = model_of({{"/r/d", kDirectory}, {"/r/d/f", kFile}, {"/r/d-e", kFile}, {"/r/da", kFile}});
  model.apply(event(Kind::removed, "/r/d"));
  EXPECT_EQ(model.paths(), (Listing{{"/r/d-e", kFile}, {"/r/da", kFile}}));
}

TEST(Model, ARenamedDirectoryTakesWhatIsBelowAndNothingElse) {
  Model model = model_of({{"/r/d", kDirectory}, {"/r/d/f", kFile}, {"/r/de", kFile}});
  model.apply(renamed("/r/d", "/r/x"));
  EXPECT_EQ(model.paths(), (Listing{{"/r/de", kFile}, {"/r/x", kDirectory}, {"/r/x/f", kFile}}));
}

TEST(Model, RenamingOverANameReplacesIt) {
  Model model = model_of({{"/r/a", kFile}, {"/r/b", kDirectory}, {"/r/b/x", kFile}});
  model.apply(renamed("/r/a", "/r/b", true));
  EXPECT_EQ(model.paths(), (Listing{{"/r/b", kFile}}));
  EXPECT_TRUE(model.complaints().empty());
}

struct Unfit {
  const char* says;
  Observation event;
};

class ModelComplaints : public testing::TestWithParam<Unfit> {};

TEST_P(ModelComplaints, NameWhatDoesNotFit) {
  Model model = model_of({{"/r/a", kFile}, {"/r/b", kFile}});
  model.apply(GetParam().event);
  ASSERT_EQ(model.complaints().size(), 1u);
  EXPECT_NE(model.complaints()[0].find(GetParam().says), std::string::npos) << model.complaints()[0];
}

INSTANTIATE_TEST_SUITE_P(All, ModelComplaints,
                         testing::Values(Unfit{"known already", event(Kind::created, "/r/a")},
                                         Unfit{"directory is not known", event(Kind::created, "/r/no/a")},
                                         Unfit{"no directory", event(Kind::created, "/r/a/x")},
                                         Unfit{"not known", event(Kind::removed, "/r/no")},
                                         Unfit{"not known", event(Kind::modified, "/r/no")},
                                         Unfit{"not known", renamed("/r/no", "/r/c")},
                                         Unfit{"without a word", renamed("/r/a", "/r/b")},
                                         Unfit{"replaced, but not known", renamed("/r/a", "/r/c", true)},
                                         Unfit{"to itself", renamed("/r/a", "/r/a", true)},
                                         Unfit{"or below", renamed("/r/a", "/r/a/b")}));

TEST(Model, SequenceNumbersMustRise) {
  Model model = model_of({{"/r/a", kFile}});
  Observation first = event(Kind::modified, "/r/a");
  first.seq = 7;
  model.apply(first);
  EXPECT_TRUE(model.complaints().empty());
  model.apply(first);
  EXPECT_EQ(model.complaints().size(), 1u);
}

TEST(Model, AKindConsumerBelievesAMentionButNotAfterARemoval) {
  Model model = model_of({}, Model::Manner::kind);
  model.apply(event(Kind::modified, "/r/a", kFile));
  EXPECT_EQ(model.paths().count("/r/a"), 1u);
  model.apply(event(Kind::removed, "/r/a"));
  model.apply(event(Kind::attributes, "/r/a"));
  EXPECT_EQ(model.paths().count("/r/a"), 0u);
  model.apply(event(Kind::created, "/r/a"));
  EXPECT_EQ(model.paths().count("/r/a"), 1u);
  EXPECT_TRUE(model.complaints().empty());
}

TEST(Model, AKindConsumerTakesTheTypeFromWhoeverNamesIt) {
  Model model = model_of({{"/r/a", kFile}, {"/r/b", kFile}}, Model::Manner::kind);
  model.apply(event(Kind::modified, "/r/a", kDirectory));
  EXPECT_EQ(model.paths().at("/r/a"), kDirectory);
  model.apply(event(Kind::modified, "/r/a"));
  EXPECT_EQ(model.paths().at("/r/a"), kDirectory);
  model.apply(event(Kind::created, "/r/b"));
  EXPECT_EQ(model.paths().at("/r/b"), EntryType::unknown) << "it may be another entry now";
}

TEST(Model, ALostRootKeepsWhatWasBelowUntilTheDifferenceIsTold) {
  Model model = model_of({{"/r/a", kFile}});
  model.apply(event(Kind::lost, "/r"));
  EXPECT_EQ(model.lost().count("/r"), 1u);
  model.apply(event(Kind::restored, "/r"));
  EXPECT_TRUE(model.lost().empty());
  EXPECT_EQ(model.paths().count("/r/a"), 1u);
}

TEST(Model, ARootMayBecomeAFile) {
  Model model = model_of({});
  model.apply(event(Kind::created, "/r", kFile));
  model.apply(event(Kind::removed, "/r"));
  EXPECT_TRUE(model.complaints().empty());
}

TEST(Model, DroppingARootForgetsIt) {
  Model model = model_of({{"/r/a", kFile}});
  model.forget("/r");
  EXPECT_TRUE(model.paths().empty());
}

TEST(Differences, AreMissingExtraAndWrongType) {
  const Listing told{{"/a", kFile}, {"/b", kFile}, {"/c", EntryType::unknown}, {"/d", kFile}};
  const Listing disk{{"/b", kDirectory}, {"/c", kFile}, {"/d", kFile}, {"/e", kFile}};
  const Differences differences = compare(told, disk);
  EXPECT_EQ(differences.missing, std::vector<std::string>{"/e"});
  EXPECT_EQ(differences.extra, std::vector<std::string>{"/a"});
  EXPECT_EQ(differences.wrong_type, std::vector<std::string>{"/b"});
}

}  // namespace
}  // namespace vigil::conformance
