// What the command asks of the system besides watching: its standard files, terminals, its environment.
#pragma once

#include <vigil/descriptor.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// To be called first, before the process has any other thread. Standard files that were closed are not given to files
// that are opened later, and a reader that goes away shows in the write that fails.
void prepare_process();

// The command line without the name of the program, in UTF-8 (on Windows WTF-8, see base/utf.hpp).
std::vector<std::string> arguments_of_process(int count, char** arguments);

Descriptor standard_output();
Descriptor standard_error();

// Writes all of the text, however many calls it takes. Waits for a slow reader, also where the descriptor does not
// block. Returns the system's code for what failed, 0 where nothing did.
int write_all(Descriptor descriptor, std::string_view text);

// Whether the code of a write that failed says that nobody reads any more.
bool reader_left(int error);

bool is_terminal(Descriptor descriptor);

// Whether a terminal obeys escape sequences. Where they have to be switched on, they are from then on.
bool obeys_escapes(Descriptor terminal);

// 80 where nobody knows.
std::size_t columns_of(Descriptor terminal);

// What a process is called, by the system; "?" where it is gone already or nobody knows.
std::string name_of_process(int pid);

// Ends the process at once, whatever its threads do.
[[noreturn]] void end_process(int exit_code);

}  // namespace vigil::cli
