// A watcher under test.
#pragma once

#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include "conformance/observation.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::conformance {

struct WatchedRoot {
  std::string path;  // absolute
  RootOptions options;
};

// As `settle` and `max_latency`: a batch of net delivery ends when the script checks, not before.
inline constexpr std::chrono::milliseconds kUntilChecked = std::chrono::hours(1);

// How a watcher is to be started.
struct Setup {
  std::vector<WatchedRoot> roots;
  Options options;
  std::string working_directory;            // for files of the subject's own, not watched
  std::string cookie_directory;             // empty; watched by subjects that wait for a cookie
  std::map<std::string, long> user_limits;  // of a user namespace made for the subject: "max_inotify_watches"
  bool unprivileged = false;                // runs as a user who may nothing special
};

// What a subject can do beyond reporting changes below the directories it was started with. A script that needs more
// than the subject has does not apply to it.
enum class Ability {
  exact,         // speaks vigil's terms, and keeps the replay law
  records,       // is told of everything by its system as it happens: is compared event by event
  file_root,     // watches a single file
  add_remove,    // takes and drops roots while it runs
  no_recursion,  // watches the direct entries of a directory only
  options,       // kinds, filters, net delivery, initial listing, awaited roots
  option_queue,  // bounds its queue
  refusals,      // says why a root cannot be watched
  process,       // is a process of its own: can be stopped and continued, limited, run as another user
  closed,        // tells when a file was closed after writing
  returning,     // goes on with a root that was gone, or replaced, and is there again
  root_itself,   // speaks of the root as of what is below it
};

// What a subject has said since it was last asked.
struct Told {
  std::vector<Observation> events;
  std::string failure;  // set: the subject has ended, or did not show within the time that it keeps up
};

// A watcher that is started once, asked for what it saw, and stopped. One thread at a time.
class Subject {
 public:
  virtual ~Subject() = default;

  virtual bool can(Ability ability) const = 0;

  // Returns when the roots are watched: what changes from now on is reported.
  virtual Status start(const Setup& setup) = 0;

  // With Ability::add_remove.
  virtual Status add_root(const WatchedRoot& root);
  virtual Status remove_root(const std::string& path);

  // Net delivery: what is done from now on until collect() belongs together, however long it takes.
  virtual void begin_batch() {}

  // Everything that was done before the call, as the subject reports it.
  virtual Told collect(std::chrono::milliseconds timeout) = 0;

  // With Ability::process.
  virtual void pause() {}
  virtual void resume() {}

  virtual void stop() = 0;
};

// A kind of subject. Immutable.
struct SubjectKind {
  std::string name;
  std::function<std::string()> version;  // empty: not installed
  std::function<std::unique_ptr<Subject>()> make;
};

// Vigil through its library, in each of the ways events can be taken, and through its command.
std::vector<SubjectKind> vigil_subjects(const std::string& command);

// The other watchers that Debian packages.
std::vector<SubjectKind> peer_subjects(const std::string& folder_of_scripts);

}  // namespace vigil::conformance
