// What the values of options mean.
#pragma once

#include "cli/format.hpp"

#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::cli {

inline Error usage_error(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

// The value among `choices` that has the name.
template <typename Value, std::size_t kSize>
Result<Value> choose(std::string_view option, std::string_view name,
                     const std::pair<std::string_view, Value> (&choices)[kSize]) {
  std::string names;
  for (const auto& [known, value] : choices) {
    if (name == known) return value;
    names.append(names.empty() ? "" : ", ").append(known);
  }
  return usage_error(formatted("{}: '{}' is none of {}", option, name, names));
}

// A whole number from 1 on.
Result<std::uint64_t> parse_count(std::string_view option, std::string_view text);

// As parse_duration(), with the option's name before what is wrong.
Result<std::chrono::milliseconds> parse_time(std::string_view option, std::string_view text,
                                             std::chrono::milliseconds unit);

// Kinds of change, each text with commas between them; kDefaultKinds where there is none.
Result<Kinds> parse_kinds(std::string_view option, const std::vector<std::string>& written);

}  // namespace vigil::cli
