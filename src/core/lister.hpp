// Opens, watches and reads directories ahead of the engine.
#pragma once

#include "backend/backend.hpp"
#include "core/patrol.hpp"
#include "sys/disk.hpp"
#include "sys/outcome.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vigil::core {

// A directory that is to be opened, and what came of it.
struct Errand {
  std::uint32_t number = 0;  // the engine's own
  std::string path;
};

struct Listed {
  std::uint32_t number = 0;
  sys::Outcome<std::unique_ptr<sys::Directory>> opened;  // what was read ahead of it, read() gives at once
  sys::Outcome<std::int32_t> watched;                    // to be adopted, or abandoned, by the backend
};

// Does with a directory what the engine would do itself, in the same order: open, watch, read. One thread at a time.
class Lister {
 public:
  virtual ~Lister() = default;

  // From how many directories on it is worth calling.
  virtual std::size_t worth() const = 0;

  // Leaves work to it. The order is not kept.
  virtual void ask(std::vector<Errand> errands) = 0;

  // What is done by now. `wait`: there is nothing else to do; it may be none all the same.
  virtual std::vector<Listed> take(bool wait) = 0;

  // Has a patrol run meanwhile, and takes it from the caller; or does not, where nobody is there to run it.
  virtual bool send(std::unique_ptr<Patrol>& /*patrol*/) { return false; }

  // Those that ran by now. `wait`: there is nothing else to do; it may be none all the same.
  virtual std::vector<std::unique_ptr<Patrol>> take_patrols(bool /*wait*/) { return {}; }

  // For measuring how long something took. Stands still where time is only an argument.
  virtual std::chrono::steady_clock::time_point clock() const { return {}; }

  // There is nothing under way, and nothing is to come soon.
  virtual void rest() = 0;
};

// What one errand is: for listers.
Listed run_errand(const Errand& errand, sys::Disk& disk, backend::Backend& backend);

// With a thread of its own, which lives from ask() to rest(). Where no thread can be had, take() does the work.
// Disk and backend outlive it.
std::unique_ptr<Lister> make_lister(sys::Disk& disk, backend::Backend& backend);

}  // namespace vigil::core
