#include "sim/simulation.hpp"

#include "backend/inotify/backend.hpp"
#include "backend/poll/backend.hpp"
#include "backend/windows/backend.hpp"
#include "core/engine.hpp"
#include "core/flags.hpp"
#include "fake/fake_kernel.hpp"
#include "fake/fake_lister.hpp"
#include "fake/operations.hpp"
#include "sim/consumer_model.hpp"
#include "sim/ignored_model.hpp"
#include "sys/error_codes.hpp"
#include "sys/sleeper.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace vigil::sim {
namespace {

using fake::Call;
using fake::Operation;
using namespace std::chrono_literals;

constexpr std::string_view kCallNames[] = {"open",      "list",         "status",       "resolve", "clock",
                                           "add_watch", "remove_watch", "read_records", "pending", "read_file"};

// After so long without an event, polls included, nothing more is to come.
constexpr auto kQuietTime = 7s;

// More than a run ever needs.
constexpr std::size_t kManyWatches = 1000;

// What the seed chose for a run.
struct Setting {
  fake::KernelOptions kernel;
  fake::WorkOptions work;
  RootOptions root;
  std::size_t buffer_bytes = backend::inotify::InotifyBackend::kBufferBytes;
  unsigned told_max = backend::windows::WindowsBackend::kToldMax;
  unsigned acts_in_1000 = 0;      // of the calls of the code under test, how many find something changed
  unsigned faults_in_1000 = 0;    // and how many fail for want of something
  bool root_by_link = false;      // the root is given by a link to it
  bool overlapping_root = false;  // a second root, a directory inside the first
  bool file_root = false;         // another, a file inside the first
  bool comes_and_goes = false;    // the last root is removed and added again
  bool root_moves = false;
  std::size_t step_bytes = 0;    // after which a step leaves the rest to the next; 0: as it is
  bool pauses = false;           // writers are taken off their processors within an operation
  std::size_t lister_worth = 0;  // from how many directories on they are listed ahead
  std::string excluded_name;     // empty: no filter
};

Setting choose(std::uint64_t seed, const Choices& choices) {
  const System system = choices.system;
  std::mt19937_64 random(seed * 7919);
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  Setting setting;
  setting.kernel.seed = seed;
  setting.kernel.block_entries = 1 + random() % 6;
  setting.kernel.keeps_birth_time = !one_in(4);
  setting.kernel.reuse_watches = one_in(3);
  if (one_in(3)) setting.kernel.queue_max = 8 + random() % 60;
  if (one_in(5)) setting.kernel.watches_max = 4 + random() % 12;
  setting.work.tops = {"/r", "/r", "/r", "/r", "/o"};
  setting.work.depth = 2 + static_cast<unsigned>(random() % 3);
  setting.work.exchanges = one_in(3);
  setting.work.closes_directories = one_in(5);
  setting.acts_in_1000 = one_in(4) ? 0 : static_cast<unsigned>(random() % 300);
  setting.faults_in_1000 = one_in(4) ? static_cast<unsigned>(random() % 60) : 0;
  setting.root.initial = one_in(2);
  setting.root.recursive = !one_in(10);
  setting.root_by_link = one_in(8);
  setting.overlapping_root = one_in(6);
  if (setting.overlapping_root) setting.work.tops.emplace_back("/r/s");
  setting.file_root = one_in(6);
  if (setting.file_root) setting.work.names.emplace_back("f");
  setting.work.links = !setting.file_root;  // where a link leads that once was the root cannot be told afterwards
  setting.comes_and_goes = one_in(6);
  if (one_in(4)) setting.buffer_bytes = 300 + random() % 1000;
  setting.root_moves = one_in(6);
  if (one_in(6)) {
    setting.excluded_name = "d";
    setting.root.exclude = {"d"};
  }
  setting.lister_worth = one_in(3) ? kManyWatches : 1 + random() % 4;
  setting.pauses = one_in(3);
  if (one_in(3)) setting.step_bytes = 1000 + random() % 3000;
  if (system == System::windows) {
    setting.work.exchanges = false;  // there is no such call
    setting.work.closes_directories = false;
    setting.kernel.reuse_inodes = false;
    if (setting.kernel.watches_max < kManyWatches) setting.kernel.watches_max = 1 + random() % 3;
    if (one_in(2)) setting.told_max = 1 + static_cast<unsigned>(random() % 16);
    if (one_in(3)) setting.kernel.other_names_in_1000 = 1 + static_cast<unsigned>(random() % 400);
  }
  if (system == System::polled && one_in(4)) setting.kernel.tick = 2s;  // as FAT stamps contents
  if (choices.heeds_ignore_files) {
    setting.root.ignore.standard = true;
    setting.work.ignore_files = true;
    setting.work.hard_links = false;  // what is written through another name of a file of rules is not told
    if (!one_in(6)) setting.kernel.watches_max = std::max(setting.kernel.watches_max, kManyWatches);
  }
  // The tree of the engine can be taken for the listing of one root only.
  if (setting.overlapping_root || setting.file_root || setting.comes_and_goes) setting.root.initial = true;
  return setting;
}

std::string words(const Setting& setting) {
  const auto number = [](auto value) { return ' ' + std::to_string(value); };
  std::string text = "queue" + number(setting.kernel.queue_max) + ", watches" + number(setting.kernel.watches_max) +
                     ", acts" + number(setting.acts_in_1000) + ", faults" + number(setting.faults_in_1000) +
                     ", buffer" + number(setting.buffer_bytes) + ", told" + number(setting.told_max) + ", other names" +
                     number(setting.kernel.other_names_in_1000);
  const auto add = [&](bool is_so, std::string_view what) {
    if (is_so) text.append(", ").append(what);
  };
  add(setting.kernel.reuse_watches, "watch numbers used again");
  add(!setting.kernel.keeps_birth_time, "no birth time");
  add(setting.work.closes_directories, "closes directories");
  add(setting.root.initial, "initial");
  add(!setting.root.recursive, "not recursive");
  add(setting.root_by_link, "root by link");
  add(setting.overlapping_root, "overlapping root");
  add(setting.file_root, "file root");
  add(setting.comes_and_goes, "comes and goes");
  add(setting.root_moves, "root moves");
  add(setting.pauses, "pauses");
  add(setting.step_bytes != 0, "short steps");
  add(!setting.excluded_name.empty(), "exclude");
  add(setting.root.ignore.standard, "ignore files");
  return text;
}

class Simulation {
 public:
  Simulation(std::uint64_t seed, const Choices& choices, bool with_log)
      : setting_(choose(seed, choices)),
        random_(seed),
        kernel_(setting_.kernel),
        worker_(kernel_),
        work_(seed, setting_.work),
        backend_(open_backend(choices.system)),
        lister_(seed, setting_.lister_worth, kernel_.disk(), *backend_),
        engine_(kDefaultKinds, kernel_.disk(), *backend_, lister_),
        with_log_(with_log) {
    if (setting_.step_bytes != 0) engine_.bound_steps(setting_.step_bytes);
  }

