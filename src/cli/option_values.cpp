#include "cli/option_values.hpp"

#include "cli/duration.hpp"
#include "cli/format.hpp"

#include <charconv>
#include <system_error>

namespace vigil::cli {
namespace {

Result<Kind> kind_named(std::string_view option, std::string_view name) {
  return choose<Kind>(option, name,
                      {{"created", Kind::created},
                       {"removed", Kind::removed},
                       {"renamed", Kind::renamed},
                       {"modified", Kind::modified},
                       {"attributes", Kind::attributes},
                       {"closed", Kind::closed},
                       {"opened", Kind::opened},
                       {"accessed", Kind::accessed}});
}

}  // namespace

Result<std::uint64_t> parse_count(std::string_view option, std::string_view text) {
  std::uint64_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && rest == text.data() + text.size() && count > 0) return count;
  return usage_error(formatted("{}: '{}' is no whole number from 1 on", option, text));
}

Result<std::chrono::milliseconds> parse_time(std::string_view option, std::string_view text,
                                             std::chrono::milliseconds unit) {
  Result<std::chrono::milliseconds> time = parse_duration(text, unit);
  if (time) return time;
  return usage_error(formatted("{}: {}", option, time.error().message()));
}

Result<Kinds> parse_kinds(std::string_view option, const std::vector<std::string>& written) {
  if (written.empty()) return kDefaultKinds;
  Kinds kinds;
  for (std::string_view names : written) {
    while (true) {
      const std::size_t comma = names.find(',');
      const Result<Kind> kind = kind_named(option, names.substr(0, comma));
      if (!kind) return kind.error();
      kinds.insert(*kind);
      if (comma == std::string_view::npos) break;
      names.remove_prefix(comma + 1);
    }
  }
  return kinds;
}

}  // namespace vigil::cli
