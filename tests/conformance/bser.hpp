// BSER, the binary form of JSON that watchman speaks with its clients: unlike JSON it carries names that are not UTF-8.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vigil::conformance {

// One message. Only null, booleans, integers, strings, arrays and objects are written.
std::string encode_bser(const nlohmann::json& value);

// The number of bytes of the message that `received` begins with; nothing while that cannot be told.
std::optional<std::size_t> bser_message_size(std::string_view received);

// The value of a whole message; nothing if it is none. Strings come byte by byte, whatever they are.
std::optional<nlohmann::json> decode_bser(std::string_view message);

}  // namespace vigil::conformance
