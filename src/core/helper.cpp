#include "core/helper.hpp"

#include "backend/isolated/protocol.hpp"
#include "backend/open.hpp"
#include "core/attesting_disk.hpp"
#include "core/delivery.hpp"
#include "core/engine.hpp"
#include "sys/channel.hpp"
#include "sys/disk.hpp"
#include "sys/error_codes.hpp"
#include "sys/mounts.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace vigil::core {

namespace isolated = backend::isolated;

namespace {

using Clock = std::chrono::steady_clock;
using isolated::MessageType;
using tree::NodeId;

constexpr std::size_t kPieceBytes = 64 * 1024;

// Entries told of before their inode was known. Those beyond are not recognised when they are moved while no helper
// lives.
constexpr std::size_t kUnidentifiedMax = 256 * 1024;

// One thread, as in a watcher: it sleeps in the kernel until there are records, requests or room to send, and does a
// bounded piece of work.
class Helper {
 public:
  explicit Helper(sys::Channel& channel) : channel_(channel) {}

  int run();

 private:
  // requests
  void receive();
  void on_message(const isolated::Message& message);
  void on_hello(std::string_view content);
  void on_watch(std::string_view content);
  void on_entries(std::string_view content);
  void on_begin();
  void on_number(const isolated::Message& message);
  void refuse(Error error);
  void fail(std::string_view reason);

  // work
  void work();
  void settle_syncs();
  void watch_over_work();
  void on_disk_returned();
  void rest();
  bool is_work_due() const;
  bool is_idle() const { return !engine_->busy() && !engine_->next_deadline(); }
  bool sleep();

  // answers
  void compose();
  bool has_events();
  void write_some_events();
  void write_event(isolated::Writer& writer, const Event& event, const Engine::Standing& standing);
  std::string_view relative(std::string_view path, std::string& room) const;
  NodeId find(std::string_view relative, const Engine::Standing& standing) const;
  void write_some_identities();
  void keep_alive();
  void send();
  isolated::Counters counters() const;

  struct Sync {
    std::uint64_t number;
    backend::Mark mark;
    bool prove = true;
  };
  struct Settled {
    std::uint64_t number;
    std::uint64_t last_queued;  // the batch after which it is to be said
  };

  sys::Channel& channel_;
  const std::thread::id thread_ = std::this_thread::get_id();
  isolated::Inbox inbox_;
  std::string outbox_;
  std::optional<int> exit_code_;
  bool greeted_ = false;
  bool begun_ = false;

  isolated::Watch watch_;
  std::string prefix_;
  NodeId recalled_ = tree::kNoNode;  // the directory in which the next entry told by the program may be
  std::unique_ptr<sys::Watchdog> watchdog_;
  std::unique_ptr<sys::Disk> disk_;
  std::unique_ptr<backend::Backend> backend_;
  std::unique_ptr<sys::Mounts> mounts_;
  std::unique_ptr<Lister> lister_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Delivery> delivery_;

