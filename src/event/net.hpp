// The net effect of a run of events: each path at most once. docs/events.md, "Net delivery", specifies it. Pure.
#pragma once

#include <vigil/event.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace vigil::event {

// Gathers changes (created, removed, renamed, modified, attributes, closed, opened, accessed) and gives their net
// effect. Applied to any model on which the gathered events apply, the net events lead to the same model.
//
//   nothing before, nothing after   no event
//   nothing before, an entry after  created; or renamed, when an entry that is as it was came from a path that is free
//                                   now
//   an entry before, nothing after  removed; no event when a renamed or the removal of a directory above tells it
//   the same path, the same type    modified, when content was written or another entry took its place; else
//                                   attributes, closed, opened, accessed: the first of these that happened
//   the same path, another type,    removed, then created or renamed: the one case of two events a path
//   or another directory
//
// An entry that was moved and changed as well comes as removed and created. A directory that was removed and made
// anew took all in it along: what is in it now is created.
//
// Net events come in the order of the changes they stand for: one that says what exists bears the seq, time and pid of
// the last change to what exists under its path, any other those of the last change at all. It is synthetic when every
// event that named its path was.
//
// A move may have to be told as three events. So that their numbers can still rise by at least one, the caller leaves
// the two numbers before that of a renamed unused.
//
// A renamed that replaced an entry is taken to have replaced one of its own type, as docs/events.md promises. An event
// about an entry not heard of before is taken to speak of one that existed, unless it is created. Events that no tree
// can bring about in this order lead to no error, only to events that mean as little.
//
// One thread at a time.
class NetEffect {
 public:
  // `separator`: between the names in paths.
  explicit NetEffect(char separator = '/');
  ~NetEffect();
  NetEffect(NetEffect&&) noexcept;
  NetEffect& operator=(NetEffect&&) noexcept;

  // Whether the event can be merged with those gathered. Not so for a renamed directory, which changes the paths of
  // all below it, and for events about the watch itself: the caller takes what was gathered, then passes the event on
  // as it is.
  static bool accepts(const Event& event);

  // An accepted event, later than those before. Texts are copied.
  void add(const Event& event);

  bool empty() const;
  std::size_t memory_bytes() const;  // about

  // Appends the net events to `out` and starts anew. In several batches: to the last of them, until it has
  // `events_max`, then to a new one.
  void take(Batch& out);
  void take(std::vector<Batch>& out, std::size_t events_max);

 private:
  class Ledger;
  char separator_;
  std::unique_ptr<Ledger> ledger_;  // null while there is nothing
};

}  // namespace vigil::event
