// Text in columns. Pure.
#pragma once

#include <string>
#include <vector>

namespace vigil::cli {

// Cells are visible UTF-8. The last column, if it is on the left, may be of any width. One thread at a time.
class Table {
 public:
  enum class Side { left, right };

  Table(std::vector<std::string> heads, std::vector<Side> sides) : sides_(std::move(sides)) { add(std::move(heads)); }

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Each row ends in a line feed, without spaces before it.
  std::string text() const;

 private:
  std::vector<Side> sides_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace vigil::cli
