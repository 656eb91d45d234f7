#include "event/net.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vigil::event {

namespace {

using Id = std::uint32_t;
constexpr Id kNone = std::numeric_limits<Id>::max();
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

struct Stamp {
  std::uint64_t seq = 0;
  Timestamp time{};
  int pid = 0;
};

const Stamp& later(const Stamp& one, const Stamp& other) { return one.seq < other.seq ? other : one; }

// A file, directory or link, wherever it is.
struct Entry {
  EntryType type = EntryType::unknown;
  std::uint32_t changes = 0;  // a bit for each Kind
  Id start = kNone;           // the slot it was in before the first event
  Id now = kNone;             // the slot it came to last

  bool may_be_directory() const { return type == EntryType::directory || type == EntryType::unknown; }
  bool has(Kind kind) const { return (changes >> static_cast<unsigned>(kind) & 1) != 0; }
};

// A path, with the entry that was there before the first event and the one that is there now.
struct Slot {
  std::string_view path;
  Id before = kNone;
  Id after = kNone;
  bool synthetic = true;
  Stamp settled;                     // when `after` came, or nothing was left; 0 for what was there before
  Stamp changed;                     // when an entry here was written or the like
  std::uint64_t emptied = 0;         // the last time a directory was removed from here
  std::uint64_t lost_with = kNever;  // when, in the net effect, a directory above is removed and `before` with it
};

// What became of a directory and those above it.
struct Above {
  std::uint64_t emptied = 0;          // the last time one of them was removed
  std::uint64_t first_lost = kNever;  // the first time, in the net effect, that one is removed
};

using AboveByDirectory = std::unordered_map<std::string_view, Above>;

struct NetEvent {
  Kind kind;
  EntryType type;
  Id slot;
  Id from;
  Stamp stamp;
};

bool is_before(const NetEvent& one, const NetEvent& other) { return one.stamp.seq < other.stamp.seq; }

// The change of an entry that is where it was; `created` for none.
Kind strongest_change(const Entry& entry) {
  for (const Kind kind : {Kind::modified, Kind::attributes, Kind::closed, Kind::opened, Kind::accessed}) {
    if (entry.has(kind)) return kind;
  }
  return Kind::created;
}

}  // namespace

class NetEffect::Ledger {
 public:
  explicit Ledger(char separator) : separator_(separator) {}

  void add(const Event& event);
  void take(Batch& out);
  void take(std::vector<Batch>& out, std::size_t events_max);
  std::size_t memory_bytes() const;

 private:
  Id find(std::string_view path) const;
  Id slot_that_may_be_free(std::string_view path);
  Id slot_with_entry(std::string_view path, EntryType type);
  Id add_entry(EntryType type, Id start);
  void vacate(Id slot, const Stamp& stamp);
  void occupy(Id slot, Id entry, const Stamp& stamp);
  void move(const Event& event, const Stamp& stamp);

  void apply_removals_of_directories();
  Above look_above(std::string_view path, AboveByDirectory& known) const;
  void add_directory(std::string_view directory, Above& above) const;
  bool is_told_by_move(const Slot& slot) const;
  bool came_by_move(Id slot) const;
  bool is_in_place_of(const Entry& after, const Entry& before) const;
  void tell(Id slot, std::vector<NetEvent>& told) const;
  void tell_arrival(Id slot, std::vector<NetEvent>& told) const;
  std::vector<NetEvent> net_events();
  void append(const NetEvent& net, Batch& out) const;

  char separator_;
  Batch texts_;  // holds no events, only the paths
  std::vector<Slot> slots_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, Id> slot_by_path_;
  bool directory_removed_ = false;
};

Id NetEffect::Ledger::find(std::string_view path) const {
  const auto found = slot_by_path_.find(path);
  return found == slot_by_path_.end() ? kNone : found->second;
}

Id NetEffect::Ledger::slot_that_may_be_free(std::string_view path) {
  if (const Id known = find(path); known != kNone) return known;
  const Id slot = static_cast<Id>(slots_.size());
  slots_.emplace_back().path = texts_.store(path);
  slot_by_path_.emplace(slots_.back().path, slot);
  return slot;
}

Id NetEffect::Ledger::slot_with_entry(std::string_view path, EntryType type) {
  const Id known = find(path);
  const Id slot = known != kNone ? known : slot_that_may_be_free(path);
  if (known == kNone) slots_[slot].before = slots_[slot].after = add_entry(type, slot);
  // That it is spoken of proves that it exists.
  if (slots_[slot].after == kNone) occupy(slot, add_entry(type, kNone), slots_[slot].settled);
  Entry& entry = entries_[slots_[slot].after];
  if (entry.type == EntryType::unknown) entry.type = type;
  return slot;
}

Id NetEffect::Ledger::add_entry(EntryType type, Id start) {
  entries_.push_back({type, 0, start, start});
  return static_cast<Id>(entries_.size() - 1);
}