  Outcome run(std::size_t operations) {
    kernel_.make_directory("/r");
    kernel_.make_directory("/o");
    if (setting_.overlapping_root) kernel_.make_directory("/r/s");
    if (setting_.root_by_link) kernel_.make_link("/r", "/l");
    left_ = operations;
    log(words(setting_));
    for (auto before = random_() % 150; before > 0; --before) take_turn("before");
    kernel_.hook = [this](Call call) { on_call(call); };
    kernel_.fault = [this](Call call) { return fault(call); };
    add_roots();
    while (left_ > 0 && failure_.empty()) {
      const auto burst = std::min<std::size_t>(left_, random_() % 12);
      for (std::size_t i = 0; i < burst; ++i) take_turn("between");
      pass(random_() % 8 == 0 ? 15ms : 50us);
      step();
      if (random_() % 40 == 0) become_quiet();
      if (random_() % 40 == 0) synchronise();
      if (setting_.comes_and_goes && random_() % 100 == 0) change_roots();
    }
    become_quiet();
    kernel_.hook = nullptr;
    kernel_.fault = nullptr;
    outcome_.failure = failure_;
    outcome_.losses = engine_.counters().losses;
    outcome_.listed_ahead = lister_.count();
    return std::move(outcome_);
  }

 private:
  std::unique_ptr<backend::Backend> open_backend(System system) {
    if (system == System::windows) {
      return std::make_unique<backend::windows::WindowsBackend>(kernel_.open_directory_reads(), setting_.told_max);
    }
    if (system == System::polled) {
      return std::make_unique<backend::poll::PollBackend>(std::move(sys::open_silence().value));
    }
    return std::make_unique<backend::inotify::InotifyBackend>(kernel_.open_inotify(), kDefaultKinds,
                                                              setting_.buffer_bytes);
  }

  struct Watched {
    std::string shown;
    std::string real;
    bool is_file;
    ConsumerModel model;
  };

  void log(const std::string& line) {
    if (with_log_) outcome_.log += line + '\n';
  }

  void fail(const std::string& reason) {
    if (!failure_.empty()) return;
    failure_ = reason;
    log("FAILED: " + reason);
  }

