// Short words for what tests do to files. A failure of the system ends the test program: no test expects one here.
#pragma once

#include <string>
#include <string_view>

namespace vigil::testing {

void write_file(const std::string& path, std::string_view text = "text");  // created or emptied, written, closed
void append_to(const std::string& path, std::string_view text = "more");
void make_directory(const std::string& path);  // as "mkdir -p"
void make_fifo(const std::string& path);
void move(const std::string& from, const std::string& to);  // as rename(2)
void exchange_entries(const std::string& one, const std::string& other);
void remove(const std::string& path);  // as "rm -r"
void change_mode(const std::string& path, unsigned mode);

// As an editor does it: a new file beside the old one takes its name.
void save_atomically(const std::string& path, std::string_view text = "text");

// Waits until the clock that stamps files has gone on, so that what is done afterwards bears a later time.
void let_clock_of_files_tick();

}  // namespace vigil::testing