void NetEffect::Ledger::vacate(Id id, const Stamp& stamp) {
  Slot& slot = slots_[id];
  if (slot.after == kNone) return;
  if (entries_[slot.after].may_be_directory()) {
    slot.emptied = stamp.seq;
    directory_removed_ = true;
  }
  slot.after = kNone;
  slot.settled = stamp;
}

void NetEffect::Ledger::occupy(Id slot, Id entry, const Stamp& stamp) {
  slots_[slot].after = entry;
  slots_[slot].settled = stamp;
  entries_[entry].now = slot;
}

void NetEffect::Ledger::move(const Event& event, const Stamp& stamp) {
  const Id from = slot_with_entry(event.from, event.type);
  const Id to = event.replaced ? slot_with_entry(event.path, event.type) : slot_that_may_be_free(event.path);
  const Id entry = slots_[from].after;
  slots_[from].synthetic &= event.synthetic;
  slots_[to].synthetic &= event.synthetic;
  vacate(from, stamp);
  vacate(to, stamp);
  occupy(to, entry, stamp);
}

void NetEffect::Ledger::add(const Event& event) {
  const Stamp stamp{event.seq, event.time, event.pid};
  if (event.kind == Kind::renamed) return move(event, stamp);
  if (event.kind == Kind::created) {
    const Id slot = slot_that_may_be_free(event.path);
    slots_[slot].synthetic &= event.synthetic;
    vacate(slot, stamp);
    return occupy(slot, add_entry(event.type, kNone), stamp);
  }
  const Id slot = slot_with_entry(event.path, event.type);
  slots_[slot].synthetic &= event.synthetic;
  if (event.kind == Kind::removed) return vacate(slot, stamp);
  slots_[slot].changed = stamp;
  entries_[slots_[slot].after].changes |= std::uint32_t{1} << static_cast<unsigned>(event.kind);
}

// Only now, and for all at once: a removal need not visit what was gathered below its directory.
void NetEffect::Ledger::apply_removals_of_directories() {
  std::vector<Id> gone;
  AboveByDirectory known;
  for (Id id = 0; id < slots_.size(); ++id) {
    Slot& slot = slots_[id];
    const Above above = look_above(slot.path, known);
    slot.lost_with = above.first_lost;
    if (slot.after != kNone && above.emptied > slot.settled.seq) gone.push_back(id);
  }
  for (const Id id : gone) slots_[id].after = kNone;
}

// Up to the next directory that is known, then down again: each is asked for once, however deep the tree is.
Above NetEffect::Ledger::look_above(std::string_view path, AboveByDirectory& known) const {
  Above above;
  std::vector<std::string_view> unknown;
  while (true) {
    const std::size_t end = path.rfind(separator_);
    if (end == std::string_view::npos) break;
    path = path.substr(0, end);
    if (const auto found = known.find(path); found != known.end()) {
      above = found->second;
      break;
    }
    unknown.push_back(path);
  }
  for (; !unknown.empty(); unknown.pop_back()) {
    add_directory(unknown.back(), above);
    known.emplace(unknown.back(), above);
  }
  return above;
}

void NetEffect::Ledger::add_directory(std::string_view directory, Above& above) const {
  const Id id = find(directory);
  if (id == kNone) return;
  const Slot& slot = slots_[id];
  above.emptied = std::max(above.emptied, slot.emptied);
  if (slot.before == kNone || slot.after == slot.before) return;
  above.first_lost = std::min(above.first_lost, slot.settled.seq);
}

// The entry that came to this slot is as it was, and its old path is free: one event tells both. It must be told while
// the directory it left still exists in the net effect.
bool NetEffect::Ledger::came_by_move(Id id) const {
  const Slot& slot = slots_[id];
  const Entry& entry = entries_[slot.after];
  if (entry.start == kNone) return false;
  if (entry.has(Kind::modified) || entry.has(Kind::attributes)) return false;
  const Slot& start = slots_[entry.start];
  if (start.after != kNone || start.lost_with <= slot.settled.seq) return false;
  const bool had = slot.before != kNone && slot.lost_with == kNever;
  return !had || !is_in_place_of(entry, entries_[slot.before]);
}

bool NetEffect::Ledger::is_told_by_move(const Slot& slot) const {
  const Id now = entries_[slot.before].now;
  return now != kNone && slots_[now].after == slot.before && came_by_move(now);
}

// A path that goes on naming an entry of this type counts as changed. A directory never does: another one holds other
// entries.
bool NetEffect::Ledger::is_in_place_of(const Entry& after, const Entry& before) const {
  return after.type == before.type && !after.may_be_directory();
}

void NetEffect::Ledger::tell_arrival(Id id, std::vector<NetEvent>& told) const {
  const Slot& slot = slots_[id];
  const Entry& entry = entries_[slot.after];
  if (came_by_move(id)) {
    told.push_back({Kind::renamed, entry.type, id, entry.start, slot.settled});
  } else {
    told.push_back({Kind::created, entry.type, id, kNone, slot.settled});
  }
}

