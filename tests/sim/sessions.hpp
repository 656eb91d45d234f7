// Engines over the simulated kernel, one after the other, of which each goes on from the snapshot of one before it; and
// the consumer they have in common, who watches "/r".
#pragma once

#include "backend/inotify/backend.hpp"
#include "backend/poll/backend.hpp"
#include "core/engine.hpp"
#include "fake/fake_kernel.hpp"
#include "fake/fake_lister.hpp"
#include "sim/consumer_model.hpp"
#include "snapshot/image.hpp"
#include "sys/sleeper.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vigil::sim {

enum class Ways { records, polls };

// One thread at a time.
class Sessions {
 public:
  using Told = std::vector<std::string>;

  explicit Sessions(const fake::KernelOptions& options = {}) : kernel_(options) {
    pass(std::chrono::milliseconds(104));  // times are no whole seconds, as they hardly ever are
    kernel_.make_directory("/r");
    kernel_.make_directory("/o");
  }

  // What the consumer knows and what the snapshot says of it, which belong together.
  struct Saved {
    std::shared_ptr<const snapshot::Image> image;
    ConsumerModel model{"/r"};
  };

  // Watches on from there; what was told up to `live`. From nothing at first.
  Told begin(Ways ways, const Saved* saved = nullptr, RootOptions options = {}, std::uint64_t seed = 1,
             std::size_t lister_worth = 1000) {
    open(ways, seed, lister_worth);
    model_ = saved != nullptr ? saved->model : ConsumerModel("/r");
    if (saved != nullptr) {
      ConsumerModel::Entries known = model_.entries();
      model_ = ConsumerModel("/r");
      model_.start(std::move(known));
      options.since.emplace(saved->image);
    } else {
      options.initial = true;
    }
    Batch batch;
    const Status added = engine_->add("/r", options, now_, batch);
    EXPECT_TRUE(added) << added.error().message();
    if (!added) return {};
    Told told = take(batch);
    for (std::string& text : work()) told.push_back(std::move(text));
    return told;
  }

  // Without a word, as a process that is killed.
  void end() {
    engine_.reset();
    lister_.reset();
    backend_.reset();
  }

  // As Watcher::snapshot() does it; `waiting` was given by the engine but not to the consumer.
  Saved save(const Batch* waiting = nullptr) {
    for (int attempt = 0; attempt < 3; ++attempt) {
      core::Source::Refreshed last = core::Source::Refreshed::waiting;
      while (last == core::Source::Refreshed::waiting || last == core::Source::Refreshed::more) {
        const auto refreshed = engine_->refresh("/r", last == core::Source::Refreshed::waiting);
        EXPECT_TRUE(refreshed);
        last = *refreshed;
        if (last == core::Source::Refreshed::waiting) step_or_wait();
      }
      const backend::Mark mark = engine_->mark();
      do {
        step_or_wait();
      } while (!engine_->has_read(mark));
      if (last == core::Source::Refreshed::done) break;
      pass(std::chrono::milliseconds(12));
    }
    std::vector<const Event*> events;
    if (waiting != nullptr) {
      for (const Event& event : *waiting) {
        if (event.kind <= Kind::accessed) events.push_back(&event);
      }
    }
    Result<std::string> bytes = engine_->capture("/r", events);
    EXPECT_TRUE(bytes);
    Result<std::shared_ptr<const snapshot::Image>> image = snapshot::Image::of(*std::move(bytes));
    EXPECT_TRUE(image) << image.error().message();
    return {*image, model_};
  }

  void pass(std::chrono::nanoseconds time) {
    now_ += time;
    kernel_.advance(time);
  }

  void write(const std::string& path) {
    const sys::Outcome<int> file = kernel_.open(path, fake::Access::write, false);
    ASSERT_TRUE(file) << path;
    kernel_.write(file.value);
    kernel_.close(file.value);
  }

  // What is told but not taken by the consumer.
  void step_untaken(Batch& batch) { engine_->step(now_, batch); }

  Told take(const Batch& batch) {
    Told told;
    for (const Event& event : batch) {
      if (!model_.concerns(event)) continue;
      EXPECT_EQ("", model_.apply(event, kernel_.operations())) << to_string(event.kind) << ' ' << event.path;
      std::string text = std::string(to_string(event.kind)) + ' ';
      if (event.kind == Kind::renamed) text.append(event.from).append(" -> ");
      told.push_back(text.append(event.path));
    }
    return told;
  }

  Told step() {
    Batch batch;
    engine_->step(now_, batch);
    return take(batch);
  }

  // As the watcher's thread does: works, and sleeps until what is due where there is nothing to do.
  void step_or_wait() {
    step();
    if (engine_->busy() || kernel_.queued() > 0) return;
    if (const auto deadline = engine_->next_deadline()) {
      pass(std::max<std::chrono::nanoseconds>(*deadline - now_, std::chrono::microseconds(1)));
    }
  }

  // Until there is nothing more to do but wait for some time; what was told.
  Told work() {
    Told told;
    do {
      for (std::string& text : step()) told.push_back(std::move(text));
    } while (engine_->busy() || kernel_.queued() > 0);
    return told;
  }

  // And waits for what is due within four seconds: polls, too. It is not to be woken up without a pause.
  Told settle() {
    Told told = work();
    const core::Moment end = now_ + std::chrono::seconds(4);
    int times = 0;
    while (const auto deadline = engine_->next_deadline()) {
      if (*deadline > end) break;
      if (++times == 2000) {
        ADD_FAILURE() << "woken up " << times << " times";
        break;
      }
      pass(std::max<std::chrono::nanoseconds>(*deadline - now_, std::chrono::microseconds(1)));
      for (std::string& text : work()) told.push_back(std::move(text));
    }
    return told;
  }

  // What the consumer believes and is not so; nothing where it knows all.
  std::string differences() const {
    std::string text;
    const auto truth = kernel_.snapshot("/r");
    for (const auto& [path, entry] : truth) {
      const auto told = model_.entries().find(path);
      if (told == model_.entries().end()) {
        text += "was not told of " + path + '\n';
      } else if (told->second.type != entry.type) {
        text += "was told another type of " + path + '\n';
      } else if (entry.type == EntryType::file && entry.written > told->second.told && !entry.had_other_names) {
        text += "was not told of a change of " + path + '\n';
      }
    }
    for (const auto& [path, entry] : model_.entries()) {
      if (!truth.contains(path)) text += "was not told of the end of " + path + '\n';
    }
    return text;
  }

  fake::Kernel& kernel() { return kernel_; }
  core::Engine& engine() { return *engine_; }

 private:
  void open(Ways ways, std::uint64_t seed, std::size_t lister_worth) {
    end();
    now_ += std::chrono::hours(1);  // of a process that is started later, its clock is another
    if (ways == Ways::records) {
      backend_ = std::make_unique<backend::inotify::InotifyBackend>(kernel_.open_inotify(), kDefaultKinds);
    } else {
      backend_ = std::make_unique<backend::poll::PollBackend>(std::move(sys::open_silence().value));
    }
    lister_.emplace(seed, lister_worth, kernel_.disk(), *backend_);
    engine_.emplace(kDefaultKinds, kernel_.disk(), *backend_, *lister_);
  }

  fake::Kernel kernel_;
  std::unique_ptr<backend::Backend> backend_;
  std::optional<fake::FakeLister> lister_;
  std::optional<core::Engine> engine_;
  core::Moment now_{std::chrono::hours(1)};
  ConsumerModel model_{"/r"};
};

}  // namespace vigil::sim
