#include "cli/run_changes.hpp"

#include "cli/paths.hpp"

#include <utility>

namespace vigil::cli {
namespace {

// Of an entry, besides its names.
constexpr std::size_t kEntryBytes = 256;

}  // namespace

RunChanges::RunChanges() : net_(kSeparator) {}

void RunChanges::add(const Event& event) {
  bytes_ += kEntryBytes + event.path.size() + event.from.size();
  if (event::NetEffect::accepts(event)) {
    net_.add(event);
    return;
  }
  net_.take(told_);
  told_.append(event);
}

Batch RunChanges::take() {
  net_.take(told_);
  bytes_ = 0;
  return std::exchange(told_, Batch());
}

}  // namespace vigil::cli
