#include "backend/inotify/backend.hpp"
#include "backend/inotify/usage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>

namespace vigil::backend::inotify {

namespace {

struct Limit {
  std::string what;
  std::string name;            // as a sysctl
  std::string namespace_name;  // of the same limit, where a user namespace has one of its own
  std::uint64_t sensible;      // what a machine on which many directories are watched has at least
  std::size_t Usage::Process::*count;
};

std::optional<std::uint64_t> value_of(std::string sysctl) {
  std::replace(sysctl.begin(), sysctl.end(), '.', '/');
  std::uint64_t value = 0;
  if (std::ifstream("/proc/sys/" + sysctl) >> value) return value;
  return std::nullopt;
}

std::string in_words(std::optional<std::uint64_t> value) { return value ? std::to_string(*value) : "unknown"; }

// Twice as many, as a power of two.
std::uint64_t more_than(std::optional<std::uint64_t> value, std::uint64_t sensible) {
  std::uint64_t more = sensible;
  while (value && more < 2 * *value && more < (std::uint64_t{1} << 30)) more *= 2;
  return more;
}

std::string describe(const Limit& limit) {
  const std::optional<std::uint64_t> for_user = value_of(limit.name);
  const std::optional<std::uint64_t> for_namespace = value_of(limit.namespace_name);
  const bool is_of_namespace = for_namespace && (!for_user || *for_namespace < *for_user);
  std::string text = limit.what + " limit reached: ";
  if (is_of_namespace) {
    text += limit.namespace_name + " is " + in_words(for_namespace) + " in this user namespace (" + limit.name +
            " is " + in_words(for_user) + " outside)";
  } else {
    text += limit.name + " is " + in_words(for_user) + " for all programs of this user together";
  }
  const std::string usage = describe_usage(look_at_usage(), limit.count);
  if (!usage.empty()) text += ", " + usage;
  return text + "; raise it with: sudo sysctl " + (is_of_namespace ? limit.namespace_name : limit.name) + "=" +
         std::to_string(more_than(is_of_namespace ? for_namespace : for_user, limit.sensible));
}

}  // namespace

std::string explain_limit(int error) {
  switch (error) {
    case ENOSPC:
      return describe({"inotify watch", "fs.inotify.max_user_watches", "user.max_inotify_watches", 524288,
                       &Usage::Process::watches});
    case EMFILE:
      return describe({"inotify instance", "fs.inotify.max_user_instances", "user.max_inotify_instances", 1024,
                       &Usage::Process::instances});
    default: return {};
  }
}

}  // namespace vigil::backend::inotify
