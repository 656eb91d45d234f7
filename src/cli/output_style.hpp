// How events are written, and by whom.
#pragma once

#include "cli/event_template.hpp"
#include "cli/event_writer.hpp"

#include <memory>
#include <optional>
#include <string>

namespace vigil::cli {

enum class Format { human, json, print0 };
enum class Color { automatic, always, never };

struct OutputStyle {
  Format format = Format::human;
  std::optional<EventTemplate> event_template;  // takes the place of the format
  Color color = Color::automatic;
  bool who = false;  // with the name of the process that did it
};

// For the standard output. Paths below `directory` may be shown relative to it.
std::unique_ptr<EventWriter> make_event_writer(const OutputStyle& style, const std::string& directory);

}  // namespace vigil::cli
