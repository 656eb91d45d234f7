// Paths as the user writes them and as the stream gives them.
#pragma once

#include <vigil/descriptor.hpp>
#include <vigil/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace vigil::cli {

// Between names: '/'; on Windows '\\', where '/' is understood as well.
extern const char kSeparator;

// The absolute path of the working directory; fails when it has been removed.
Result<std::string> working_directory();

bool is_absolute(std::string_view path);

// `path` made absolute against `directory`, without ".", without doubled and closing slashes. Links are not resolved,
// and ".." takes the name before it away, as long as that leads to the same place on disk: behind a link it stays.
// Where the disk may not be asked, it always stays. On Windows the system completes a path that is not absolute, and
// all others stay as they are written but for closing separators.
std::string absolute_path(std::string_view path, std::string_view directory, bool may_ask_disk = true);

// `path` without `directory` before it, "." for the directory itself. A path elsewhere comes back as it is. Both are
// absolute and normalised; an empty directory makes nothing relative.
std::string_view relative_path(std::string_view path, std::string_view directory);

// The glob that matches the open regular file, and it alone, below the directory `root`. Nothing when it is elsewhere,
// has no name any more, is no regular file, or has too long a path for a glob. Where the disk may not be asked about
// the root, its path must be without links.
std::optional<std::string> glob_of_file(Descriptor descriptor, const std::string& root, bool may_ask_disk = true);

// The glob that matches exactly the path (with '/' between names) below a root; nothing when it would be too long.
std::optional<std::string> literal_glob(std::string_view path);

}  // namespace vigil::cli
