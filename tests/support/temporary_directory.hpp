// A directory of its own for a test.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace vigil::testing {

// Removed at the end with all that is in it. One thread at a time.
class TemporaryDirectory {
 public:
  TemporaryDirectory();  // where such directories belong, as for an empty place
  explicit TemporaryDirectory(const std::filesystem::path& where);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // Absolute, without links.
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const;

 private:
  std::string path_;
};

// A place to put temporary directories on a file system that keeps its files in memory, and on one that does not. Empty
// where this machine has none.
std::filesystem::path place_in_memory();
std::filesystem::path place_on_disk();

}  // namespace vigil::testing
