// The engine over the simulated kernel, driven by hand, with a consumer that watches "/r".
#pragma once

#include "backend/inotify/backend.hpp"
#include "core/engine.hpp"
#include "fake/fake_kernel.hpp"
#include "fake/fake_lister.hpp"
#include "sim/consumer_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vigil::sim {

class ByHand : public ::testing::Test {
 protected:
  using Told = std::vector<std::string>;

  static constexpr std::size_t kBufferBytes = backend::inotify::InotifyBackend::kBufferBytes;

  explicit ByHand(const fake::KernelOptions& options = {}, std::size_t buffer_bytes = kBufferBytes)
      : ByHand(options, [=](fake::Kernel& kernel) {
          return std::make_unique<backend::inotify::InotifyBackend>(kernel.open_inotify(), kDefaultKinds, buffer_bytes);
        }) {}

  ByHand(const fake::KernelOptions& options,
         const std::function<std::unique_ptr<backend::Backend>(fake::Kernel&)>& open_backend,
         const core::Engine::Ground& ground = {})
      : kernel_(options), backend_(open_backend(kernel_)), ground_(ground) {
    kernel_.make_directory("/r");
    kernel_.make_directory("/o");
  }

  // What is below the root by now is told as well.
  void watch(RootOptions options = {}) {
    Batch batch;
    options.initial = true;
    ASSERT_TRUE(engine_.add("/r", options, now_, batch));
    (void)take(batch);
    work();
  }

  void pass(std::chrono::nanoseconds time) {
    now_ += time;
    kernel_.advance(time);
  }

  void write(const std::string& path) {
    const sys::Outcome<int> file = kernel_.open(path, fake::Access::write, false);
    ASSERT_TRUE(file);
    kernel_.write(file.value);
    kernel_.close(file.value);
  }

  // Has others act just before a call of the engine, the nth of its kind from now on.
  void before(fake::Call call, int nth, std::function<void()> action) {
    kernel_.hook = [call, nth, action = std::move(action)](fake::Call now) mutable {
      if (now == call && --nth == 0) action();
    };
  }

  Told take(const Batch& batch) {
    Told told;
    for (const Event& event : batch) {
      if (!model_.concerns(event)) continue;
      EXPECT_EQ("", model_.apply(event, kernel_.operations())) << to_string(event.kind) << ' ' << event.path;
      told.push_back(std::string(to_string(event.kind)) + ' ' + std::string(event.path));
    }
    return told;
  }

  Told step() {
    Batch batch;
    engine_.step(now_, batch);
    return take(batch);
  }

  // Steps until there is nothing more to do but wait for some time; what was told.
  Told work() {
    Told told;
    do {
      for (std::string& text : step()) told.push_back(std::move(text));
    } while (engine_.busy() || (kernel_.queued() > 0 && !engine_.deaf()));
    return told;
  }

  // And waits for what is due within a second. It is not to be woken up without a pause.
  Told settle() {
    Told told = work();
    const core::Moment end = now_ + std::chrono::seconds(1);
    int times = 0;
    while (const auto deadline = engine_.next_deadline()) {
      if (*deadline > end) break;
      if (++times == 500) {
        ADD_FAILURE() << "woken up " << times << " times";
        break;
      }
      pass(std::max<std::chrono::nanoseconds>(*deadline - now_, std::chrono::microseconds(1)));
      for (std::string& text : work()) told.push_back(std::move(text));
    }
    return told;
  }

  static std::size_t times(const Told& told, const std::string& text) {
    return static_cast<std::size_t>(std::count(told.begin(), told.end(), text));
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
      } else if (entry.type == EntryType::file && entry.written > told->second.told) {
        text += "was not told of a change of " + path + '\n';
      }
    }
    for (const auto& [path, entry] : model_.entries()) {
      if (!truth.contains(path)) text += "was not told of the end of " + path + '\n';
    }
    return text;
  }

  fake::Kernel kernel_;
  std::unique_ptr<backend::Backend> backend_;
  const core::Engine::Ground ground_;
  core::Moment now_{std::chrono::hours(1)};
  fake::FakeLister lister_{1, 1000, kernel_.disk(), *backend_};  // as good as none
  core::Engine engine_{kDefaultKinds, kernel_.disk(), *backend_, lister_, ground_};

 private:
  ConsumerModel model_{"/r"};
};

}  // namespace vigil::sim
