// Events for a person: one line each. docs/cli.md shows them.
#pragma once

#include "cli/event_writer.hpp"

#include <string>
#include <string_view>

namespace vigil::cli {

// One thread at a time.
class HumanWriter final : public EventWriter {
 public:
  // Paths below `directory` are shown relative to it. It is absolute and normalised; empty: nothing is relative.
  HumanWriter(std::string directory, bool colored);

  void write(const Event& event, Output& output) override;

  // The line without its end. Valid until the next call.
  std::string_view line(const Event& event);

 private:
  void append_kind(Kind kind);
  void append_path(std::string_view path, EntryType type);
  void append_change(const Event& event);
  void append_notice(const Event& event);

  std::string directory_;
  bool colored_;
  std::string line_;
};

}  // namespace vigil::cli
