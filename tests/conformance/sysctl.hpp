// Limits of the whole system, changed for a moment.
#pragma once

#include <vigil/result.hpp>

#include <string>
#include <utility>

namespace vigil::conformance {

// Puts the old value back when destroyed. One thread at a time.
class SystemLimit {
 public:
  // `name` as the sysctl command has it: "fs.inotify.max_queued_events".
  static Result<SystemLimit> set(const std::string& name, long value);
  SystemLimit(SystemLimit&& other) noexcept
      : path_(std::exchange(other.path_, {})), old_value_(std::move(other.old_value_)) {}
  SystemLimit& operator=(SystemLimit&&) = delete;
  ~SystemLimit();

 private:
  SystemLimit(std::string path, std::string old_value) : path_(std::move(path)), old_value_(std::move(old_value)) {}
  std::string path_;
  std::string old_value_;
};

}  // namespace vigil::conformance
