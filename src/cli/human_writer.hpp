// Events for a person: one line each. docs/cli.md shows them.
#pragma once

#include "cli/event_writer.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace vigil::cli {

// One thread at a time.
class HumanWriter final : public EventWriter {
 public:
  // Paths below `directory` are shown relative to it. It is absolute and normalised; empty: nothing is relative.
  // With `name_of_process` changes end with who made them.
  HumanWriter(std::string directory, bool colored, std::function<std::string(int pid)> name_of_process = {});

  void write(const Event& event, Output& output) override;

  // The line without its end. Valid until the next call.
  std::string_view line(const Event& event);

 private:
  void append_kind(Kind kind);
  void append_path(std::string_view path, EntryType type);
  void append_change(const Event& event);
  void append_notice(const Event& event);

  void append_process(int pid);

  std::string directory_;
  bool colored_;
  std::function<std::string(int pid)> name_of_process_;
  std::string line_;
};

}  // namespace vigil::cli
