// Events as JSON, one object a line. docs/cli.md is the specification.
#pragma once

#include "cli/event_writer.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>

namespace vigil::cli {

// Writes moments as "2026-01-02T03:04:05.123456789Z". Cheapest when one moment follows closely upon the other. One
// thread at a time.
class TimeText {
 public:
  static constexpr std::size_t kSize = 30;

  // Fills kSize bytes and returns the end.
  char* write(Timestamp time, char* out);

 private:
  static constexpr std::size_t kSecondsSize = 20;  // as far as the point

  void set_seconds(std::int64_t seconds);

  std::int64_t seconds_ = 0;
  std::array<char, kSecondsSize> text_{};  // of seconds_; empty at first
};

// One thread at a time.
class JsonWriter final : public EventWriter {
 public:
  // What a process is called; empty where nobody knows.
  using NameOfProcess = std::function<std::string(int pid)>;

  // With `name_of_process` it is told beside the number of who did it.
  explicit JsonWriter(NameOfProcess name_of_process = {});
  void write(const Event& event, Output& output) override;

 private:
  const NameOfProcess name_of_process_;
  TimeText time_;
  std::array<std::string, kKindCount> heads_;  // {"kind":"created","path":
  std::array<std::string, 5> types_;           // ,"type":"file","seq":
};

}  // namespace vigil::cli
