// A file that grows, for one process at a time.
#pragma once

#include "sys/outcome.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace vigil::sys {

// One thread at a time.
class AppendFile {
 public:
  virtual ~AppendFile() = default;

  // With one call of the system, so that whoever ends the process finds all of it or a beginning. 0 or the error.
  virtual int append(std::string_view bytes) = 0;

  // Empties it.
  virtual int clear() = 0;
};

// Makes it where it is missing, for its owner alone; what is in it stays. kBusy (whole_file.hpp) while another has it.
Outcome<std::unique_ptr<AppendFile>> open_append_file(const std::string& path);

}  // namespace vigil::sys
