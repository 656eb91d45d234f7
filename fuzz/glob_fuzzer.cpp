// A pattern up to the first newline, then a path: no input is slow or reads beyond its end, and short ones match as the
// plain reference says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../tests/event/glob_reference.hpp"
#include "event/glob.hpp"

namespace {

using vigil::event::Glob;

// The reference takes time that grows without mercy.
constexpr std::size_t kComparedBytesMax = 20;

bool is_relative_path(const std::string& path) {
  return !path.empty() && path.front() != '/' && path.back() != '/' && path.find("//") == std::string::npos;
}

void require(bool holds, const char* law, const std::string& pattern, const std::string& path) {
  if (holds) return;
  std::fprintf(stderr, "%s: pattern '%s', path '%s'\n", law, pattern.c_str(), path.c_str());
  std::abort();
}

void compare(const Glob& glob, const std::string& pattern, const std::string& path) {
  using vigil::event::tests::reference_matches;
  for (const bool is_directory : {false, true}) {
    require(glob.matches(path, is_directory) == reference_matches(pattern, path, is_directory), "another verdict",
            pattern, path);
  }
  if (!glob.matches_all_below(path)) return;
  for (const char* const below : {"/x", "/a/b"}) {
    require(reference_matches(pattern, path + below, false), "not all below", pattern, path + below);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* const end = data + size;
  const auto* const newline = std::find(data, end, std::uint8_t{'\n'});
  const std::string pattern(data, newline);
  const std::string path(newline == end ? end : newline + 1, end);
  const auto glob = Glob::parse(pattern);
  if (!glob) {
    require(!glob.error().message().empty(), "no message", pattern, path);
    return 0;
  }
  glob->matches(path, false);
  glob->matches(path, true);
  glob->matches_all_below(path);
  const bool is_short = pattern.size() <= kComparedBytesMax && path.size() <= kComparedBytesMax;
  if (is_short && is_relative_path(path)) compare(*glob, pattern, path);
  return 0;
}
