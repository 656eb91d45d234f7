// What somebody may have meant by a word that is not known.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vigil::cli {

// The known word that takes the fewest letters added, removed, changed or swapped with their neighbour to come from
// `word`; nothing where even that one takes more than a third of its letters.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known);

// " (did you mean 'KNOWN'?)", or nothing.
std::string suggestion(std::string_view word, std::span<const std::string> known);

}  // namespace vigil::cli
