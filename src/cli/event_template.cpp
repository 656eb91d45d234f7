#include "cli/event_template.hpp"

#include "cli/diagnostics.hpp"
#include "cli/format.hpp"
#include "cli/nearest.hpp"
#include "cli/option_values.hpp"
#include "cli/paths.hpp"

#include <iterator>
#include <optional>
#include <utility>

namespace vigil::cli {
namespace {

using Field = EventTemplate::Field;

constexpr std::pair<std::string_view, Field> kFields[] = {
    {"kind", Field::kind}, {"path", Field::path},           {"relative", Field::relative},
    {"name", Field::name}, {"directory", Field::directory}, {"from", Field::from},
    {"type", Field::type}, {"time", Field::time},           {"seq", Field::seq},
    {"pid", Field::pid},   {"process", Field::process}};

Result<Field> field_named(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& [word, field] : kFields) {
    if (word == name) return field;
    known.emplace_back(word);
  }
  return usage_error(formatted("--template: unknown placeholder '{{{}}}'{}; there are {{{}}}", name,
                               suggestion(name, known), fmt::join(known, "}, {")));
}

std::optional<char> escaped(char letter) {
  switch (letter) {
    case 'n': return '\n';
    case 't': return '\t';
    case '0': return '\0';
    case '\\': return '\\';
    default: return {};
  }
}

// The path up to its last separator, the separator not included; empty where there is none.
std::string_view directory_of(std::string_view path) {
  const std::size_t separator = path.rfind(kSeparator);
  if (separator == std::string_view::npos) return {};
  return path.substr(0, separator == 0 ? 1 : separator);
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind(kSeparator) + 1); }

}  // namespace

Result<EventTemplate> EventTemplate::parse(std::string_view text) {
  EventTemplate result;
  std::string plain;
  const auto end_plain = [&] {
    if (!plain.empty()) result.pieces_.push_back({Field::text, std::exchange(plain, {})});
  };
  while (!text.empty()) {
    const char first = text.front();
    const std::string_view rest = text.substr(1);
    if (first == '\\') {
      const std::optional<char> character = rest.empty() ? std::nullopt : escaped(rest.front());
      if (!character) {
        return usage_error(formatted("--template: '\\{}' is none of \\n, \\t, \\0, \\\\", rest.substr(0, 1)));
      }
      plain += *character;
      text.remove_prefix(2);
    } else if ((first == '{' || first == '}') && rest.starts_with(first)) {
      plain += first;
      text.remove_prefix(2);
    } else if (first == '{') {
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) return usage_error("--template: a '{' is not closed; '{{' stands for one");
      const Result<Field> field = field_named(rest.substr(0, end));
      if (!field) return field.error();
      end_plain();
      result.pieces_.push_back({*field, {}});
      text = rest.substr(end + 1);
    } else if (first == '}') {
      return usage_error("--template: a '}' without a '{'; '}}' stands for one");
    } else {
      plain += first;
      text.remove_prefix(1);
    }
  }
  if (plain.empty() || plain.back() != '\0') plain += '\n';
  end_plain();
  return result;
}

TemplateWriter::TemplateWriter(EventTemplate event_template, std::string directory,
                               std::function<std::string(int pid)> name_of_process)
    : template_(std::move(event_template)),
      directory_(directory),
      name_of_process_(std::move(name_of_process)),
      notices_(std::move(directory), false) {}

void TemplateWriter::write(const Event& event, Output& output) {
  if (!is_change(event.kind)) {
    diagnose(notices_.line(event));
    return;
  }
  line_.clear();
  for (const EventTemplate::Piece& piece : template_.pieces()) {
    if (piece.field == Field::text) {
      line_ += piece.text;
    } else {
      append(piece.field, event);
    }
  }
  output.append(line_);
}

void TemplateWriter::append(Field field, const Event& event) {
  switch (field) {
    case Field::text: break;
    case Field::kind: line_ += to_string(event.kind); break;
    case Field::path: line_ += event.path; break;
    case Field::relative: line_ += relative_path(event.path, directory_); break;
    case Field::name: line_ += name_of(event.path); break;
    case Field::directory: line_ += directory_of(event.path); break;
    case Field::from: line_ += event.from; break;
    case Field::type: line_ += to_string(event.type); break;
    case Field::time: {
      char text[TimeText::kSize];
      line_.append(text, time_.write(event.time, text));
      break;
    }
    case Field::seq: append_formatted(line_, "{}", event.seq); break;
    case Field::pid:
      if (event.pid != 0) append_formatted(line_, "{}", event.pid);
      break;
    case Field::process:
      if (event.pid != 0) line_ += name_of_process_(event.pid);
      break;
  }
}

}  // namespace vigil::cli
