// What all watchers have in common that are programs and print a record for each event.
#pragma once

#include "conformance/child_process.hpp"
#include "conformance/subject.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vigil::conformance {

// Finds out by cookies that the program has caught up: it creates a file in a directory that the program watches as
// well, and waits for its event. As a queue that is full loses cookies too, a new one is made from time to time. And as
// a program may have more to do once it has read all, or report what it found in one go in any order, it counts as
// done when several cookies in a row brought nothing but themselves.
//
// Derived classes say how the program is called and what its records mean. One thread at a time.
class ProcessSubject : public Subject {
 public:
  Status start(const Setup& setup) final;
  void begin_batch() final;
  Told collect(std::chrono::milliseconds timeout) final;
  void pause() final { child_->pause(); }
  void resume() final { child_->resume(); }
  void stop() override { child_.reset(); }

 protected:
  // The command line; may keep parts of the setup.
  virtual ChildOptions command_line(const Setup& setup) = 0;

  // Adds what a record says.
  virtual void read(const std::string& record, std::vector<Observation>& events) = 0;

  // Returns once the roots are watched.
  virtual Status wait_until_ready(Deadline deadline) = 0;

  // Where cookies are made. In more than one directory where the program reads each by itself.
  virtual std::vector<std::string> cookie_directories() const { return {setup_.cookie_directory}; }

  // How long the program may keep half a move for itself, waiting for the other half, while it reports what came later.
  virtual std::chrono::milliseconds move_wait() const { return std::chrono::milliseconds(0); }

  // Nothing follows but what happens from now on, as far as the events so far can tell.
  virtual bool complete(const std::vector<Observation>&) { return true; }

  const Setup& setup() const { return setup_; }
  ChildProcess& child() { return *child_; }

  // Adds the events of records until new cookies show; false when it did not.
  bool wait_for_cookie(Deadline deadline);

  // Adds the events of the next record, if one comes; false when the deadline passed or the program ended.
  bool read_record(Deadline deadline);

 private:
  bool catch_up(Deadline deadline);
  bool make_cookies();
  bool has_cookies() const;
  bool is_cookie(const Observation& event) const;
  bool is_cookie_directory(const std::string& path) const;
  std::string why_silent();
  void wait_for_silence(Deadline deadline);

  Setup setup_;
  std::unique_ptr<ChildProcess> child_;
  std::vector<Observation> events_;
  bool held_ = false;
  int cookies_ = 0;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> cookie_places_;  // by directory, at the start
  std::map<std::string, int> cookies_seen_;                                       // the last one, by directory
  std::size_t news_ = 0;                                                          // events so far that no cookie caused
};

// The first word of a program's output that has a digit in it; empty when the program is not there.
std::string program_version(const std::vector<std::string>& arguments);

}  // namespace vigil::conformance
