// The names that occur most often among any number of them, in bounded memory. Pure.
#pragma once

#include <vigil/event.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vigil::cli {

// How many changes there were, of each kind.
struct ChangeCounts {
  static constexpr std::size_t kKinds = 8;  // those of which is_change() is true

  std::array<std::uint64_t, kKinds> of_kind{};
  std::uint64_t total = 0;

  void add(Kind kind) {
    ++of_kind[static_cast<std::size_t>(kind)];
    ++total;
  }
};

// How many there were in the last seconds. Seconds are counted from any moment on, and never go back.
class Lately {
 public:
  static constexpr std::int64_t kSeconds = 5;

  void add(std::int64_t second);

  // In `second` and the four before it.
  std::uint64_t sum(std::int64_t second) const;

 private:
  std::array<std::uint32_t, kSeconds> counts_{};  // of the newest second and those before it, each at its remainder
  std::int64_t newest_ = 0;
};

// Counts names. As long as there are no more than the limits allow, every count is exact. Beyond, half of them are
// given up at a time, those that were counted least: the counter of Misra and Gries, taken in steps as Anderson and
// others do ("A High-Performance Algorithm for Identifying Frequent Items in Data Streams", 2017). What is kept then:
//
//   - a count is at most what there was, and falls short of it by at most `missed_max` of its entry;
//   - a name that occurred more often than missed_max() is there. Of N in all that is at most 2 N / entries_max, as
//     long as names are so short that name_bytes_max is not met first.
//
// Adding takes constant time on average. Copyable. One thread at a time.
class Busiest {
 public:
  struct Limits {
    std::size_t entries_max = 8192;
    std::size_t name_bytes_max = std::size_t{4} << 20;
  };

  struct Entry {
    ChangeCounts counts;
    Lately lately;
    std::uint64_t missed_max = 0;  // what may have been counted and given up before
    int process = 0;               // that was named last; 0 where none was
    bool several = false;          // different ones were
  };

  Busiest() = default;
  explicit Busiest(Limits limits) : limits_(limits) {}

  void add(std::string_view name, Kind kind, std::int64_t second, int process = 0);

  // Forgets all.
  void clear();

  std::size_t size() const { return entries_.size(); }

  // More than this no name that is not there can have occurred; 0: all that occurred are there.
  std::uint64_t missed_max() const { return missed_max_; }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;
  const Entries& entries() const { return entries_; }

 private:
  void give_up_half();

  Limits limits_;
  Entries entries_;
  std::size_t name_bytes_ = 0;
  std::uint64_t missed_max_ = 0;
};

}  // namespace vigil::cli