  std::deque<Sync> syncs_;
  std::deque<Settled> settled_;
  Batch batch_;                 // being told
  std::size_t next_event_ = 0;  // of the batch
  bool told_since_ = false;     // events were written since the last `told`
  Timestamp told_until_{};      // as in the last of those
  std::vector<NodeId> unidentified_;
  std::string path_;  // room for those of the event that is written
  std::string from_;
  Clock::time_point sent_{};
  std::uint64_t progress_ = 0;
  bool working_ = false;
};

int Helper::run() {
  write(outbox_, isolated::Hello{.role = isolated::Hello::Role::helper});
  for (bool has_records = true;;) {
    receive();
    if (exit_code_) break;
    if (begun_ && (has_records || is_work_due())) work();
    compose();
    send();
    if (exit_code_) break;
    has_records = sleep();
  }
  send();  // the last words
  return *exit_code_;
}

void Helper::receive() {
  std::array<char, kPieceBytes> room;
  const sys::Transfer received = channel_.receive(room);
  if (received.closed) exit_code_ = 0;
  if (received.bytes == 0) return;
  inbox_.add({room.data(), received.bytes});
  for (isolated::Message message; !exit_code_;) {
    const isolated::Inbox::State found = inbox_.next(message);
    if (found == isolated::Inbox::State::nothing) return;
    if (found == isolated::Inbox::State::nonsense) {
      fail("the program sent a message that is too long");
    } else {
      on_message(message);
    }
  }
}

void Helper::on_message(const isolated::Message& message) {
  if (!greeted_) {
    if (message.type != MessageType::hello) return fail("the program did not say hello");
    return on_hello(message.content);
  }
  switch (message.type) {
    case MessageType::watch: return on_watch(message.content);
    case MessageType::entries: return on_entries(message.content);
    case MessageType::begin: return on_begin();
    case MessageType::sync:
    case MessageType::ping: return on_number(message);
    default: return fail("the program sent a message out of place");
  }
}

void Helper::on_hello(std::string_view content) {
  isolated::Hello hello;
  if (!isolated::read(content, hello) || hello.role != isolated::Hello::Role::program) {
    return fail("the program is none that vigil helps");
  }
  if (!isolated::common_version(hello)) return fail("the program speaks another version of the protocol");
  greeted_ = true;
}

void Helper::on_watch(std::string_view content) {
  if (engine_ != nullptr) return fail("the program asked for a second root");
  if (!isolated::read(content, watch_) || watch_.path.empty()) {
    return fail("the program sent a request that cannot be read");
  }
  sys::Outcome<std::unique_ptr<sys::Watchdog>> watchdog = sys::open_watchdog(watch_.hang_timeout);
  if (!watchdog) return fail(sys::words_of(watchdog.error));
  watchdog_ = std::move(watchdog.value);

  Options options;
  options.kinds = watch_.kinds;
  for (const Kind kind : {Kind::created, Kind::removed, Kind::renamed}) options.kinds.insert(kind);
  options.queue_bytes_max = watch_.queue_bytes_max;
  disk_ = make_attesting_disk(sys::make_disk(), [this] { on_disk_returned(); });
  prefix_ = disk_->prefix(watch_.path);
  sys::Outcome<std::unique_ptr<sys::Mounts>> mounts = sys::open_mounts();
  if (!mounts) return fail(sys::words_of(mounts.error));
  mounts_ = std::move(mounts.value);
  const auto join = [this](Descriptor descriptor) { return mounts_->join(descriptor); };
  Result<std::unique_ptr<backend::Backend>> backend = backend::open_backend(watch_.backend, options.kinds, join);
  if (!backend) {
    const Error& error = backend.error();
    return refuse({error.code(), "cannot watch '" + watch_.path + "': " + error.message(), error.os_code()});
  }
  backend_ = std::move(*backend);
  lister_ = make_lister(*disk_, *backend_);
  const Engine::Ground ground{mounts_.get(), watch_.backend, watch_.max_watches};
  engine_ = std::make_unique<Engine>(options.kinds, *disk_, *backend_, *lister_, ground);
  delivery_ = std::make_unique<Delivery>(options, disk_->separator());
  watch_.options.initial = true;  // the program has to know what there is, whether its consumer is told or not
  if (!watch_.known) return;
  const Status recalled = engine_->recall(watch_.path, watch_.options, watch_.only);
  if (!recalled) return refuse(recalled.error());
  recalled_ = engine_->standing(watch_.path)->node;
}

void Helper::on_entries(std::string_view content) {
  if (recalled_ == tree::kNoNode || begun_) return fail("the program told of entries out of place");
  const tree::Tree& tree = engine_->tree();
  isolated::Reader reader(content);
  while (!reader.at_end()) {
    isolated::Entry entry;
    isolated::read(reader, entry);
    for (std::uint64_t up = 0; up < entry.up && recalled_ != tree::kNoNode; ++up) recalled_ = tree.parent(recalled_);
    if (reader.failed() || recalled_ == tree::kNoNode || tree.find(recalled_, entry.name) != tree::kNoNode) {
      return fail("the program told of entries that cannot be");
    }
    const NodeId node = engine_->recall_entry(recalled_, entry.name, entry.type, entry.inode);
    if (entry.type == EntryType::directory) recalled_ = node;
  }
  if (!reader.complete()) fail("the program sent entries that cannot be read");
}

void Helper::on_begin() {
  if (engine_ == nullptr || begun_) return fail("the program sent a message out of place");
  watchdog_->begin();
  const Clock::time_point now = Clock::now();
  const isolated::ToldUntil before{disk_->now(), now};
  Batch out;
  if (watch_.known) {
    engine_->resume(watch_.path, watch_.told_until.time, watch_.told_until.moment, now, out);
  } else if (const Status added = engine_->add(watch_.path, watch_.options, now, out); !added) {
    return refuse(added.error());
  }
  watchdog_->end();
  begun_ = true;
  write(outbox_, isolated::Answer{});
  // What was changed before is in the listing that begins now.
  if (!watch_.known) write(outbox_, isolated::Told{before, {}, counters()});
  delivery_->push(std::move(out), now);
}

void Helper::on_number(const isolated::Message& message) {
  std::uint64_t number = 0;
  if (!begun_ || !isolated::read_number(message.content, number) || number == 0) {
    return fail("the program sent a request that cannot be read");
  }
  if (message.type == MessageType::ping) {
    write(outbox_, isolated::Alive{number, counters()});
  } else {
    syncs_.push_back({number, engine_->mark()});
  }
}

// The program closes the channel when it has read this.
void Helper::refuse(Error error) {
  if (watchdog_ != nullptr) watchdog_->end();
  write(outbox_, isolated::Answer{static_cast<int>(error.code()), error.os_code(), error.message()});
}

void Helper::fail(std::string_view reason) {
  if (exit_code_) return;
  isolated::write_failed(outbox_, reason);
  exit_code_ = 1;
}

void Helper::work() {
  // The rest stays with the kernel, whose queue is bounded too; what that drops is repaired.
  if (delivery_->full()) return;
  watch_over_work();
  const Clock::time_point now = Clock::now();
  Batch out;
  engine_->step(now, out);
  delivery_->push(std::move(out), now);
  settle_syncs();
  if (!engine_->busy() && engine_->pending_directories() == 0) rest();
}

// However long a piece of work takes, as long as the file system answers nobody hangs: a directory may be large, and
// each question slow. The program is told as well, for it may wait for an answer. Any thread, but only one may write.
void Helper::on_disk_returned() {
  watchdog_->go_on();
  if (!begun_ || std::this_thread::get_id() != thread_) return;
  keep_alive();
  send();
}

// What is due waits for the consumer, or there is nothing: nobody hangs.
void Helper::rest() {
  watchdog_->end();
  working_ = false;
}

void Helper::settle_syncs() {
  while (!syncs_.empty()) {
    const Clock::time_point now = Clock::now();
    Batch out;
    const bool settled = engine_->settle(syncs_.front().mark, syncs_.front().prove, now, out);
    delivery_->push(std::move(out), now);
    if (!settled) return;
    settled_.push_back({syncs_.front().number, delivery_->last_queued()});
    syncs_.pop_front();
  }
}

// Work that gets on is no reason to bite, however long it takes.
void Helper::watch_over_work() {
  std::uint64_t progress = 0;
  for (const std::uint64_t part :
       {std::uint64_t{engine_->tree().size()}, backend_->records(), std::uint64_t{backend_->watches()},
        std::uint64_t{engine_->pending_directories()}, engine_->counters().events}) {
    progress = progress * 31 + part;
  }
  if (working_ && progress == progress_) return;
  working_ = true;
  progress_ = progress;
  watchdog_->begin();
}

bool Helper::is_work_due() const {
  if (engine_->busy() || !syncs_.empty()) return true;
  const std::optional<Clock::time_point> deadline = engine_->next_deadline();
  return deadline && Clock::now() >= *deadline;
}

// True when there are records, or may be.
bool Helper::sleep() {
  const bool works = begun_ && !delivery_->full();
  if (works && engine_->busy()) return true;
  if (begun_ && !works) rest();
  // There is room to send, and more to be sent.
  if (begun_ && outbox_.empty() && (has_events() || (is_idle() && !unidentified_.empty()))) return false;
  std::optional<Clock::time_point> until;
  if (works) until = engine_->next_deadline();
  if (working_ || !syncs_.empty()) {
    const Clock::time_point next_sign = sent_ + watch_.hang_timeout / 4;
    until = until ? std::min(*until, next_sign) : next_sign;
  }
  return channel_.sleep(works && !engine_->deaf() ? std::optional(engine_->descriptor()) : std::nullopt,
                        !outbox_.empty(), until);
}

void Helper::compose() {
  if (!begun_ || exit_code_) return;
  bool more = has_events();
  for (; more && outbox_.size() < isolated::kContentBytesUsual; more = has_events()) write_some_events();
  if (!more) {
    if (is_idle()) write_some_identities();
    const Engine::Standing standing = *engine_->standing(watch_.path);
    const isolated::ToldUntil until{standing.told_until, standing.told_at};
    // Once more when it has become quiet, for what was found out meanwhile.
    if (told_since_ || (is_idle() && until.time > told_until_)) {
      write(outbox_, isolated::Told{until, std::string(standing.only), counters()});
      told_since_ = false;
      told_until_ = until.time;
    }
  }
  while (!settled_.empty() && settled_.front().last_queued <= delivery_->last_taken() && next_event_ == batch_.size()) {
    isolated::write_number(outbox_, MessageType::synced, settled_.front().number);
    settled_.pop_front();
  }
  if (working_ || !syncs_.empty()) keep_alive();
}

bool Helper::has_events() {
  while (next_event_ == batch_.size()) {
    std::optional<Batch> batch = delivery_->take();
    if (!batch) return false;
    batch_ = std::move(*batch);
    next_event_ = 0;
  }
  return true;
}

void Helper::write_some_events() {
  const Engine::Standing standing = *engine_->standing(watch_.path);
  isolated::Writer writer(outbox_, MessageType::events);
  while (next_event_ != batch_.size() && writer.content_bytes() < isolated::kContentBytesUsual) {
    write_event(writer, batch_[next_event_++], standing);
  }
  told_since_ = true;
}

void Helper::write_event(isolated::Writer& writer, const Event& event, const Engine::Standing& standing) {
  isolated::ToldEvent told;
  told.event = event;
  told.about_watcher = event.path.empty();
  told.event.path = relative(event.path, path_);
  told.event.from = relative(event.from, from_);
  if (event.kind == Kind::created || event.kind == Kind::renamed || event.kind == Kind::modified) {
    // Of what has the path by now, which may be ahead of the event: what comes between is told by the change time.
    const NodeId node = find(told.event.path, standing);
    if (node != tree::kNoNode) {
      told.inode = engine_->tree().inode(node);
      if (told.inode == 0 && unidentified_.size() < kUnidentifiedMax) unidentified_.push_back(node);
    }
  }
  write(writer, told);
}

// With '/' between the names, whatever separates them in events.
std::string_view Helper::relative(std::string_view path, std::string& room) const {
  if (path.size() <= prefix_.size()) return {};
  path.remove_prefix(prefix_.size());
  if (disk_->separator() == '/') return path;
  room = path;
  std::replace(room.begin(), room.end(), disk_->separator(), '/');
  return room;
}

NodeId Helper::find(std::string_view relative, const Engine::Standing& standing) const {
  const tree::Tree& tree = engine_->tree();
  NodeId node = standing.node;
  if (relative.empty()) return tree.find(node, standing.only);
  while (node != tree::kNoNode) {
    const std::size_t slash = relative.find('/');
    node = tree.find(node, relative.substr(0, slash));
    if (slash == std::string_view::npos) return node;
    relative.remove_prefix(slash + 1);
  }
  return node;
}

// A new directory is known by its inode once it was opened, a file when it was quiet for a moment.
void Helper::write_some_identities() {
  const tree::Tree& tree = engine_->tree();
  const Engine::Standing standing = *engine_->standing(watch_.path);
  while (!unidentified_.empty() && outbox_.size() < isolated::kContentBytesUsual) {
    isolated::Writer writer(outbox_, MessageType::identities);
    while (!unidentified_.empty() && writer.content_bytes() < isolated::kContentBytesUsual) {
      const NodeId node = unidentified_.back();
      unidentified_.pop_back();
      if (!tree.alive(node) || tree.inode(node) == 0 || tree.root(node) != standing.node || node == standing.node) {
        continue;
      }
      std::string path;
      if (standing.only.empty()) tree.append_path(node, path);
      write(writer, isolated::Identity{path, tree.inode(node)});
    }
  }
}

// Where it takes long to find out what is asked, the program is told now and then that this goes on.
void Helper::keep_alive() {
  if (!outbox_.empty() || Clock::now() < sent_ + watch_.hang_timeout / 4) return;
  write(outbox_, isolated::Alive{0, counters()});
}

void Helper::send() {
  while (!outbox_.empty()) {
    const sys::Transfer sent = channel_.send(outbox_);
    if (sent.closed) exit_code_ = 0;
    if (sent.bytes == 0) return;
    outbox_.erase(0, sent.bytes);
    sent_ = Clock::now();
  }
}

isolated::Counters Helper::counters() const {
  isolated::Counters counters;
  counters.records = backend_->records();
  counters.losses = engine_->counters().losses;
  counters.repairs = engine_->counters().repairs;
  counters.watches = backend_->watches();
  counters.directories_pending = engine_->pending_directories();
  return counters;
}

}  // namespace

int run_helper() {
  const sys::Outcome<std::unique_ptr<sys::Channel>> channel = sys::open_channel();
  return channel ? Helper(*channel.value).run() : 1;
}

}  // namespace vigil::core
