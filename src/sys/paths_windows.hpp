// Paths of Windows in the form of a Disk (disk.hpp), as the system takes them, and as users write them. Pure but for
// absolute_path(). Only for *_windows.cpp.
#pragma once

#include "sys/outcome.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vigil::sys {

// "C:\Users", "sub/dir", "\\server\share", "\\?\C:\Users", ... to "/C:/Users" and so on. ERROR_INVALID_NAME for what no
// name can be, ERROR_NOT_SUPPORTED for a device.
Outcome<std::string> absolute_path(const std::string& path);

// An absolute name of the object manager, as links and the native calls have it ("\??\C:\Users"), to the form of a
// Disk; nothing for one that is not below "\??\".
std::optional<std::string> from_native(std::u16string_view name);

// The other way. Where the path is but a volume, it ends in "\": the root of its file system. Nothing for what is no
// WTF-8.
std::optional<std::u16string> to_native(std::string_view path);

// How many bytes of the path name the volume: "/C:", "/UNC/server/share", "/Volume{...}". 0 where it is shorter than
// that, and can be neither opened nor listed.
std::size_t volume_size(std::string_view path);

}  // namespace vigil::sys
