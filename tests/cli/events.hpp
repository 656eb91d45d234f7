// Events for the tests of the command.
#pragma once

#include <vigil/event.hpp>

#include <string_view>

namespace vigil::cli {

inline Event event_of(Kind kind, EntryType type, std::string_view path) {
  Event event;
  event.kind = kind;
  event.type = type;
  event.path = path;
  event.seq = 1;
  return event;
}

inline Event renamed_event(EntryType type, std::string_view from, std::string_view path) {
  Event event = event_of(Kind::renamed, type, path);
  event.from = from;
  return event;
}

}  // namespace vigil::cli
