#include "support/told.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

namespace vigil::testing {

namespace {

std::string without(std::string_view path, std::string_view prefix) {
  if (!prefix.empty() && path == prefix) return ".";
  if (prefix.empty() || !path.starts_with(prefix) || path[prefix.size()] != '/') return std::string(path);
  return std::string(path.substr(prefix.size() + 1));
}

// Tests write and read paths with "/" everywhere; no name on Windows can hold one, nor a "\\".
std::string with_slashes(std::string_view path) {
  std::string text(path);
  if constexpr (std::filesystem::path::preferred_separator == '\\') std::replace(text.begin(), text.end(), '\\', '/');
  return text;
}

}  // namespace

Told::Told(const Event& event)
    : kind(event.kind),
      type(event.type),
      synthetic(event.synthetic),
      replaced(event.replaced),
      code(event.code),
      seq(event.seq),
      time(event.time),
      path(with_slashes(event.path)),
      from(with_slashes(event.from)),
      reason(event.reason),
      backend(event.backend) {}

std::string to_string(const Told& told, std::string_view prefix) {
  std::string text(to_string(told.kind));
  text.append(" ").append(to_string(told.type)).append(" ");
  if (told.kind == Kind::renamed) text.append(without(told.from, prefix)).append(" -> ");
  text += without(told.path, prefix);
  if (told.replaced) text += " replaced";
  return text;
}

std::vector<Told> take(Watcher& watcher) {
  std::vector<Told> all;
  while (const std::optional<Batch> batch = watcher.wait(std::chrono::nanoseconds(0))) {
    if (batch->empty()) break;
    for (const Event& event : *batch) {
      // What is tested under Wine is what holds on Windows.
      const bool is_of_wine =
          event.kind == Kind::degraded && event.reason.find("this is Wine") != std::string_view::npos;
      if (!is_of_wine) all.emplace_back(event);
    }
  }
  return all;
}

std::vector<Told> catch_up(Watcher& watcher) {
  std::vector<Told> all;
  while (true) {
    const Status synced = watcher.sync(kPatience);
    const std::vector<Told> some = take(watcher);
    all.insert(all.end(), some.begin(), some.end());
    // A full queue has to be emptied first, perhaps more than once.
    if (!synced && synced.error().code() == ErrorCode::limit_reached && !some.empty()) continue;
    EXPECT_TRUE(synced) << synced.error().message();
    return all;
  }
}

std::vector<Told> take_until(Watcher& watcher, Kind kind, std::string_view path) {
  std::vector<Told> all;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::optional<Batch> batch = watcher.wait(kPatience);
    if (!batch) break;
    bool found = false;
    for (const Event& event : *batch) {
      all.emplace_back(event);
      found = found || (event.kind == kind && (path.empty() || event.path == path));
    }
    if (found) return all;
  }
  ADD_FAILURE() << "no '" << to_string(kind) << "' of '" << path << "' came";
  return all;
}

std::vector<std::string> texts(const std::vector<Told>& all, std::string_view prefix) {
  std::vector<std::string> texts;
  for (const Told& told : all) texts.push_back(to_string(told, prefix));
  return texts;
}

std::vector<Told> only(const std::vector<Told>& all, Kinds kinds) {
  std::vector<Told> some;
  for (const Told& told : all) {
    if (kinds.contains(told.kind)) some.push_back(told);
  }
  return some;
}

void PrintTo(const Told& told, std::ostream* out) { *out << to_string(told); }

}  // namespace vigil::testing
