// The same operations on a directory of the real disk.
#pragma once

#include "fake/file_system.hpp"

namespace vigil::fake {

// One thread at a time.
class RealFileSystem final : public FileSystem {
 public:
  // `top` is an existing directory, which "/" stands for.
  explicit RealFileSystem(std::string top) : top_(std::move(top)) {}

  int make_directory(const std::string& path) override;
  int remove_directory(const std::string& path) override;
  int make_fifo(const std::string& path) override;
  int make_link(const std::string& target, const std::string& path) override;
  int make_hard_link(const std::string& old_path, const std::string& path) override;
  int remove(const std::string& path) override;
  int rename(const std::string& from, const std::string& to) override;
  int exchange(const std::string& one, const std::string& other) override;
  int change_mode(const std::string& path, unsigned mode) override;
  int set_times(const std::string& path, std::chrono::seconds time, bool both) override;
  int truncate(const std::string& path) override;
  int write_text(const std::string& path, const std::string& text) override;
  sys::Outcome<int> open(const std::string& path, Access access, bool truncate) override;
  int close(int file) override;
  int read(int file) override;
  int write(int file) override;
  int truncate(int file) override;
  int change_mode(int file, unsigned mode) override;

 private:
  std::string top_;
};

}  // namespace vigil::fake
