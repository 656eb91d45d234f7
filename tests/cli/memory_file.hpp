// A file in memory to write to, and what was written.
#pragma once

#include "base/unique_fd.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace vigil::cli {

// One thread at a time.
class MemoryFile {
 public:
  MemoryFile() : file_(::memfd_create("output", MFD_CLOEXEC)) { EXPECT_TRUE(file_) << "memfd_create failed"; }

  int descriptor() const { return file_.get(); }

  // Everything written so far.
  std::string text() const {
    const off_t size = ::lseek(file_.get(), 0, SEEK_END);
    std::string text(static_cast<std::size_t>(size), '\0');
    EXPECT_EQ(::pread(file_.get(), text.data(), text.size(), 0), size);
    return text;
  }

 private:
  base::UniqueFd file_;
};

}  // namespace vigil::cli
