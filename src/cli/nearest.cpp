#include "cli/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace vigil::cli {
namespace {

// Longer words are nobody's slip of the finger, and the table below is quadratic.
constexpr std::size_t kWordMax = 64;

// Damerau and Levenshtein's distance, in which no letter is changed twice.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t column = 0; column <= to.size(); ++column) row[column] = column;
  for (std::size_t line = 1; line <= from.size(); ++line) {
    before_last.swap(last);
    last.swap(row);
    row[0] = line;
    for (std::size_t column = 1; column <= to.size(); ++column) {
      const bool same = from[line - 1] == to[column - 1];
      row[column] = std::min({last[column] + 1, row[column - 1] + 1, last[column - 1] + (same ? 0 : 1)});
      const bool swapped =
          line > 1 && column > 1 && from[line - 1] == to[column - 2] && from[line - 2] == to[column - 1];
      if (swapped) row[column] = std::min(row[column], before_last[column - 2] + 1);
    }
  }
  return row[to.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known) {
  if (word.size() > kWordMax) return {};
  std::optional<std::string> best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : known) {
    if (candidate.size() > kWordMax) continue;
    const std::size_t letters = distance(word, candidate);
    if (letters > std::max<std::size_t>(1, candidate.size() / 3) || letters >= candidate.size()) continue;
    if (best && letters >= best_distance) continue;
    best = candidate;
    best_distance = letters;
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string> known) {
  const std::optional<std::string> meant = nearest(word, known);
  return meant ? " (did you mean '" + *meant + "'?)" : std::string{};
}

}  // namespace vigil::cli
