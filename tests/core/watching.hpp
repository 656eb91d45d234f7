// A watcher on a directory of its own, and what it says.
#pragma once

#include "support/files.hpp"
#include "support/model.hpp"
#include "support/temporary_directory.hpp"
#include "support/told.hpp"

#include <vigil/watcher.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::core {

// A failure of what is not under test ends the test program, for no test could go on from there.
inline Watcher open_watcher(Options options = {}) {
  Result<Watcher> watcher = Watcher::open(std::move(options));
  EXPECT_TRUE(watcher) << watcher.error().message();
  return std::move(watcher).value();
}

inline void expect_done(const Status& status) { EXPECT_TRUE(status) << status.error().message(); }

inline ErrorCode code_of(const Status& status) { return status ? ErrorCode{} : status.error().code(); }

// What every system tells alike: Windows does not tell of closing, and may tell of attributes whenever something else
// changed.
inline constexpr Kinds kAlike{Kind::created, Kind::removed, Kind::renamed, Kind::modified};

class Watching : public ::testing::Test {
 protected:
  Watching() { testing::make_directory(root_); }

  Watcher& open(Options options = {}) { return watcher_.emplace(open_watcher(std::move(options))); }
  Watcher& watcher() { return *watcher_; }

  // Opens a watcher unless there is one, and adds the root to it. Its `ready` is taken.
  void watch(RootOptions options = {}) {
    if (!watcher_) open();
    expect_done(watcher_->add(root_, std::move(options)));
    // Under Wine, what was written just before may be told as well.
    const std::vector<testing::Told> all = testing::catch_up(*watcher_);
    EXPECT_THAT(texts(only(all, {Kind::ready, Kind::created, Kind::removed, Kind::renamed}), root_),
                ::testing::ElementsAre("ready directory ."));
  }

  // Everything done until now, as it was told.
  std::vector<std::string> told() { return texts(testing::catch_up(*watcher_), root_); }

  // The same, of the kinds that change the tree.
  std::vector<std::string> told_shape() { return texts(only(testing::catch_up(*watcher_), testing::kShape), root_); }

  // Applies what is told of the root to a model, and compares that with the disk.
  void expect_model_true(testing::Model& model) {
    for (const testing::Told& told : testing::catch_up(*watcher_)) model.apply(told);
    EXPECT_EQ("", model.violations());
    EXPECT_EQ("", testing::differences(model.listing(), testing::listing_of(root_))) << model.history();
  }

  const std::string& root() const { return root_; }
  std::string path(std::string_view name) const { return root_ + '/' + std::string(name); }
  std::string outside(std::string_view name) const { return directory_ / name; }

 private:
  testing::TemporaryDirectory directory_;
  std::string root_ = directory_ / "root";
  std::optional<Watcher> watcher_;
};

}  // namespace vigil::core
