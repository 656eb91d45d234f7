// Events as tests read them.
#pragma once

#include <vigil/event.hpp>
#include <vigil/watcher.hpp>

#include "support/patience.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::testing {

// An event that owns its texts.
struct Told {
  Told() = default;
  explicit Told(const Event& event);

  Kind kind = Kind::error;
  EntryType type = EntryType::unknown;
  bool synthetic = false;
  bool replaced = false;
  int code = 0;
  std::uint64_t seq = 0;
  Timestamp time{};
  std::string path;
  std::string from;
  std::string reason;
  std::string backend;
};

// "created file a/b", "renamed directory a -> b", with "replaced" where it applies. `prefix` is left out of the paths;
// "." is what remains of the prefix itself.
std::string to_string(const Told& told, std::string_view prefix = {});

// What waits to be taken, without waiting for more.
std::vector<Told> take(Watcher& watcher);

// Everything that has been done until now, told. Fails the test if sync() fails.
std::vector<Told> catch_up(Watcher& watcher);

// Takes events until one of that kind (and path, if given) has come, that one last. Fails the test if none comes.
std::vector<Told> take_until(Watcher& watcher, Kind kind, std::string_view path = {});

std::vector<std::string> texts(const std::vector<Told>& all, std::string_view prefix = {});

// Only those of the kinds.
std::vector<Told> only(const std::vector<Told>& all, Kinds kinds);

inline constexpr Kinds kShape{Kind::created, Kind::removed, Kind::renamed};

// As vectors are compared, and printed by the test framework.
void PrintTo(const Told& told, std::ostream* out);

}  // namespace vigil::testing
