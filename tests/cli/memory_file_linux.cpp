#include "cli/memory_file.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace vigil::cli {

MemoryFile::MemoryFile() : file_(::memfd_create("output", MFD_CLOEXEC)) {
  EXPECT_NE(file_, -1) << "memfd_create failed";
}

MemoryFile::~MemoryFile() { ::close(file_); }

std::string MemoryFile::text() const {
  const off_t size = ::lseek(file_, 0, SEEK_END);
  std::string text(static_cast<std::size_t>(size), '\0');
  EXPECT_EQ(::pread(file_, text.data(), text.size(), 0), size);
  return text;
}

}  // namespace vigil::cli
