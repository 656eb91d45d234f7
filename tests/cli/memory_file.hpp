// A file that nobody else sees to write to, and what was written.
#pragma once

#include <vigil/descriptor.hpp>

#include <string>

namespace vigil::cli {

// One thread at a time.
class MemoryFile {
 public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  Descriptor descriptor() const { return file_; }

  // Everything written so far.
  std::string text() const;

 private:
  Descriptor file_;
};

}  // namespace vigil::cli
