// What has changed and was not yet given to a run of the command.
#pragma once

#include <vigil/event.hpp>

#include "event/net.hpp"

#include <cstddef>

namespace vigil::cli {

// Gathers changes, of several batches perhaps, and gives their net effect: a file that was written twice while the
// command was busy is one change, and one that came and went is none. One thread at a time.
class RunChanges {
 public:
  RunChanges();

  // A change, later than those before; the texts are copied.
  void add(const Event& event);

  // Whether nothing was added since the last take().
  bool empty() const { return net_.empty() && told_.empty(); }

  // Roughly what is held.
  std::size_t bytes() const { return bytes_; }

  // The net effect, which may be nothing, and starts anew.
  Batch take();

 private:
  event::NetEffect net_;
  Batch told_;  // up to the last renamed directory, which nothing can be merged across
  std::size_t bytes_ = 0;
};

}  // namespace vigil::cli
