// The net effect of a run of events: each path at most once. Pure.
#pragma once

#include <vigil/event.hpp>

#include <cstddef>

namespace vigil::event {

// Gathers changes (created, removed, renamed, modified, attributes, closed, opened, accessed) and gives their net
// effect. Applied to any model on which the gathered events apply, the net events lead to the same model.
//
//   nothing before, nothing after           no event
//   nothing before, an entry after          created; or renamed, when an entry that is as it was came from a path that
//                                           is free now
//   an entry before, nothing after          removed (unless told by a renamed; left out below a removed directory)
//   the same path, the same type            modified, when content was written or another file took its place; else
//                                           attributes, closed, opened, accessed: the first of these that happened
//   the same path, another type, or another directory: removed, then created: the one case of two events a path
//
// An entry that was renamed and written comes as removed and created. A net event bears the seq and time of the last
// event it stands for, and is synthetic when all of them were; events come in ascending seq, so that parents are created before what is in them
// and removed after.
//
// One thread at a time.
class NetEffect {
 public:
  NetEffect();
  ~NetEffect();
  NetEffect(NetEffect&&) noexcept;
  NetEffect& operator=(NetEffect&&) noexcept;

  // Whether the event can be merged with those gathered. Not so for a renamed directory, which changes the paths of
  // all below it, and for events about the watch itself: the caller takes what was gathered, then passes the event on
  // as it is.
  bool accepts(const Event& event) const;

  // Texts are copied.
  void add(const Event& event);

  bool empty() const;
  std::size_t memory_bytes() const;  // about

  // Appends the net events to `out` and starts anew.
  void take(Batch& out);
};

}  // namespace vigil::event
