// What a run of the command is given: its words and its environment.
#pragma once

#include <vigil/event.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// The words with what stands for a path replaced, anywhere in a word, any number of times:
//   {}    the path            {.}    the path without the extension of its name
//   {/}   its name            {/.}   its name without the extension
//   {//}  its directory
// The result is one word whatever the path holds: no shell reads it.
std::vector<std::string> words_for_path(const std::vector<std::string>& words, std::string_view path);

// Whether one of these stands in a word.
bool has_placeholder(std::string_view word);

// The variables that tell a run what has changed, as "NAME=VALUE": lists of absolute paths, each path followed by a
// line feed. A path that holds a line feed itself, and what would make a list longer than `list_bytes_max`, is left
// out and counted in VIGIL_OMITTED.
//   VIGIL_CREATED, VIGIL_REMOVED
//   VIGIL_MODIFIED  written, or its attributes changed
//   VIGIL_RENAMED   two lines each: the old path, then the new one
//   VIGIL_COMMON    the deepest directory that all of it is in; empty where nothing changed
std::vector<std::string> variables_for(const Batch& changes, std::size_t list_bytes_max);

}  // namespace vigil::cli
