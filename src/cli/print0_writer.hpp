// Only the paths that changed, each followed by a NUL byte: for xargs -0 and its like.
#pragma once

#include "cli/event_writer.hpp"
#include "cli/human_writer.hpp"

#include <string>

namespace vigil::cli {

// Of a renamed entry both paths are written, the old one first. Notices go to the standard error in words. One thread
// at a time.
class Print0Writer final : public EventWriter {
 public:
  explicit Print0Writer(std::string directory);
  void write(const Event& event, Output& output) override;

 private:
  HumanWriter notices_;
};

}  // namespace vigil::cli
