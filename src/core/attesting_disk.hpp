// A disk that tells of each call of the file system that has returned.
#pragma once

#include "sys/disk.hpp"

#include <functional>
#include <memory>

namespace vigil::core {

// Passes every call on to `disk`, and then calls `returned`, on the thread that made the call. Thread-safe as far as
// `returned` is.
std::unique_ptr<sys::Disk> make_attesting_disk(std::unique_ptr<sys::Disk> disk, std::function<void()> returned);

}  // namespace vigil::core