  void pass(std::chrono::nanoseconds time) {
    now_ += time;
    kernel_.advance(time);
  }

  // ---- the others ----

  void take_turn(const char* when) {
    if (left_ == 0) return;
    --left_;
    act(when);
  }

  void act(const char* when) {
    if (setting_.pauses && random_() % 8 == 0) kernel_.pause_operation(random_() % 3);
    if (setting_.root_moves && !watched_.empty() && random_() % 60 == 0) {
      move_root();
      return;
    }
    // Most of what is drawn cannot be done, as names are few; that is no turn.
    constexpr int kTriesMax = 20;
    for (int tries = 0; tries < kTriesMax; ++tries) {
      const Operation operation = work_.next();
      if (worker_.run(operation) != 0) continue;
      log(std::string("  ") + when + ": " + to_string(operation));
      break;
    }
    if (random_() % 4 == 0) kernel_.advance(1us);
  }

  // A root goes away, comes back, or another takes its place.
  void move_root() {
    const Watched& root = watched_[random_() % watched_.size()];
    const std::string elsewhere = "/o/root-" + root.real.substr(root.real.rfind('/') + 1);
    const auto choice = random_() % 4;
    log("  the root " + root.real + ": " + std::to_string(choice));
    switch (choice) {
      case 0: kernel_.rename(root.real, elsewhere); break;
      case 1: kernel_.rename(elsewhere, root.real); break;
      case 2: kernel_.make_directory(root.real); break;
      default:
        // A directory above a missing root that is removed while it is in use says nothing, and nobody asks its parent.
        if (setting_.overlapping_root) worker_.let_go_of_all();
        worker_.run({Operation::What::remove_tree, root.real, {}, 0});
        break;
    }
  }

  void on_call(Call call) {
    log("call " + std::string(kCallNames[static_cast<std::size_t>(call)]));
    if (call == Call::open && random_() % 16 == 0) kernel_.advance(1ms);  // it has to be read from a disk
    if (quiet_) return;
    while (random_() % 1000 < setting_.acts_in_1000) take_turn("meanwhile");
  }

  int fault(Call call) {
    if (quiet_ || random_() % 1000 >= setting_.faults_in_1000) return 0;
    int error = 0;
    if (call == Call::open) error = sys::kTooManyOpen;
    if (call == Call::add_watch) error = random_() % 2 == 0 ? sys::kNoSpace : sys::kNoMemory;
    if (error != 0) log("  fails with " + std::to_string(error));
    return error;
  }

  // ---- the watcher ----

  void add_roots() {
    add_root(setting_.root_by_link ? "/l" : "/r", "/r", false);
    if (setting_.overlapping_root) add_root("/r/./s", "/r/s", false);
    if (setting_.file_root) add_root("/r/./f", "/r/f", true);
  }

  void add_root(const std::string& shown, const std::string& real, bool is_file) {
    watched_.push_back({shown, real, is_file, ConsumerModel(shown, is_file)});
    RootOptions options = setting_.root;
    if (is_file) options.await_missing = true;
    while (true) {
      Batch batch;
      const Status added = engine_.add(shown, options, now_, batch);
      take(batch);
      if (added) return;
      // Want of a descriptor, or it is away: the caller is told.
      log("add: " + added.error().message());
      if (!is_file || kernel_.type_of("/r") != EntryType::directory) make_way(real);
      if (is_file && kernel_.type_of(real) != EntryType::unknown)
        worker_.run({Operation::What::remove_tree, real, {}, 0});
    }
  }

