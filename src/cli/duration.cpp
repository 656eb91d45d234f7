#include "cli/duration.hpp"

#include "cli/format.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace vigil::cli {
namespace {

using std::chrono::milliseconds;

std::optional<milliseconds> unit_named(std::string_view name, milliseconds unnamed) {
  if (name.empty()) return unnamed;
  if (name == "ms") return std::chrono::milliseconds{1};
  if (name == "s") return std::chrono::seconds{1};
  if (name == "m") return std::chrono::minutes{1};
  if (name == "h") return std::chrono::hours{1};
  return std::nullopt;
}

Error not_a_duration(std::string_view text) {
  return {ErrorCode::invalid_argument, formatted("'{}' is no duration; write for example 50ms, 1.5s, 2m or 1h", text)};
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text, milliseconds unit) {
  // from_chars() takes "inf" and "-1" as well.
  if (text.empty() || text.front() < '0' || text.front() > '9') return not_a_duration(text);

  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const std::optional<milliseconds> scale = unit_named(text.substr(static_cast<std::size_t>(rest - text.data())), unit);
  if (!scale) return not_a_duration(text);

  constexpr auto kYear = std::chrono::hours{24 * 365};
  const double count = std::ceil(number * static_cast<double>(scale->count()));
  if (error != std::errc{} || count > static_cast<double>(milliseconds{kYear}.count())) {
    return Error(ErrorCode::invalid_argument, formatted("'{}' is longer than a year", text));
  }
  return milliseconds{static_cast<std::int64_t>(count)};
}

}  // namespace vigil::cli
