// One root that is watched by a helper process.
#pragma once

#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include "backend/isolated/mirror.hpp"
#include "backend/isolated/protocol.hpp"
#include "core/teller.hpp"
#include "event/filter.hpp"
#include "sys/disk.hpp"
#include "sys/process.hpp"
#include "tree/tree.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vigil::core {

// What all helpers of a watcher have in common.
struct HelperOptions {
  std::string program;
  std::chrono::milliseconds hang_timeout{};
  std::size_t queue_bytes_max = 0;
  Kinds kinds;  // to be given
  BackendChoice backend = BackendChoice::automatic;
  std::size_t max_watches = 0;
};

// Starts the helper, asks it for what is to be told, and passes that on. When the helper ends, hangs or speaks
// nonsense, the root is `lost`; once the helper is gone another one is started and told what the consumer knows, so
// that it finds the difference.
//
// What was asked of a helper is kept here, until it is answered or the root is destroyed. Never sleeps but to see a
// helper end, 100 ms at most. One thread at a time.
class HelpedRoot {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // They outlive the root.
  struct Surroundings {
    const HelperOptions& helper;
    const sys::Disk& disk;
    sys::Processes& processes;
    Teller& teller;
  };

  // `shown` is the path as the caller wrote it, `wanted` the same, absolute.
  HelpedRoot(std::string shown, std::string wanted, const RootOptions& options, event::Filter filter, tree::Tree& tree,
             Surroundings surroundings);

  // Ends the helper as end() does.
  ~HelpedRoot() { end(kEndWait); }
  HelpedRoot(const HelpedRoot&) = delete;
  HelpedRoot& operator=(const HelpedRoot&) = delete;

  // A process that was killed ends within a moment, or is held up in the system for who knows how long: it is given so
  // much time, and then left to the system.
  static constexpr std::chrono::milliseconds kEndWait{100};

  // Kills the helper, and sees it end, if it does in that time. Idempotent.
  void end(std::chrono::milliseconds wait_max);

  // Once, in a step of the teller. What goes wrong is an answer of added().
  void start(Moment now);

  // In a step of the teller, after Processes::look().
  void step(Moment now);

  bool busy() const { return more_to_receive_; }
  std::optional<Moment> next_deadline() const;

  // Nothing while it is being added. After a failure the root is of no use.
  std::optional<Status> added() const { return added_; }

  // Marks rise.
  void ask_for_sync(std::uint64_t mark, Moment now);
  bool synced(std::uint64_t mark) const { return sync_asked_ < mark || sync_answered_ >= mark; }

  const std::string& shown() const { return shown_; }
  const backend::isolated::Counters& counters() const { return counters_; }

 private:
  using MessageType = backend::isolated::MessageType;

  enum class State {
    greeting,   // `hello` was sent
    answering,  // `watch` was sent
    running,
    dying,    // killed; gone as soon as the system lets it go
    pausing,  // until another one is started
    failed,   // it could not be added
  };

  // Why a helper is of no use any more, in words that follow "its helper process".
  struct Failure {
    std::string what;
    ErrorCode code = ErrorCode::system;
    int os_code = 0;
  };

  // helped_root.cpp: the helper's life.
  void start_helper(Moment now);
  void ask_to_watch();
  void send_some(Moment now);
  void receive_some(Moment now);
  bool is_owed_an_answer() const;
  void begin_to_wait(Moment now);
  void check_deadlines(Moment now);
  void channel_closed(Moment now);
  Failure describe_end(const std::optional<sys::Ending>& ending) const;
  void fail(Failure failure, Moment now);
  void give_up(const Failure& failure);
  void restart_later(Moment now);
  void fail_to_add(Error error);

  // helped_messages.cpp: what the helper says. Each gives what is wrong with it, or nothing.
  std::string_view on_message(const backend::isolated::Message& message, Moment now);
  std::string_view on_hello(std::string_view content);
  std::string_view on_answer(std::string_view content, Moment now);
  std::string_view on_events(std::string_view content);
  std::string_view on_identities(std::string_view content);
  std::string_view on_told(std::string_view content);
  std::string_view on_synced(std::string_view content);
  std::string_view on_alive(std::string_view content);
  std::string_view on_change(const backend::isolated::ToldEvent& told);
  std::string_view on_notice(const backend::isolated::ToldEvent& told);
  void become_ready();
  void pass_on(const backend::isolated::ToldEvent& told, const backend::isolated::Mirror::Applied& applied);
  bool includes(std::string_view relative, bool is_directory) const;
  void tell(Event event);
  void tell_notice(Kind kind, std::string_view reason, int code);
  std::string_view shown_path(std::string_view relative, std::string& room) const;
  void count(const backend::isolated::Counters& counters);

  const std::string shown_;
  const std::string prefix_;
  const char separator_;  // as consumers see it; on the channel it is '/'
  const std::string wanted_;
  const RootOptions options_;
  const event::Filter filter_;
  const HelperOptions& helper_;
  sys::Processes& processes_;
  Teller& teller_;
  backend::isolated::Mirror mirror_;

  // The helper there is.
  State state_ = State::pausing;
  std::unique_ptr<sys::Process> process_;
  Moment started_{};
  Moment heard_{};  // the last sign of life since an answer is owed
  backend::isolated::Inbox inbox_;
  std::string outbox_;
  std::optional<backend::isolated::Mirror::Walk> walk_;  // what is still to be told to it
  bool more_to_receive_ = false;
  bool pinged_ = false;
  std::optional<Moment> ping_at_;
  std::string last_words_;  // why it cannot go on

  // All of them.
  std::optional<Status> added_;
  bool known_ = false;  // `ready` was told, so that the next one can be told what was told
  unsigned failures_ = 0;
  Moment restart_at_{};
  Moment look_at_{};  // dying: whether it is gone
  std::uint64_t sync_asked_ = 0;
  std::uint64_t sync_answered_ = 0;
  backend::isolated::ToldUntil told_until_;
  std::string only_;
  backend::isolated::Counters counters_;
  backend::isolated::Counters counted_before_;  // by those that are gone

  // What the consumer was told.
  bool ready_ = false;
  bool lost_ = false;
  EntryType type_ = EntryType::directory;
  std::string backend_;
  std::string ready_reason_;
  Batch early_;  // notices that arose before `ready`, which comes first
  std::string last_reason_;
  std::string path_;  // room for those of the event that is told
  std::string from_;
};

}  // namespace vigil::core