  // Directories all the way, whatever else has those names.
  void make_way(const std::string& path) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      const std::string above = path.substr(0, end);
      if (kernel_.type_of(above) != EntryType::directory) {
        worker_.run({Operation::What::remove_tree, above, {}, 0});
        kernel_.make_directory(above);
      }
      if (end == std::string::npos) return;
    }
  }

  void change_roots() {
    const Watched last = watched_.back();
    log("remove " + last.shown);
    if (!engine_.remove(last.shown)) fail("cannot remove " + last.shown);
    watched_.pop_back();
    if (random_() % 2 == 0) step();
    add_root(last.shown, last.real, last.is_file);
  }

  void step() {
    if (setting_.pauses && random_() % 4 == 0) kernel_.finish_operation();
    Batch batch;
    engine_.step(now_, batch);
    take(batch);
  }

  void take(const Batch& batch) {
    Watched* started = nullptr;
    for (const Event& event : batch) {
      log("    " + describe(event));
      ++outcome_.events;
      if (event.kind == Kind::degraded) ++outcome_.degraded;
      if (event.kind == Kind::restored) ++outcome_.restored;
      if (event.kind == Kind::renamed) ++outcome_.renamed;
      if (event.seq <= last_seq_) fail("seq does not rise: " + describe(event));
      last_seq_ = event.seq;
      const auto of = std::find_if(watched_.rbegin(), watched_.rend(),
                                   [&](const Watched& each) { return each.model.concerns(event); });
      if (of == watched_.rend()) {
        fail("an event of no root: " + describe(event));
        continue;
      }
      // What the rest of the batch changed is in the listing that the consumer starts from.
      if (&*of == started && is_change(event.kind)) continue;
      const std::string wrong = of->model.apply(event, kernel_.operations());
      if (!wrong.empty()) fail(wrong + ": " + describe(event));
      if (event.kind == Kind::ready && !setting_.root.initial) started = &*of;
    }
    if (started != nullptr) started->model.start(told_tree());
  }

  static bool is_change(Kind kind) { return kDefaultKinds.contains(kind); }

  static std::string describe(const Event& event) {
    std::string text =
        std::string(to_string(event.kind)) + ' ' + std::string(to_string(event.type)) + ' ' + std::string(event.path);
    if (!event.from.empty()) text += " from " + std::string(event.from);
    if (event.replaced) text += " replaced";
    if (event.synthetic) text += " synthetic";
    if (!event.reason.empty()) text += " (" + std::string(event.reason) + ')';
    return text + " #" + std::to_string(event.seq);
  }

  // What the engine listed: the base of a consumer that did not ask for the listing itself.
  ConsumerModel::Entries told_tree() const {
    ConsumerModel::Entries entries;
    const tree::Tree& tree = engine_.tree();
    tree::NodeId top = 1;
    while (!tree.alive(top) || tree.parent(top) != tree::kNoNode) ++top;
    tree.for_each(top, [&](tree::NodeId node) {
      if (node == top || (tree.flags(node) & core::kHeld) != 0) return;  // what is held will be told as created
      std::string path;
      tree.append_path(node, path);
      entries.emplace(std::move(path), ConsumerModel::Entry{tree.type(node), kernel_.operations()});
    });
    return entries;
  }

  // ---- the law ----

  // What was done before is told when settle() says so, with no waiting but for what is busy.
  void synchronise() {
    if (!failure_.empty()) return;
    quiet_ = true;
    kernel_.finish_operation();
    log("-- sync --");
    const backend::Mark mark = engine_.mark();
    bool settled = false;
    bool prove = true;
    for (int steps = 0; !settled && failure_.empty(); ++steps) {
      if (steps > 20000) return fail("sync has no end");
      step();
      Batch batch;
      settled = engine_.settle(mark, prove, now_, batch);
      take(batch);
      if (!engine_.busy() && kernel_.queued() == 0) pass(1ms);
    }
    log("-- in sync --");
    // What is polled, or was refused for want of something, is told later.
    const bool is_told_at_once =
        setting_.faults_in_1000 == 0 && (setting_.kernel.watches_max > kManyWatches || backend_->polls());
    if (failure_.empty() && is_told_at_once) check_all();
    quiet_ = false;
  }

  void check_all() {
    for (const Watched& each : watched_) check(each);
  }

  void become_quiet() {
    if (!failure_.empty()) return;
    quiet_ = true;
    kernel_.finish_operation();
    log("-- quiet --");
    const core::Moment begin = now_;
    core::Moment last_event = now_;
    for (int steps = 0;; ++steps) {
      const std::uint64_t events = outcome_.events;
      step();
      if (outcome_.events != events) last_event = now_;
      if (!failure_.empty()) return;
      if (steps > 20000) return fail("it never ends");
      if (engine_.busy() || kernel_.queued() > 0) continue;
      const std::optional<core::Moment> deadline = engine_.next_deadline();
      if (!deadline || *deadline - last_event > kQuietTime) break;
      if (now_ - begin > 20 * kQuietTime) return fail("it is never quiet");
      pass(std::max<std::chrono::nanoseconds>(*deadline - now_, 1us));
    }
    log("-- is quiet --");
    check_all();
    quiet_ = false;
  }

  void check(const Watched& watched) {
    const ConsumerModel& model = watched.model;
    if (!model.is_ready()) return fail(watched.shown + ": never ready");
    if (watched.is_file) return check_file(watched);
    const bool exists = kernel_.type_of(watched.real) == EntryType::directory;
    if (exists && model.is_lost()) return fail(watched.shown + ": not found again");
    if (!exists && !model.is_lost()) return fail(watched.shown + ": its loss was not told");
    if (!exists) return;
    if (model.is_repairing()) return fail(watched.shown + ": the repair has no end");
    compare(watched, expected(watched), kernel_.closed_directories(watched.real));
  }

  void check_file(const Watched& watched) {
    const EntryType type = kernel_.type_of(watched.real);
    const auto told = watched.model.entries().find("");
    const bool is_told = told != watched.model.entries().end() && !watched.model.is_lost();
    if (type != EntryType::file && type != EntryType::unknown) return;  // it is watched as what it is now
    if (is_told != (type == EntryType::file)) fail(watched.shown + ": was not told whether it is there");
    if (!is_told || type != EntryType::file) return;
    const fake::Entry entry = kernel_.snapshot("/r")["f"];
    if (misses_change(entry, told->second)) fail(watched.shown + ": was not told of a change");
  }

  // Where the kernel itself does not say which file was written, or that it is another, only a guess could be told.
  static bool misses_change(const fake::Entry& entry, const ConsumerModel::Entry& told) {
    return !entry.had_other_names && !entry.moved_untold && entry.written > told.told;
  }

  // The disk as the root's options show it.
  std::map<std::string, fake::Entry> expected(const Watched& watched) const {
    std::map<std::string, fake::Entry> all = kernel_.snapshot(watched.real);
    IgnoredModel ignored(kernel_, watched.real);
    std::erase_if(all, [&](const auto& entry) {
      if (!setting_.root.recursive && entry.first.find('/') != std::string::npos) return true;
      const std::string path = '/' + entry.first + '/';
      if (setting_.root.ignore.standard && ignored.is_ignored(entry.first, entry.second.type == EntryType::directory)) {
        return true;
      }
      return !setting_.excluded_name.empty() && path.find('/' + setting_.excluded_name + '/') != std::string::npos;
    });
    return all;
  }

  void compare(const Watched& watched, const std::map<std::string, fake::Entry>& truth,
               const std::vector<std::string>& closed) {
    const auto is_below_closed = [&](const std::string& path) {
      return std::any_of(closed.begin(), closed.end(), [&](const std::string& directory) {
        return directory.empty() || path.starts_with(directory + '/');
      });
    };
    const ConsumerModel::Entries& told = watched.model.entries();
    if (with_log_) {
      for (const auto& [path, entry] : truth) log("  disk: " + path + ' ' + std::string(to_string(entry.type)));
      for (const auto& [path, entry] : told) log("  told: " + path + ' ' + std::string(to_string(entry.type)));
    }
    for (const auto& [path, entry] : truth) {
      const auto found = told.find(path);
      std::string wrong;
      if (found == told.end()) {
        wrong = "was not told of ";
      } else if (found->second.type != entry.type) {
        wrong = "was told another type of ";
      } else if (entry.type == EntryType::file && misses_change(entry, found->second)) {
        wrong = "was not told of a change of ";
      }
      // What is in a directory that nobody may read need not be known, but that must have been said.
      if (wrong.empty() || (is_below_closed(path) && watched.model.was_told_of_error())) continue;
      return fail(watched.shown + ": " + wrong + path);
    }
    for (const auto& [path, entry] : told) {
      if (truth.contains(path) || (is_below_closed(path) && watched.model.was_told_of_error())) continue;
      return fail(watched.shown + ": was not told of the end of " + path);
    }
  }

  Setting setting_;
  std::mt19937_64 random_;
  fake::Kernel kernel_;
  fake::Worker worker_;
  fake::Work work_;
  std::unique_ptr<backend::Backend> backend_;
  fake::FakeLister lister_;
  core::Engine engine_;
  core::Moment now_{std::chrono::hours(1)};
  std::vector<Watched> watched_;
  std::size_t left_ = 0;
  std::uint64_t last_seq_ = 0;
  bool quiet_ = false;
  bool with_log_;
  std::string failure_;
  Outcome outcome_;
};

}  // namespace

Outcome simulate(std::uint64_t seed, std::size_t operations, const Choices& choices, bool with_log) {
  return Simulation(seed, choices, with_log).run(operations);
}

std::size_t shortest_failure(std::uint64_t seed, std::size_t operations, const Choices& choices) {
  std::size_t fails = operations;
  std::size_t passes = 0;
  while (passes + 1 < fails) {
    const std::size_t middle = passes + (fails - passes) / 2;
    if (simulate(seed, middle, choices).failure.empty()) {
      passes = middle;
    } else {
      fails = middle;
    }
  }
  return fails;
}

}  // namespace vigil::sim
