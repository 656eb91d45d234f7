#include "cli/output_style.hpp"

#include "cli/human_writer.hpp"
#include "cli/json_writer.hpp"
#include "cli/print0_writer.hpp"
#include "cli/system.hpp"
#include "sys/process.hpp"

#include <cstdlib>
#include <functional>

namespace vigil::cli {
namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool wants_color(Color color) {
  if (color != Color::automatic) return color == Color::always;
  return is_terminal(standard_output()) && !is_set("NO_COLOR") && obeys_escapes(standard_output());
}

}  // namespace

std::unique_ptr<EventWriter> make_event_writer(const OutputStyle& style, const std::string& directory) {
  if (style.event_template) {
    return std::make_unique<TemplateWriter>(*style.event_template, directory, name_of_process);
  }
  std::function<std::string(int)> who;
  if (style.who) who = name_of_process;
  switch (style.format) {
    case Format::json: return std::make_unique<JsonWriter>(who);
    case Format::print0: return std::make_unique<Print0Writer>(directory);
    case Format::human: break;
  }
  return std::make_unique<HumanWriter>(directory, wants_color(style.color), who);
}

}  // namespace vigil::cli
