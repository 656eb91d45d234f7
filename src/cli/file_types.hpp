// The languages that --type knows.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// Globs for the names of its files; none where it is not known.
std::span<const std::string_view> globs_of_file_type(std::string_view type);

std::vector<std::string> list_of_file_types();
std::string names_of_file_types();  // the same, with commas between them

}  // namespace vigil::cli
