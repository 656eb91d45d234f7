// Every call to the system fails, one at a time, with each error that it might fail with: whatever that leads to is put
// right once the system answers again.
#include "sim/by_hand.hpp"

#include <cerrno>
#include <cstring>
#include <map>

namespace vigil::sim {
namespace {

using namespace std::chrono_literals;
using fake::Call;

constexpr int kErrors[] = {EIO, ENOMEM, EMFILE, ENOSPC, EINTR, ESTALE, EACCES, ELOOP};

// Longer than anything is waited for: what is polled is looked at every 2 seconds.
constexpr auto kPatience = 20s;

struct Fault {
  std::size_t first = 0;  // of all calls, counted from 1; 0: none
  std::size_t count = 1;
  int error = 0;
};

std::string words(const Fault& fault) {
  return "call " + std::to_string(fault.first) + " and " + std::to_string(fault.count - 1) + " more fail with " +
         std::strerror(fault.error);
}

// One run of the same work with one fault.
class FaultyRun final : public ByHand {
 public:
  FaultyRun(const Fault& fault, bool at_rest)
      : ByHand({.queue_max = 24, .block_entries = 3}), error_(fault.error), at_rest_(at_rest) {
    kernel_.fault = [this, fault](Call call) {
      ++calls_;
      // The clock cannot fail.
      const bool fails = calls_ >= fault.first && calls_ < fault.first + fault.count && call != Call::clock;
      if (fails) met_ = call;
      return fails ? fault.error : 0;
    };
  }

  void TestBody() override {
    make_tree();
    begin();
    change_some();
    lose_some();
    lose_the_root();
    end();
  }

  std::size_t calls() const { return calls_; }
  std::optional<Call> met() const { return met_; }
  std::string wrong() const { return wrong_.empty() ? differences() : wrong_; }

 private:
  void make_tree() {
    for (const char* const path : {"/r/a", "/r/a/b", "/r/a/b/c", "/r/d", "/r/d/e", "/o/x", "/o/x/y"}) {
      kernel_.make_directory(path);
    }
    for (const char* const path : {"/r/f", "/r/a/f", "/r/a/b/c/f", "/r/d/f", "/o/x/f", "/o/x/y/f"}) write(path);
    kernel_.make_link("f", "/r/link");
  }

  // The caller is told, and tries again.
  void begin() {
    for (int tries = 0; tries < 10; ++tries) {
      Batch batch;
      const Status added = engine_.add("/r", {.initial = true}, now_, batch);
      (void)take(batch);
      if (added) break;
      if (added.error().message().empty()) wrong_ = "add() fails without a word";
    }
    if (at_rest_) settle();
  }

  void change_some() {
    write("/r/g");
    kernel_.make_directory("/r/a/n");
    kernel_.make_directory("/r/a/n/m");
    write("/r/a/n/m/f");
    some_steps();
    kernel_.rename("/r/a/b", "/r/d/b");
    kernel_.rename("/o/x", "/r/x");
    write("/r/x/y/f");
    some_steps();
    kernel_.rename("/r/f", "/r/g");
    kernel_.exchange("/r/d", "/r/x");
    kernel_.rename("/r/link", "/o/link");
    kernel_.remove("/r/a/f");
    some_steps();
    kernel_.change_mode("/r/a", 0);
    some_steps();
    write("/r/a/hidden");
    kernel_.change_mode("/r/a", 0755);
    kernel_.make_fifo("/r/d/fifo");
    pass(200ms);
    some_steps();
  }

  void lose_some() {
    for (int round = 0; round < 20; ++round) write("/r/l" + std::to_string(round));
    kernel_.rename("/r/x/b", "/r/b");
    some_steps();
    for (int round = 0; round < 20; ++round) kernel_.remove("/r/l" + std::to_string(round));
    write("/r/b/c/f");
    pass(200ms);
    some_steps();
  }

  void lose_the_root() {
    kernel_.rename("/r", "/o/r");
    some_steps();
    write("/o/r/away");
    kernel_.remove("/o/r/g");
    kernel_.rename("/o/r", "/r");
    some_steps();
    write("/r/back");
    some_steps();
  }

  void some_steps() {
    for (int count = 0; count < 4; ++count) {
      pass(50us);
      (void)step();
    }
  }

  // The system answers again from here on.
  void end() {
    kernel_.fault = nullptr;
    // What was said to be forbidden is looked at again when permissions change.
    if (error_ == EACCES) {
      for (const auto& [path, entry] : kernel_.snapshot("/")) {
        if (entry.type != EntryType::directory) continue;
        kernel_.change_mode('/' + path, 0711);
        kernel_.change_mode('/' + path, 0755);
        (void)work();
      }
    }
    const core::Moment end = now_ + kPatience;
    for (std::size_t steps = 0; now_ < end; ++steps) {
      if (steps > 20'000) {
        wrong_ = "it has no end";
        return;
      }
      if (engine_.busy() || (kernel_.queued() > 0 && !engine_.deaf())) {
        (void)step();
        pass(1us);
        continue;
      }
      const auto deadline = engine_.next_deadline();
      if (!deadline || *deadline > end) return;
      pass(std::max<std::chrono::nanoseconds>(*deadline - now_, 1us));
      (void)step();
    }
  }

  int error_;
  bool at_rest_;  // before anything changes
  std::size_t calls_ = 0;
  std::optional<Call> met_;
  std::string wrong_;
};

const char* name_of(Call call) {
  constexpr const char* kNames[] = {"open",      "list",         "status",       "resolve", "clock",
                                    "add_watch", "remove_watch", "read_records", "pending"};
  return kNames[static_cast<std::size_t>(call)];
}

TEST(FailingCalls, AreMadeGood) {
  std::map<Call, int> met;
  for (const bool at_rest : {false, true}) {
    for (const std::size_t count : {1, 7}) {
      for (const int error : kErrors) {
        std::size_t calls = 1;
        for (std::size_t first = 1; first <= calls; ++first) {
          const Fault fault{first, count, error};
          FaultyRun run(fault, at_rest);
          run.TestBody();
          calls = run.calls();
          if (run.met()) ++met[*run.met()];
          if (run.wrong().empty() && !::testing::Test::HasFailure()) continue;
          FAIL() << words(fault) << ", the last of them " << (run.met() ? name_of(*run.met()) : "none") << ":\n"
                 << run.wrong();
        }
        EXPECT_GT(calls, 100u);
      }
    }
  }
  for (const Call call : {Call::open, Call::list, Call::status, Call::resolve, Call::add_watch, Call::remove_watch,
                          Call::read_records, Call::pending}) {
    EXPECT_GT(met[call], 0) << name_of(call);
  }
}

}  // namespace
}  // namespace vigil::sim
