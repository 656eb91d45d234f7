// The terminal that vigil was started on, if any.
#pragma once

#include <memory>

namespace vigil::cli {

// One thread at a time.
class TerminalState {
 public:
  // Of the terminal that Ctrl-C on which reaches this process; nothing where there is none.
  static std::unique_ptr<TerminalState> open();

  virtual ~TerminalState() = default;

  // Remembers how the terminal is set: echo, line by line, ...
  virtual void save() = 0;

  // Sets it so again, and takes it back from processes that have ended without giving it back. Not while another job
  // has it.
  virtual void restore() = 0;

  // Whether what is typed goes to this process and its group.
  virtual bool is_ours() const = 0;
};

}  // namespace vigil::cli
