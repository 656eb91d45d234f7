// The replay law with the command, whose process is stopped until the kernel's queue has overflowed.
#include "cli/command.hpp"
#include "replay/playground.hpp"
#include "support/files.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <csignal>
#include <optional>
#include <string>

namespace vigil::replay {
namespace {

using nlohmann::json;
using testing::Model;
using testing::Told;

std::string from_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned value = 0;
  int bits = 0;
  for (const char digit : text.substr(0, text.find('='))) {
    value = (value << 6) | static_cast<unsigned>(kDigits.find(digit));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>((value >> bits) & 0xFF);
  }
  return bytes;
}

std::string path_in(const json& line, const std::string& key) {
  if (line.contains(key + "_base64")) return from_base64(line[key + "_base64"].get<std::string>());
  return line.value(key, "");
}

template <typename Enum>
Enum named(const std::string& name, int count) {
  for (int value = 0; value < count; ++value) {
    if (to_string(static_cast<Enum>(value)) == name) return static_cast<Enum>(value);
  }
  ADD_FAILURE() << "'" << name << "' is unknown";
  return {};
}

Told told_by(const json& line) {
  Told told;
  told.kind = named<Kind>(line["kind"], kKindCount);
  told.type = named<EntryType>(line["type"], 5);
  told.seq = line["seq"];
  told.synthetic = line.value("synthetic", false);
  told.replaced = line.value("replaced", false);
  told.path = path_in(line, "path");
  told.from = path_in(line, "from");
  return told;
}

// `vigil watch` on a tree. One thread at a time.
class WatchingProcess {
 public:
  explicit WatchingProcess(const std::string& directory)
      : command_({"watch", "--format", "json", directory}), directory_(directory) {}

  std::optional<Told> next() {
    const std::optional<std::string> line = command_.next_line();
    if (!line) return std::nullopt;
    return told_by(json::parse(*line));
  }

  void stop() { command_.signal(SIGSTOP); }
  void go_on() { command_.signal(SIGCONT); }

  // Applies what comes until a file made for the purpose is told of, and all that may be told later than that is: the
  // doubts that only a look at the disk settles.
  void catch_up(Model& model) {
    const std::string name = "cookie-" + std::to_string(++cookies_);
    testing::write_file(directory_ + '/' + name, "");
    bool seen = false;
    while (!seen || model.listing() != testing::listing_of(directory_)) {
      const std::optional<Told> told = next();
      if (!told) {
        ADD_FAILURE() << command_.error();
        return;
      }
      model.apply(*told);
      seen = seen || model.listing().contains(name);
    }
  }

  // Applies what is left; true if the command ended as it should.
  bool end(Model& model) {
    command_.signal(SIGTERM);
    while (const std::optional<Told> told = next()) model.apply(*told);
    return command_.wait() == 0;
  }

 private:
  cli::Command command_;
  std::string directory_;
  int cookies_ = 0;
};

class Process : public OnEachFileSystem {};
INSTANTIATE_TEST_SUITE_P(, Process, both_file_systems(), file_system_name);

TEST_P(Process, Running) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    WatchingProcess process(playground.inside());
    ASSERT_EQ(Kind::ready, process.next().value_or(Told()).kind);
    Model model(playground.inside(), testing::listing_of(playground.inside()));
    for (std::size_t round = 0; round < kRounds && !HasFailure(); ++round) {
      playground.work();
      process.catch_up(model);
      EXPECT_TRUE(is_true(model, playground.inside()));
    }
    EXPECT_TRUE(process.end(model));
    EXPECT_TRUE(is_true(model, playground.inside()));
  });
}

TEST_P(Process, StoppedUntilTheQueueOverflows) {
  for_each_seed([&](std::uint64_t seed) {
    Playground playground(place_, seed);
    WatchingProcess process(playground.inside());
    ASSERT_EQ(Kind::ready, process.next().value_or(Told()).kind);
    Model model(playground.inside(), testing::listing_of(playground.inside()));
    for (std::size_t round = 0; round < kRounds && !HasFailure(); ++round) {
      const bool overflows = round % 3 == 0;
      if (overflows) process.stop();
      playground.work();
      if (overflows) {
        testing::overflow_queue(playground.inside());
        playground.work();
        process.go_on();
      }
      process.catch_up(model);
      EXPECT_TRUE(is_true(model, playground.inside()));
    }
    EXPECT_TRUE(process.end(model));
    EXPECT_TRUE(is_true(model, playground.inside()));
    EXPECT_GT(model.count(Kind::rescan), 0u);
  });
}

}  // namespace
}  // namespace vigil::replay
