#include "cli/table.hpp"

#include "cli/columns.hpp"

#include <algorithm>
#include <cstddef>

namespace vigil::cli {

std::string Table::text() const {
  std::vector<std::size_t> widths(sides_.size(), 0);
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t index = 0; index < row.size(); ++index) {
      widths[index] = std::max(widths[index], columns_of_text(row[index]));
    }
  }
  std::string out;
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t index = 0; index < row.size(); ++index) {
      const std::size_t missing = widths[index] - columns_of_text(row[index]);
      if (index != 0) out += "  ";
      if (sides_[index] == Side::right) out.append(missing, ' ');
      out += row[index];
      if (sides_[index] == Side::left) out.append(missing, ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

}  // namespace vigil::cli
