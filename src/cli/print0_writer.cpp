#include "cli/print0_writer.hpp"

#include "cli/diagnostics.hpp"

#include <algorithm>
#include <string_view>

namespace vigil::cli {
namespace {

void append_path(Output& output, std::string_view path) {
  char* out = output.reserve(path.size() + 1);
  out = std::copy(path.begin(), path.end(), out);
  *out++ = '\0';
  output.commit(out);
}

}  // namespace

Print0Writer::Print0Writer(std::string directory) : notices_(std::move(directory), false) {}

void Print0Writer::write(const Event& event, Output& output) {
  if (!is_change(event.kind)) {
    diagnose(notices_.line(event));
    return;
  }
  if (event.kind == Kind::renamed) append_path(output, event.from);
  append_path(output, event.path);
}

}  // namespace vigil::cli
