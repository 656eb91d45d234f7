// Where a watcher's events come from: its own engine, or helper processes with an engine each.
#pragma once

#include <vigil/event.hpp>
#include <vigil/options.hpp>
#include <vigil/result.hpp>
#include <vigil/watcher.hpp>

#include "backend/backend.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::core {

// Never sleeps, and takes the time as an argument. One thread at a time.
class Source {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  virtual ~Source() = default;

  // Begins to watch a root.
  virtual Status add(std::string_view path, const RootOptions& options, Moment now, Batch& out) = 0;

  // How adding a root ended: nothing while it is under way. Failed once, the root is not watched.
  virtual std::optional<Status> added(std::string_view path) = 0;

  virtual Status remove(std::string_view path) = 0;

  // Gives what there is to tell, as far as a bounded piece of work finds out.
  virtual void step(Moment now, Batch& out) = 0;

  // There is work to do without anything new having come: step() is to be called again at once.
  virtual bool busy() const = 0;

  // When step() has something to do though nothing came.
  virtual std::optional<Moment> next_deadline() const = 0;

  // The descriptor says nothing for now: it may be readable though step() can do nothing about it before its deadline.
  virtual bool deaf() const { return false; }

  // A place in the stream: everything that happened before the call.
  virtual backend::Mark mark() = 0;

  // Whether all up to the mark was given. `prove`: look at what was only assumed, which is done once; then it is false.
  virtual bool settle(backend::Mark mark, bool& prove, Moment now, Batch& out) = 0;

  // Gives an `error` that arose elsewhere.
  virtual void report(std::string_view reason, Moment now, Batch& out) = 0;

  // A snapshot of a root is made in three steps. refresh() asks the disk for what it does not know the look of, a
  // bounded piece at each call, of which the first says so; `waiting`: it cannot begin before some steps were made.
  // `fresh`: as done, but for something that was changed just now, of which more is known after a tick of the clock.
  enum class Refreshed { waiting, more, done, fresh };
  virtual Result<Refreshed> refresh(std::string_view path, bool begin) = 0;

  // Then all is read up to a mark made after that, so that what was changed before it was asked about is told.
  virtual bool has_read(backend::Mark mark) const = 0;

  // Then the bytes of the snapshot: what was told, with the changes of the root that still wait for the consumer.
  virtual Result<std::string> capture(std::string_view path, const std::vector<const Event*>& waiting) = 0;

  // Fills in what it knows.
  virtual void count(Stats& stats) const = 0;

  // How much was read so far: whether what comes is dense.
  virtual std::uint64_t records() const = 0;

  // Of those, what is of no concern.
  virtual std::uint64_t foreign_records() const { return 0; }

  // Readable when step() has something to do.
  virtual Descriptor descriptor() const = 0;
};

}  // namespace vigil::core
