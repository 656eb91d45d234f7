// What a handle of DirectoryReader stands for.
#pragma once

#include <vigil/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace vigil::core {

// One directory whose changes are read. One thread at a time reads, from first to last of a read the same; any may
// interrupt.
class ChangeReader {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  struct Read {
    enum class End { changes, lost, interrupted, timed_out, failed } end = End::failed;
    std::size_t bytes = 0;         // changes
    std::optional<Error> error{};  // failed
  };

  // No read is under way.
  virtual ~ChangeReader() = default;

  // Fills the buffer, which is aligned to four bytes and not empty, with records. The system does not touch it after
  // the call.
  virtual Read read(std::span<std::byte> buffer, std::optional<Moment> until) = 0;

  // Ends the read under way, and each that follows, until resume().
  virtual void interrupt() = 0;
  virtual void resume() = 0;
};

Result<std::unique_ptr<ChangeReader>> open_change_reader(std::string_view path, bool recursive);

}  // namespace vigil::core
