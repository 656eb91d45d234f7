// A consumer that is stopped while very many files are made: memory stays bounded, and in the end all is right.
// VIGIL_FILES says how many; 1000000 are tried by hand (docs/hardening.md).
#include "replay/watching.hpp"
#include "support/descriptor.hpp"
#include "support/files.hpp"
#include "support/raw_files.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vigil::replay {
namespace {

using namespace std::chrono_literals;

// Of the whole process: the queue, what is taken and what is needed to make them; and the tree and its repair, which
// grow with the files. 256 MiB for a million.
constexpr std::size_t resident_max(std::size_t files) {
  return (std::size_t{128} << 20) + files * (std::size_t{128} << 20) / 1'000'000;
}
constexpr auto kPatienceWithAll = 300s;

std::size_t files_to_make() {
  const char* const wanted = std::getenv("VIGIL_FILES");
  return wanted != nullptr ? std::stoull(wanted) : std::size_t{VIGIL_SLOW_FILES};
}

// Whether the files are in many directories or all in one, which is listed as a whole.
struct Spread {
  const char* name;
  std::size_t files_in_directory;
};
constexpr Spread kSpreads[] = {{"many", 10'000}, {"one", 1'000'000'000}};

// The most memory that was resident at once since the last reset.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << 5; }
std::size_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

// What the consumer knows, in a bit for each file, so that the memory is the watcher's.
class Known {
 public:
  Known(std::string root, std::size_t files, std::size_t files_in_directory)
      : root_(std::move(root)), files_(files), files_in_directory_(files_in_directory), there_(files) {}

  std::string directory_of(std::size_t number) const {
    return root_ + '/' + std::to_string(number / files_in_directory_);
  }
  std::string path_of(std::size_t number) const { return directory_of(number) + '/' + std::to_string(number); }

  void apply(const Batch& batch) {
    for (const Event& event : batch) {
      if (event.kind == Kind::rescan) ++rescans_;
      if (event.type != EntryType::file) continue;
      std::size_t number = files_;
      const std::string_view name = event.path.substr(event.path.rfind('/') + 1);
      std::from_chars(name.data(), name.data() + name.size(), number);
      if (number >= files_ || event.path != path_of(number)) {
        ++wrong_;
      } else if (event.kind == Kind::created) {
        if (there_[number]) ++wrong_;
        there_[number] = true;
      } else if (event.kind == Kind::removed) {
        if (!there_[number]) ++wrong_;
        there_[number] = false;
      } else if (!there_[number]) {
        ++wrong_;
      }
    }
  }

  // Events that could not be applied, and files of which the wrong thing is believed.
  std::size_t wrong() const {
    std::size_t count = wrong_;
    for (std::size_t number = 0; number < files_; ++number) {
      if (there_[number] != std::filesystem::exists(path_of(number))) ++count;
    }
    return count;
  }

  std::size_t rescans() const { return rescans_; }

 private:
  std::string root_;
  std::size_t files_;
  std::size_t files_in_directory_;
  std::vector<bool> there_;
  std::size_t wrong_ = 0;
  std::size_t rescans_ = 0;
};

class SlowConsumer : public ::testing::TestWithParam<Spread> {
 protected:
  void SetUp() override {
    if (testing::place_in_memory().empty()) GTEST_SKIP() << "no file system in memory";
    directory_ = std::make_unique<testing::TemporaryDirectory>(testing::place_in_memory());
    known_ = std::make_unique<Known>(directory_->path(), files_, GetParam().files_in_directory);
    for (std::size_t number = 0; number < files_; number += GetParam().files_in_directory) {
      testing::make_directory(known_->directory_of(number));
    }
    reset_peak();
  }

  void TearDown() override {
    if (known_ == nullptr) return;
    const std::size_t peak = peak_bytes();
    RecordProperty("peak_bytes", std::to_string(peak));
    std::printf("%zu files, %zu rescans, %zu MiB at most\n", files_, known_->rescans(), peak >> 20);
    EXPECT_EQ(0u, known_->wrong());
    if (!kIsSanitized) {
      EXPECT_LT(peak, resident_max(files_));
    }
  }

  // Each tenth is removed again.
  void make_all() const {
    for (std::size_t number = 0; number < files_; ++number) {
      testing::raw::write(known_->path_of(number), {}, testing::raw::Write::over);
      if (number % 10 == 0) testing::raw::remove_file(known_->path_of(number));
    }
  }

  // Takes until nothing is left to be told.
  void take_all(Watcher& watcher) {
    const auto deadline = std::chrono::steady_clock::now() + kPatienceWithAll;
    while (std::chrono::steady_clock::now() < deadline) {
      while (const std::optional<Batch> batch = watcher.wait(0ns)) {
        if (batch->empty()) break;
        known_->apply(*batch);
      }
      if (watcher.sync(kPatienceWithAll) && watcher.stats().queued_events == 0) return;
    }
    ADD_FAILURE() << "there is no end";
  }

  static constexpr bool kIsSanitized = VIGIL_IS_SANITIZED != 0;

  const std::size_t files_ = files_to_make();
  std::unique_ptr<testing::TemporaryDirectory> directory_;
  std::unique_ptr<Known> known_;
};

INSTANTIATE_TEST_SUITE_P(, SlowConsumer, ::testing::ValuesIn(kSpreads),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST_P(SlowConsumer, WithACallback) {
  Gate gate;
  const std::unique_ptr<Watcher> watcher = open({.callback = [&](const Batch& batch) {
    gate.pass();
    known_->apply(batch);
  }});
  add(*watcher, directory_->path());
  gate.close();
  make_all();
  gate.open();
  const Status synced = watcher->sync(kPatienceWithAll);
  EXPECT_TRUE(synced) << synced.error().message();
  watcher->stop();
}

TEST_P(SlowConsumer, ThatPulls) {
  const std::unique_ptr<Watcher> watcher = open();
  add(*watcher, directory_->path());
  make_all();
  take_all(*watcher);
}

TEST_P(SlowConsumer, ThatPullsNetEffects) {
  const std::unique_ptr<Watcher> watcher = open({.settle = 10ms});
  add(*watcher, directory_->path());
  make_all();
  take_all(*watcher);
}

TEST_P(SlowConsumer, AtTheDescriptor) {
  const std::unique_ptr<Watcher> watcher = open();
  add(*watcher, directory_->path());
  const Descriptor descriptor = watcher->descriptor();
  make_all();
  EXPECT_TRUE(testing::is_readable(descriptor, testing::kPatience));
  take_all(*watcher);
}

}  // namespace
}  // namespace vigil::replay