void NetEffect::Ledger::tell(Id id, std::vector<NetEvent>& told) const {
  const Slot& slot = slots_[id];
  const bool had = slot.before != kNone && slot.lost_with == kNever;
  const bool has = slot.after != kNone;
  if (!had && !has) return;
  if (!had) return tell_arrival(id, told);
  const Entry& before = entries_[slot.before];
  if (!has) {
    if (!is_told_by_move(slot)) told.push_back({Kind::removed, before.type, id, kNone, slot.settled});
    return;
  }
  const Entry& after = entries_[slot.after];
  if (slot.before == slot.after) {
    const Kind kind = strongest_change(after);
    if (kind != Kind::created) told.push_back({kind, after.type, id, kNone, later(slot.settled, slot.changed)});
  } else if (is_in_place_of(after, before)) {
    told.push_back({Kind::modified, after.type, id, kNone, later(slot.settled, slot.changed)});
  } else {
    told.push_back({Kind::removed, before.type, id, kNone, slot.settled});
    tell_arrival(id, told);
  }
}

void NetEffect::Ledger::append(const NetEvent& net, Batch& out) const {
  Event event;
  event.kind = net.kind;
  event.type = net.type;
  event.synthetic = slots_[net.slot].synthetic;
  event.pid = net.stamp.pid;
  event.seq = net.stamp.seq;
  event.time = net.stamp.time;
  event.path = out.store(slots_[net.slot].path);
  if (net.from != kNone) event.from = out.store(slots_[net.from].path);
  out.append_unowned(event);
}

// In their order. What only the gathering needed is given back before the events are made.
std::vector<NetEvent> NetEffect::Ledger::net_events() {
  if (directory_removed_) apply_removals_of_directories();
  std::unordered_map<std::string_view, Id>().swap(slot_by_path_);
  std::vector<NetEvent> told;
  told.reserve(slots_.size());
  for (Id slot = 0; slot < slots_.size(); ++slot) tell(slot, told);
  std::vector<Entry>().swap(entries_);
  // Stable: a removal stays before what took the place.
  if (!std::is_sorted(told.begin(), told.end(), is_before)) std::stable_sort(told.begin(), told.end(), is_before);
  // Several events may stand for one change, but each stands for a number of its own as well: that of an earlier
  // change, or one left unused before a move. So there is room below.
  for (std::size_t i = told.size(); i-- > 1;) {
    std::uint64_t& seq = told[i - 1].stamp.seq;
    if (const std::uint64_t next = told[i].stamp.seq; seq >= next && next > 0) seq = next - 1;
  }
  return told;
}

void NetEffect::Ledger::take(Batch& out) {
  for (const NetEvent& net : net_events()) append(net, out);
}

void NetEffect::Ledger::take(std::vector<Batch>& out, std::size_t events_max) {
  for (const NetEvent& net : net_events()) {
    if (out.empty() || out.back().size() >= events_max) out.emplace_back();
    append(net, out.back());
  }
}

std::size_t NetEffect::Ledger::memory_bytes() const {
  // What a node of the index takes beside its pair: a link, the hash, and malloc's own word.
  constexpr std::size_t kNodeBytes = sizeof(std::pair<std::string_view, Id>) + 3 * sizeof(void*);
  return texts_.memory_bytes() + slots_.capacity() * sizeof(Slot) + entries_.capacity() * sizeof(Entry) +
         slot_by_path_.size() * kNodeBytes + slot_by_path_.bucket_count() * sizeof(void*);
}

NetEffect::NetEffect(char separator) : separator_(separator) {}
NetEffect::~NetEffect() = default;
NetEffect::NetEffect(NetEffect&&) noexcept = default;
NetEffect& NetEffect::operator=(NetEffect&&) noexcept = default;

bool NetEffect::accepts(const Event& event) {
  if (event.kind > Kind::accessed) return false;
  if (event.kind != Kind::renamed) return true;
  return event.type != EntryType::directory && event.type != EntryType::unknown;
}

void NetEffect::add(const Event& event) {
  if (ledger_ == nullptr) ledger_ = std::make_unique<Ledger>(separator_);
  ledger_->add(event);
}

bool NetEffect::empty() const { return ledger_ == nullptr; }

std::size_t NetEffect::memory_bytes() const { return ledger_ == nullptr ? 0 : ledger_->memory_bytes(); }

// What a burst needed is given back.
void NetEffect::take(Batch& out) {
  if (const std::unique_ptr<Ledger> ledger = std::move(ledger_)) ledger->take(out);
}

void NetEffect::take(std::vector<Batch>& out, std::size_t events_max) {
  if (const std::unique_ptr<Ledger> ledger = std::move(ledger_)) ledger->take(out, events_max);
}

}  // namespace vigil::event
