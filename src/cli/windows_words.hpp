// Words as Windows hands them to a program: in one line of text.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vigil::cli {

// The line that programs take apart into exactly these words again, by the rules of the C library there. Pure, and
// compiled everywhere.
std::string command_line_of(const std::vector<std::string>& words);

// The same for a batch file, whose line is read by cmd.exe: nothing where a word holds what cmd.exe cannot be kept from
// understanding, '%', '"', '!' or a line break.
std::optional<std::string> batch_line_of(const std::vector<std::string>& words);

}  // namespace vigil::cli
