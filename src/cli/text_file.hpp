// Small files of text that the command reads for its own sake.
#pragma once

#include <vigil/result.hpp>

#include <cstddef>
#include <string>

namespace vigil::cli {

struct TextFile {
  std::string text;
  // Whether it belongs to this user, or to the administrator: nobody else decides then what this process does. Always
  // true on Windows, where who may write a file says little about who owns it.
  bool is_trusted = true;
};

// Reads a regular file; links are followed. Fails with not_found; with limit_reached where it is larger; with
// not_watchable for what is no regular file (which is not waited for); or with what the system says.
Result<TextFile> read_text_file(const std::string& path, std::size_t bytes_max);

// Reads to the end of the standard input, whatever it is.
Result<TextFile> read_standard_input(std::size_t bytes_max);

}  // namespace vigil::cli
