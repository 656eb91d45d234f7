// What `vigil stat` counted, and how it is told. Pure.
#pragma once

#include "cli/activity.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

struct StatReport {
  struct Root {
    std::string path;
    std::string backend;
  };

  std::chrono::nanoseconds time{};
  std::vector<Root> roots;
  std::uint64_t losses = 0;
  std::uint64_t repairs = 0;
  const Activity* activity = nullptr;
  std::size_t top = 10;  // lines of each table, or entries of each list
};

// For people: a line and a table for each question that has an answer. Paths below `directory` are relative to it.
std::string words_of(const StatReport& report, std::string_view directory);

// For programs, one object (docs/cli.md has the keys). Both end in a line feed.
std::string json_of(const StatReport& report);

// The entries that were counted most, of all that are `of`: the most first, of equals by name.
struct Ranked {
  std::string_view name;
  const Busiest::Entry* entry = nullptr;
};
std::vector<Ranked> ranked(const Busiest& of, std::size_t count_max);

}  // namespace vigil::cli
