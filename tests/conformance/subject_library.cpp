// Vigil through include/vigil/watcher.hpp.
#include <vigil/version.h>
#include <vigil/watcher.hpp>

#include "conformance/files.hpp"
#include "conformance/subject.hpp"
#include "conformance/subject_command.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace vigil::conformance {
namespace {

using namespace std::chrono_literals;

Observation observation_of(const Event& event) {
  return {event.kind,
          event.type,
          event.synthetic,
          event.replaced,
          event.code,
          event.seq,
          files::in_scripts(std::string(event.path)),
          files::in_scripts(std::string(event.from)),
          std::string(event.reason)};
}

// What the three ways have in common.
class LibrarySubject : public Subject {
 public:
  ~LibrarySubject() override = default;

  bool can(Ability ability) const override {
    if (ability == Ability::records) return files::records_tell_everything();
    if (ability == Ability::closed) return files::records_tell_closing();
    return ability != Ability::process;
  }

  Status start(const Setup& setup) override {
    Options options = setup.options;
    prepare(options);
    auto opened = Watcher::open(std::move(options));
    if (!opened) return std::move(opened).error();
    watcher_.emplace(*std::move(opened));
    for (const WatchedRoot& root : setup.roots) {
      if (auto added = add_root(root); !added) return added;
    }
    return Done{};
  }

  Status add_root(const WatchedRoot& root) override { return watcher_->add(root.path, root.options); }
  Status remove_root(const std::string& path) override { return watcher_->remove(path); }

  Told collect(std::chrono::milliseconds timeout) override {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    Told told;
    for (;;) {
      const auto synced = watcher_->sync(deadline - std::chrono::steady_clock::now());
      for (Observation& event : take()) told.events.push_back(std::move(event));
      if (synced) return told;
      // What waits for the consumer has to be taken before there is room for more.
      if (synced.error().code() == ErrorCode::limit_reached) continue;
      told.failure = synced.error().message();
      return told;
    }
  }

  void stop() override {
    if (watcher_) watcher_->stop();
  }

 protected:
  virtual void prepare(Options&) {}
  virtual std::vector<Observation> take() = 0;

  // Ends before the members of a derived class that callbacks and threads use.
  void close() {
    stop();
    watcher_.reset();
  }

  Watcher& watcher() { return *watcher_; }

 private:
  std::optional<Watcher> watcher_;
};

// Asks for events only when the script asks: in between the library's own thread drains the kernel.
class PullingSubject final : public LibrarySubject {
 public:
  ~PullingSubject() override { close(); }

 private:
  std::vector<Observation> take() override {
    std::vector<Observation> events;
    for (;;) {
      const auto batch = watcher().wait(0ns);
      if (!batch || batch->empty()) return events;
      for (const Event& event : *batch) events.push_back(observation_of(event));
    }
  }
};

class CallbackSubject final : public LibrarySubject {
 public:
  ~CallbackSubject() override { close(); }

 private:
  void prepare(Options& options) override {
    options.callback = [this](const Batch& batch) {
      const std::lock_guard lock(mutex_);
      for (const Event& event : batch) events_.push_back(observation_of(event));
    };
  }

  std::vector<Observation> take() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

  std::mutex mutex_;
  std::vector<Observation> events_;
};

// A thread sits in wait() all the time, as in most programs: it reads the kernel's queue itself.
class WaitingSubject : public LibrarySubject {
 public:
  ~WaitingSubject() override {
    stop();
    if (thread_.joinable()) thread_.join();
    close();
  }

  Status start(const Setup& setup) override {
    if (auto started = LibrarySubject::start(setup); !started) return started;
    thread_ = std::thread([this] { pull(); });
    return Done{};
  }

 private:
  void pull() {
    while (const auto batch = watcher().wait(2ms)) {
      const std::lock_guard lock(mutex_);
      for (const Event& event : *batch) events_.push_back(observation_of(event));
      if (batch->empty()) ++idle_waits_;
      changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  // What sync() made ready has been taken once a wait() that began after it came back with nothing: the second one
  // to do so, as the first may have begun before.
  std::vector<Observation> take() override {
    std::unique_lock lock(mutex_);
    const auto enough = idle_waits_ + 2;
    changed_.wait(lock, [&] { return ended_ || idle_waits_ >= enough; });
    return std::exchange(events_, {});
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Observation> events_;
  std::uint64_t idle_waits_ = 0;
  bool ended_ = false;
  std::thread thread_;
};

// The same, with the directories read by helper processes.
class IsolatedSubject final : public WaitingSubject {
 public:
  explicit IsolatedSubject(std::string helper) : helper_(std::move(helper)) {}

 private:
  void prepare(Options& options) override {
    options.isolation = Isolation::process;
    options.helper = helper_;
  }

  std::string helper_;
};

template <typename Kind>
SubjectKind library_kind(const char* name) {
  return {name, [] { return std::string(VIGIL_VERSION); }, [] { return std::make_unique<Kind>(); }};
}

}  // namespace

Status Subject::add_root(const WatchedRoot&) { return Error(ErrorCode::invalid_argument, "cannot add roots"); }
Status Subject::remove_root(const std::string&) { return Error(ErrorCode::invalid_argument, "cannot drop roots"); }

std::vector<SubjectKind> vigil_subjects(const std::string& command) {
  return {library_kind<WaitingSubject>("vigil"),
          library_kind<PullingSubject>("vigil-late"),
          library_kind<CallbackSubject>("vigil-callback"),
          {"vigil-isolated", [] { return std::string(VIGIL_VERSION); },
           [command] { return std::make_unique<IsolatedSubject>(command); }},
          command_subject(command)};
}

}  // namespace vigil::conformance
