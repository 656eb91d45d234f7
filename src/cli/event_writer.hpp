// How an event is put into words, in one of the formats of the command.
#pragma once

#include <vigil/event.hpp>

#include "cli/output.hpp"

namespace vigil::cli {

// Whether the event tells of a change below a root, and not of the watch itself ("notice" in what follows).
constexpr bool is_change(Kind kind) { return kind <= Kind::accessed; }

// Appends the text of events to an output. One thread at a time.
class EventWriter {
 public:
  virtual ~EventWriter() = default;
  virtual void write(const Event& event, Output& output) = 0;
};

}  // namespace vigil::cli
