// The limits of inotify: what they are called, their values, and how they are raised.
#pragma once

#include "backend/inotify/usage.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace vigil::backend::inotify {

struct Limit {
  std::string what;                    // "inotify watch"
  std::string name;                    // the sysctl that counts: of the user namespace where that has a lower one
  std::optional<std::uint64_t> value;  // nothing where the system does not tell
  bool is_of_namespace = false;        // then the one outside is
  std::string outside_name;            // as well
  std::optional<std::uint64_t> outside_value;
  std::uint64_t sensible = 0;  // what a machine on which many directories are watched has at least
  std::size_t Usage::Process::*count = nullptr;
};

Limit watches_limit();
Limit instances_limit();

// The value of a sysctl, "fs.inotify.max_queued_events".
std::optional<std::uint64_t> value_of_sysctl(std::string name);

// What the limit had better be: `sensible`, or a power of two that is twice `used` at least.
std::uint64_t advised_value(std::optional<std::uint64_t> used, std::uint64_t sensible);

// For watch() and open_inotify(): which limit was met, its value and the sysctl that raises it; empty for errors that
// are no limit.
std::string explain_limit(int error);

}  // namespace vigil::backend::inotify
