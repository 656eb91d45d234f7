// What a program can do to a file system: one interface for the simulated kernel and for a real directory, so that the
// same operations run on both.
#pragma once

#include "sys/outcome.hpp"

#include <chrono>
#include <string>

namespace vigil::fake {

enum class Access { read, write };

// Paths are absolute and begin with "/", the top of this file system. Everything gives 0 or errno, as the system call
// of that meaning does. One thread at a time.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual int make_directory(const std::string& path) = 0;
  virtual int remove_directory(const std::string& path) = 0;
  virtual int make_fifo(const std::string& path) = 0;
  virtual int make_link(const std::string& target, const std::string& path) = 0;
  virtual int make_hard_link(const std::string& old_path, const std::string& path) = 0;
  virtual int remove(const std::string& path) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int exchange(const std::string& one, const std::string& other) = 0;
  virtual int change_mode(const std::string& path, unsigned mode) = 0;

  // Sets the time of the content, and with `both` that of the last access.
  virtual int set_times(const std::string& path, std::chrono::seconds time, bool both) = 0;
  virtual int truncate(const std::string& path) = 0;

  // Creates a file with this in it, or writes it over what is there, as `echo TEXT > PATH`.
  virtual int write_text(const std::string& path, const std::string& text) = 0;

  // Regular files only, others give ENXIO; to write creates what is missing. The number is to be closed.
  virtual sys::Outcome<int> open(const std::string& path, Access access, bool truncate) = 0;
  virtual int close(int file) = 0;
  virtual int read(int file) = 0;
  virtual int write(int file) = 0;
  virtual int truncate(int file) = 0;
  virtual int change_mode(int file, unsigned mode) = 0;
};

}  // namespace vigil::fake
