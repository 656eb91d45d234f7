#include "backend/inotify/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

namespace vigil::backend::inotify {

namespace {

std::string in_words(std::optional<std::uint64_t> value) { return value ? std::to_string(*value) : "unknown"; }

Limit look_at_limit(std::string what, std::string name, std::string namespace_name, std::uint64_t sensible,
                    std::size_t Usage::Process::*count) {
  Limit limit{.what = std::move(what),
              .name = name,
              .value = value_of_sysctl(name),
              .outside_name = {},
              .outside_value = {},
              .sensible = sensible,
              .count = count};
  const std::optional<std::uint64_t> for_namespace = value_of_sysctl(namespace_name);
  if (for_namespace && (!limit.value || *for_namespace < *limit.value)) {
    limit.is_of_namespace = true;
    limit.outside_name = std::exchange(limit.name, std::move(namespace_name));
    limit.outside_value = std::exchange(limit.value, for_namespace);
  }
  return limit;
}

std::string describe(const Limit& limit) {
  std::string text = limit.what + " limit reached: " + limit.name + " is " + in_words(limit.value);
  if (limit.is_of_namespace) {
    text += " in this user namespace (" + limit.outside_name + " is " + in_words(limit.outside_value) + " outside)";
  } else {
    text += " for all programs of this user together";
  }
  const std::string usage = describe_usage(look_at_usage(), limit.count);
  if (!usage.empty()) text += ", " + usage;
  return text + "; raise it with: sudo sysctl " + limit.name + "=" +
         std::to_string(advised_value(limit.value, limit.sensible));
}

}  // namespace

Limit watches_limit() {
  return look_at_limit("inotify watch", "fs.inotify.max_user_watches", "user.max_inotify_watches", 524288,
                       &Usage::Process::watches);
}

Limit instances_limit() {
  return look_at_limit("inotify instance", "fs.inotify.max_user_instances", "user.max_inotify_instances", 1024,
                       &Usage::Process::instances);
}

std::optional<std::uint64_t> value_of_sysctl(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  std::uint64_t value = 0;
  if (std::ifstream("/proc/sys/" + name) >> value) return value;
  return std::nullopt;
}

std::uint64_t advised_value(std::optional<std::uint64_t> used, std::uint64_t sensible) {
  std::uint64_t more = sensible;
  while (used && more < 2 * *used && more < (std::uint64_t{1} << 30)) more *= 2;
  return more;
}

std::string explain_limit(int error) {
  switch (error) {
    case ENOSPC: return describe(watches_limit());
    case EMFILE: return describe(instances_limit());
    default: return {};
  }
}

}  // namespace vigil::backend::inotify
