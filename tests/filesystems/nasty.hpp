// A watcher on a tree in memory that nasty things are done to.
#pragma once

#include "filesystems/choices.hpp"
#include "filesystems/deep.hpp"
#include "replay/watching.hpp"
#include "support/files.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace vigil::filesystems {

using replay::apply;
using replay::apply_all;
using testing::Model;

class Nasty : public ::testing::TestWithParam<Choice> {
 protected:
  void SetUp() override {
    if (testing::place_in_memory().empty()) GTEST_SKIP() << "no file system in memory";
    directory_.emplace(testing::place_in_memory());
    root_ = *directory_ / "root";
    testing::make_directory(root_);
  }
  void TearDown() override {
    watcher_.reset();
    if (directory_) remove_deep(directory_->path());
  }

  void watch(Options options = {}) {
    options.backend = GetParam().backend;
    watcher_ = replay::open(std::move(options));
    replay::add_and_list(*watcher_, root_);
    model_.emplace(root_, listing_of_deep(root_));
  }

  void expect_law() {
    apply_all(*model_, *watcher_);
    EXPECT_EQ("", model_->violations());
    const testing::Listing disk = listing_of_deep(root_);
    if (model_->listing() == disk) return;
    const std::string text = testing::differences(model_->listing(), disk);
    ADD_FAILURE() << model_->listing().size() << " told, " << disk.size() << " on disk:\n" << text.substr(0, 2000);
  }

  std::string path(const std::string& name) const { return root_ + '/' + name; }
  std::string outside(const std::string& name) const { return *directory_ / name; }

  std::optional<testing::TemporaryDirectory> directory_;
  std::string root_;
  std::unique_ptr<Watcher> watcher_;
  std::optional<Model> model_;
};

}  // namespace vigil::filesystems
