#include "support/files.hpp"

#include "support/raw_files.hpp"

#include <cstdlib>
#include <iostream>

namespace vigil::testing {

namespace {

void demand(bool done, const char* what, const std::string& path) {
  if (done) return;
  const std::string why = raw::last_error();
  std::cerr << what << ' ' << path << ": " << why << std::endl;
  std::abort();
}

}  // namespace

void write_file(const std::string& path, std::string_view text) {
  demand(raw::write(path, text, raw::Write::anew), "write", path);
}

void append_to(const std::string& path, std::string_view text) {
  demand(raw::write(path, text, raw::Write::behind), "append", path);
}

void make_directory(const std::string& path) { demand(raw::make_directories(path), "mkdir -p", path); }

void make_fifo(const std::string& path) { demand(raw::make_fifo(path), "mkfifo", path); }

void move(const std::string& from, const std::string& to) { demand(raw::rename(from, to), "rename", from); }

void exchange_entries(const std::string& one, const std::string& other) {
  demand(raw::exchange(one, other), "exchange", one);
}

void remove(const std::string& path) { demand(raw::remove_all(path), "rm -r", path); }

void change_mode(const std::string& path, unsigned mode) { demand(raw::change_mode(path, mode), "chmod", path); }

void save_atomically(const std::string& path, std::string_view text) {
  write_file(path + ".new", text);
  move(path + ".new", path);
}

void let_clock_of_files_tick() { raw::let_clock_of_files_tick(); }

}  // namespace vigil::testing
