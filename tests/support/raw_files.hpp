// What tests ask of the file system, one call each: one source file for each system. Whether it was done is the answer.
// Paths are as vigil gives them, with "/" between names also on Windows. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::testing::raw {

enum class Write { over, anew, behind };  // what is there stays, is cut off first, or is added to

bool write(const std::string& path, std::string_view text, Write how);  // opened, made if missing, written, closed
bool truncate(const std::string& path);
bool make_directory(const std::string& path);
bool make_directories(const std::string& path);  // as "mkdir -p"
bool remove_file(const std::string& path);
bool remove_directory(const std::string& path);
bool remove_all(const std::string& path);  // true if something was there and nothing is
bool rename(const std::string& from, const std::string& to);
bool exchange(const std::string& one, const std::string& other);
bool symbolic_link(const std::string& target, const std::string& path);
bool hard_link(const std::string& target, const std::string& path);
bool make_fifo(const std::string& path);
bool open_fifo(const std::string& path);
bool change_mode(const std::string& path, unsigned mode);  // on Windows its write bits decide about "hidden"
bool change_times(const std::string& path, std::int64_t accessed, std::int64_t written);  // in seconds since 1970

// A pipe that one writer has open is written to by another, who may be left alone with it: for each thread that writes.
void survive_broken_pipes();

// Why the last call of this thread was not done.
std::string last_error();

// Names for random work: one of them is awkward, and one is more so.
const std::vector<std::string>& names();

// Where temporary directories belong, and a new one of those, absolute and without links.
std::string place_for_temporary_directories();
std::string make_temporary_directory(const std::string& where);

void let_clock_of_files_tick();

}  // namespace vigil::testing::raw
