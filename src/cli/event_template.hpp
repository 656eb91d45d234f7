// `--template`: lines of the user's own making.
#pragma once

#include <vigil/result.hpp>

#include "cli/event_writer.hpp"
#include "cli/human_writer.hpp"
#include "cli/json_writer.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// A text with placeholders, understood. Immutable.
class EventTemplate {
 public:
  enum class Field : std::uint8_t { text, kind, path, relative, name, directory, from, type, time, seq, pid, process };
  struct Piece {
    Field field = Field::text;
    std::string text;  // of Field::text
  };

  // Placeholders are {kind}, {path}, ...; "{{" and "}}" stand for braces; \n, \t, \0 and \\ for what they are in C. A
  // line feed is added at the end, unless that is \0. Fails for anything else in braces or after a backslash.
  static Result<EventTemplate> parse(std::string_view text);

  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::vector<Piece> pieces_;
};

// Fills the template in for each change; notices go to the standard error in words. Paths are written in their exact
// bytes. One thread at a time.
class TemplateWriter final : public EventWriter {
 public:
  // {relative} is taken from the directory.
  TemplateWriter(EventTemplate event_template, std::string directory,
                 std::function<std::string(int pid)> name_of_process);
  void write(const Event& event, Output& output) override;

 private:
  void append(EventTemplate::Field field, const Event& event);

  EventTemplate template_;
  std::string directory_;
  std::function<std::string(int pid)> name_of_process_;
  HumanWriter notices_;
  TimeText time_;
  std::string line_;
};

}  // namespace vigil::cli
