// The file of `vigil watch --since FILE`: read at the beginning, and kept current while it is watched.
#pragma once

#include <vigil/options.hpp>
#include <vigil/result.hpp>
#include <vigil/watcher.hpp>

#include "cli/patient_mutex.hpp"
#include "sys/append_file.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace vigil::cli {

// Saved some time after something was told, and at the end; never while nothing happens. What saving costs decides how
// often it is done: a hundredth of the time at most.
//
// What is told is noted before, in FILE.told: should this process end at once, nobody knows how much of that was read,
// and the next one brings whoever reads it back to what FILE says (snapshot/told.hpp). FILE.told also keeps a second
// process off.
//
// After begin() thread-safe.
class KeptSnapshot {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // Where there is no file yet, the watch begins with what there is.
  static Result<KeptSnapshot> open(std::string file);

  // The root that the file speaks of; nothing where there is none yet.
  std::optional<std::string> path() const;

  // What the root is added with: `options`, or, where it has no filters, those of the file, and never the file itself.
  RootOptions options(const std::string& root, RootOptions options, const std::string& absolute_file) const;

  // The root was added: from here on it is kept.
  void begin(Watcher& watcher, std::string root);

  // Until what this gives ends, the batch is told: no save counts it as told meanwhile.
  using Telling = std::unique_lock<PatientMutex>;
  Telling tell(const Batch& batch);

  // When it is to be saved next; nothing where all that was told is saved.
  std::optional<Moment> due() const;

  // Not while something is told, which the thread that tells may have to wait long for. A failure is told on the
  // standard error, once; it is tried again.
  void save();

 private:
  explicit KeptSnapshot(std::string file) : file_(std::move(file)) {}

  void complain(const std::string& message);

  std::string file_;
  std::optional<Snapshot> known_;
  Watcher* watcher_ = nullptr;
  std::string root_;
  std::string prefix_;                                                      // what paths below the root begin with
  std::unique_ptr<PatientMutex> mutex_ = std::make_unique<PatientMutex>();  // guards those below
  std::unique_ptr<sys::AppendFile> told_;
  std::size_t told_bytes_ = 0;
  std::optional<Moment> due_;
  Moment not_before_{};
  bool failed_ = false;
};

}  // namespace vigil::cli
