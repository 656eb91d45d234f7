// Helper processes: started, talked to, and killed in bounded time whatever state they are in.
#pragma once

#include <vigil/descriptor.hpp>

#include "sys/outcome.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::sys {

// How many bytes went through a channel; none and `closed` once the other end is gone, none and not `closed` when it
// has to be tried again later.
struct Transfer {
  std::size_t bytes = 0;
  bool closed = false;
};

// How a process ended.
struct Ending {
  int code = 0;       // what it exited with
  int signal = 0;     // or what killed it; 0 where nothing did
  bool known = true;  // false where another part of the program has asked first
};

// A process that has one end of a channel as its standard input and output. It inherits no other descriptor, no signal
// mask and no ignored signal, its errors go nowhere, and it is in a process group of its own, so that Ctrl-C at a
// terminal does not end it before this program says so.
//
// Destroying it kills it. Nothing here waits for longer than it says: a process that hangs in a call of the system
// stays until that returns, and is taken off the system's list of processes when this program next starts or ends
// one. One thread at a time.
class Process {
 public:
  virtual ~Process() = default;

  // Neither ever waits.
  virtual Transfer receive(std::span<char> room) = 0;
  virtual Transfer send(std::string_view bytes) = 0;

  // Whether Processes::look() found something to do: bytes to receive, the end of the channel or of the process; or
  // room to send, where that is wanted.
  virtual bool ready() const = 0;
  virtual void want_room(bool wanted) = 0;

  // Whether the end of the process makes it ready. Not on Linux before 5.4: there it has to be asked for.
  virtual bool tells_end() const = 0;

  // Ends the channel and the process. Idempotent.
  virtual void kill() = 0;

  // Nothing while it lives; waits for its end at most so long.
  virtual std::optional<Ending> ended(std::chrono::milliseconds wait_max) = 0;

  virtual int id() const = 0;
};

// Starts processes and waits for all of them at once. Outlives them. One thread at a time, except descriptor().
class Processes {
 public:
  virtual ~Processes() = default;

  // Readable when a process is ready.
  virtual Descriptor descriptor() const = 0;

  // Finds out which processes are ready. True when there may be more.
  virtual bool look() = 0;

  // Fails with what the system says when the program cannot be executed.
  virtual Outcome<std::unique_ptr<Process>> start(const std::string& program,
                                                  const std::vector<std::string>& arguments) = 0;
};

Outcome<std::unique_ptr<Processes>> open_processes();

// Killed processes that the system still holds, of the whole program. Takes those off its list that have ended.
std::size_t held_processes();

// What this process was started from, for it to be started once more.
std::string running_program();

// A program of this name beside the running one, or else in a directory of PATH; empty where there is none.
std::string find_program(std::string_view name);

// A path as the user writes it, made absolute by the working directory, still as users write paths. Asks no file
// system. Fails where the working directory was removed.
Outcome<std::string> complete_path(const std::string& path);

}  // namespace vigil::sys
