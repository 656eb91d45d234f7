#include "core/engine.hpp"

#include "core/flags.hpp"

#include <algorithm>
#include <iterator>

namespace vigil::core {

namespace {

// How often it is tried to read a queue that could not be read.
constexpr std::chrono::seconds kDeafInterval{1};

}  // namespace

Engine::Engine(Kinds kinds, sys::Disk& disk, backend::Backend& backend, Lister& lister, const Ground& ground)
    : kinds_(kinds),
      ground_(ground),
      file_systems_(ground.mounts, ground.choice),
      disk_(disk),
      backend_(backend),
      lister_(lister) {}

Engine::~Engine() = default;

void Engine::begin_step(Moment now, Batch& out) {
  out_ = &out;
  now_ = now;
  wall_ = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

void Engine::step(Moment now, Batch& out) {
  begin_step(now, out);
  const Timestamp before = disk_.now();
  compare_clocks(before);
  older_recent_.insert(older_recent_.end(), recent_.begin(), recent_.end());
  recent_.clear();
  const backend::Backend::Drained drained = drain();
  more_records_ = drained.any && !drained.empty;
  pid_ = 0;
  if (drained.empty) {
    drained_at_ = before;
    drained_moment_ = now_;
    older_recent_.clear();
    expire_moves();
    settle_other_names();
    if (drained.any) doubts_not_before_.reset();
    follow_mounts(false);
    look_at_left_names();
    resolve_doubts();
  }
  if (prove_not_before_ && now_ >= *prove_not_before_) prove_files();
  retry_awaited();
  poll();
  compare_where_records_do_not_do();
  compare_partly_told();
  retry_watches();
  if (rules_in_use_) look_at_rules();
  scan_some();
  finish_roots();
  tell_coverage_returned();
  close_opened();
}

// When the clock of the file systems was set back since the last step, what changes from now on may bear a time from
// before those that are remembered.
void Engine::compare_clocks(Timestamp time) {
  const Timestamp expected = clock_seen_ + std::chrono::duration_cast<Timestamp::duration>(now_ - clock_seen_at_);
  const Timestamp::duration back = expected - time + kClockSlack;
  const bool was_set_back = clock_seen_ != Timestamp{} && expected - time > kClockSlack;
  clock_seen_ = time;
  clock_seen_at_ = now_;
  if (!was_set_back) return;
  for (auto& [directory, polled] : polled_) polled.since -= back;
  for (auto& unread : unread_since_) unread.second -= back;
  for (const std::unique_ptr<Root>& root : roots_) {
    root->suspect_since -= back;
    root->seen_at -= back;
  }
  const auto lower = [&](std::optional<Timestamp>& since) {
    if (since) *since -= back;
  };
  for (Scan& scan : scans_) lower(scan.since);
  for (Sent& sent : sent_) lower(sent.scan.since);
  for (PartlyListed& listing : partly_listed_) {
    lower(listing.scan.since);
    lower(listing.since);
    listing.begin -= back;
  }
  for (Move& move : moves_) move.since -= back;
  for (auto& left : other_names_.left) left.second -= back;
  for (OtherNames::Unasked& each : other_names_.unasked) each.since -= back;
  compared_since_ -= back;
  lost_again_since_ -= back;
}

// Where the queue cannot be read it is tried again every so often. What it held then may be lost.
backend::Backend::Drained Engine::drain() {
  if (deaf_until_ && now_ < *deaf_until_) return {};
  const backend::Backend::Drained drained = backend_.drain(*this);
  if (drained.error != 0) {
    if (!deaf_until_) {
      Event& event = append(Kind::error, {}, EntryType::unknown);
      event.reason = "the kernel's queue of changes cannot be read: nothing is told until it can; tried every second";
      event.code = drained.error;
    }
    deaf_until_ = now_ + kDeafInterval;
  } else if (deaf_until_) {
    deaf_until_.reset();
    lost_records("the kernel's queue of changes could not be read for a while: changes may be lost");
  }
  return drained;
}

std::optional<Moment> Engine::next_deadline() const {
  std::optional<Moment> next;
  const auto consider = [&](std::optional<Moment> moment) {
    if (moment && (!next || *moment < *next)) next = moment;
  };
  if (!deaf()) {  // or else these wait for the queue to be empty
    for (const Move& move : moves_) consider(move.deadline);
    if (!doubts_.empty()) consider(doubts_not_before_ ? *doubts_not_before_ : now_);
  }
  consider(next_poll());
  consider(deaf_until_);
  consider(prove_not_before_);
  consider(compare_not_before_);
  consider(repair_not_before_);
  consider(await_not_before_);
  consider(rules_not_before_);
  consider(file_systems_.next_look());
  if (!short_of_watches_.empty()) consider(retry_not_before_);
  if (!partly_told_.empty()) consider(partly_not_before_);
  return next;
}

bool Engine::settle(backend::Mark mark, bool& prove, Moment now, Batch& out) {
  if (backend_.position() < mark) return false;
  begin_step(now, out);
  if (prove) follow_mounts(true);
  if (prove && prove_not_before_) prove_files();
  if (prove && !backend_.weakness().empty()) {
    if (is_listing() || repairing_) return false;  // what a repair has read may be older than the mark
    compare_everything();
  }
  if (prove && backend_.polls()) {
    for (const std::unique_ptr<Root>& root : roots_) {
      if (root->state == Root::State::waiting) await(*root);
    }
  }
  if (prove && backend_.weakness().empty() && !polled_.empty()) {  // or else what is polled is compared with the rest
    const bool is_settling = std::any_of(roots_.begin(), roots_.end(), [](const std::unique_ptr<Root>& root) {
      return root->state == Root::State::listing || root->state == Root::State::repairing;
    });
    if (pass_ || is_settling) return false;  // what a pass has asked may be older than the mark
    begin_pass(true);
  }
  prove = false;
  if (pass_ || rules_due_ || rules_unsettled_ || is_listing() || is_catching_up() || !settle_fresh()) return false;
  if (!settle_moves(mark)) return false;
  if (is_listing() || repairing_) return false;
  const auto has_one_to_come = [&](const auto& noted) {
    return std::any_of(noted.begin(), noted.end(), [&](const auto& each) { return has_to_come(each.origin, mark); });
  };
  const bool all = !has_one_to_come(doubts_) && !has_one_to_come(left_names_);
  if (all && mark >= awaited_) awaited_ = 0;
  return all;
}

void Engine::report(std::string_view reason, Moment now, Batch& out) {
  begin_step(now, out);
  append(Kind::error, {}, EntryType::unknown).reason = out_->store(reason);
}

void Engine::on_hint(const backend::Hint& hint) {
  const Origin origin(*this, backend_.position());
  pid_ = hint.pid;
  if (hint.what == backend::Hint::What::everything) {
    if (std::exchange(compares_held_, false)) {
      start_repairs("what happened before the tree was listed is compared with the disk");
    } else {
      lost_records();
    }
    return;
  }
  // A hint for several nodes may have ended one of them with the first.
  if (!tree_.alive(hint.directory) || !tree_.is_directory(hint.directory)) return;
  if (hint.is_path) {
    on_path_hint(hint);
  } else if (hint.name.empty()) {
    on_directory_hint(hint);
  } else {
    on_name_hint(hint);
  }
}

void Engine::on_directory_hint(const backend::Hint& hint) {
  using What = backend::Hint::What;
  const NodeId directory = hint.directory;
  if (const auto found = by_sentinel_.find(directory); found != by_sentinel_.end()) {
    if (hint.what != What::directory_changed) on_sentinel(*found->second, hint);
    return;
  }
  Root* const root = root_of(directory);
  if (root == nullptr) return;
  const bool is_root = root->node == directory;
  switch (hint.what) {
    case What::directory_gone:
      if (is_root) lose(*root, "it was removed", 0);
      break;
    case What::directory_moved:
      if (is_root) check_root(*root);
      break;
    case What::unmounted:
      if (is_root) {
        lose(*root, "its file system was unmounted", 0);
        root->suspect_since = Timestamp::min();  // what has the numbers of what was told of may be another
      } else {
        doubt(directory);
        scan_later(directory, *root);
        unmounted_.push_back(directory);
      }
      break;
    case What::directory_changed:
      if (is_root && !root->is_file()) emit(Kind::attributes, directory, false);
      if (is_root) try_unreadable(directory);
      break;
    case What::attributes:
      if (!is_root || !root->is_file()) emit(Kind::attributes, directory, false);
      try_unreadable(directory);
      break;
    case What::watch_ended:
      if (hint.doubtful) {
        scan_later(directory, *root);
        break;
      }
      tree_.set_watch(directory, tree::kNoWatch);
      if (is_root) {
        lose(*root, "it was removed", 0);
      } else {
        doubt(directory);
      }
      break;
    default: break;
  }
}

// Finds the directory in the tree. On the way every name should be known: records come in the order of what they tell,
// and a name that a listing will tell of is below a directory that waits to be listed.
void Engine::on_path_hint(const backend::Hint& hint) {
  const Root* const root = root_of(hint.directory);
  if (root == nullptr || root->state == Root::State::waiting) return;
  backend::Hint in_directory = hint;
  in_directory.is_path = false;
  for (std::size_t slash = hint.name.find('/'); slash != std::string_view::npos; slash = in_directory.name.find('/')) {
    const std::string_view name = in_directory.name.substr(0, slash);
    NodeId child = tree_.find(in_directory.directory, name);
    if (child == tree::kNoNode && backend_.uses_other_names()) {
      std::string listed(name);
      child = find_by_other_name(in_directory.directory, listed);
      if (child == tree::kNoNode) return not_in_tree(in_directory.directory, listed);
      const bool goes = hint.what == backend::Hint::What::vanished || hint.what == backend::Hint::What::moved_from;
      in_directory.doubtful = in_directory.doubtful || goes;
    }
    if (child == tree::kNoNode || !tree_.is_directory(child)) {
      if (rules_in_use_) on_dot_git_hint(in_directory);
      not_in_tree(in_directory.directory, name);
      return;
    }
    in_directory.directory = child;
    in_directory.name.remove_prefix(slash + 1);
  }
  if (backend_.doubtful_in(in_directory.directory)) in_directory.doubtful = true;
  on_name_hint(in_directory);
}

// A record tells of something below a name that is no directory in the tree: what the directory holds is in doubt.
void Engine::not_in_tree(NodeId directory, std::string_view name) {
  if (flag(directory, kScanDue) || excluded(place_of(directory), name, true)) return;
  Root* const root = root_of(directory);
  if (root == nullptr || root->is_file() || !root->options.recursive) return;
  if (const NodeId node = tree_.find(directory, name); node != tree::kNoNode) {
    doubt(node);
    return;
  }
  const std::string path = place_of(directory).system.substr(place_of(directory).relative);
  if (!path.empty() && root->filter.excludes_all_below(std::string_view(path).substr(0, path.size() - 1))) return;
  scan_later(directory, *root, false);
}

void Engine::on_name_hint(const backend::Hint& told) {
  backend::Hint hint = told;
  using What = backend::Hint::What;
  if (tree_.parent(hint.directory) == tree::kNoNode) {
    if (const auto found = by_sentinel_.find(hint.directory); found != by_sentinel_.end()) {
      on_sentinel(*found->second, hint);
      return;
    }
  }
  if (rules_in_use_) on_rule_hint(hint);
  if (backend_.uses_other_names() && !call_by_listed_name(hint)) return;
  switch (hint.what) {
    case What::appeared: return appeared(hint);
    case What::vanished: return vanished(hint);
    case What::moved_from: return moved_from(hint);
    case What::moved_to: return moved_to(hint);
    case What::moved_away: return moved_away(hint);
    case What::uncertain: return uncertain(hint);
    case What::unknown: return watch_anew(hint);
    case What::written: return changed(Kind::modified, hint);
    case What::altered: return altered(hint);
    case What::attributes: return changed(Kind::attributes, hint);
    case What::closed: return changed(Kind::closed, hint);
    case What::opened: return changed(Kind::opened, hint);
    case What::accessed: return changed(Kind::accessed, hint);
    default: return;
  }
}

void Engine::appeared(const backend::Hint& hint) {
  const NodeId directory = hint.directory;
  if (excluded(hint)) return took_place_excluded(hint);
  if (const NodeId node = tree_.find(directory, hint.name); node != tree::kNoNode) {
    const bool is_file = !hint.is_directory && !tree_.is_directory(node);  // by all that is known
    if (take_move(node)) {
      drop(node, false);  // the name is used again, so the move's other half is not waited for
    } else if (is_file && !hint.doubtful && !is_recent(node)) {
      drop(node, false);  // nobody can have told of this one yet: the one before went, which was doubted but not told
    } else {
      // A listing told of it before the record did; or a look at the disk ran ahead of the records.
      if (!hint.doubtful || is_other_type(node, hint)) doubt(node);
      return;
    }
  }
  if (hint.doubtful) {
    const Found found = look_closely(directory, hint.name);
    if (found.exists()) {
      arrived(hint, found);
    } else if (found.state == Found::State::unknown) {
      if (Root* const root = root_of(directory)) scan_later(directory, *root);
    }
    return;
  }
  if (hint.is_directory) {
    insert(directory, hint.name, EntryType::directory, 0, false);
    return;
  }
  if (hint.was_open) {
    assume_file(hint);
    return;
  }
  const Found found = look(directory, hint.name);
  if (found.exists() && (!hint.type_known || found.status.type != EntryType::directory)) {
    arrived(hint, found);
  } else {
    hold(directory, hint.name);
  }
}

void Engine::uncertain(backend::Hint hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (node != tree::kNoNode) return doubt(node);
  hint.doubtful = true;
  hint.type_known = false;
  appeared(hint);
}

// Its inode number may be that of the one before, so that nothing else would show the difference.
void Engine::watch_anew(const backend::Hint& hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (node == tree::kNoNode || !tree_.is_directory(node) || tree_.watch(node) == tree::kNoWatch) return;
  if (Root* const root = root_of(node)) scan_later(node, *root);
}

// The disk said what it is. Perhaps it is what vanished elsewhere just now.
void Engine::arrived(const backend::Hint& hint, const Found& found) {
  const bool is_directory = found.status.type == EntryType::directory;
  const bool was_asked = hint.type_known && hint.is_directory == is_directory;
  if (!was_asked && excluded(place_of(hint.directory), hint.name, is_directory)) return;
  const NodeId top = tree_.root(hint.directory);
  // The latest first: the inode number of one that is gone may be another's by now.
  const auto half = std::find_if(moves_.rbegin(), moves_.rend(), [&](const Move& move) {
    return move.token == kNoToken && tree_.inode(move.node) == found.status.inode &&
           tree_.type(move.node) == found.status.type && tree_.root(move.node) == top && found.status.born &&
           *found.status.born < drained_at_;
  });
  if (half == moves_.rend()) {
    insert(hint.directory, hint.name, found.status.type, is_directory ? 0 : found.status.inode, false);
    return;
  }
  const Move move = *half;
  moves_.erase(std::next(half).base());
  clear_flag(move.node, kMoving);
  rename(move, hint);
  if (tree_.find(hint.directory, hint.name) == move.node) compare_moved(move.node, move.since, found);
}

void Engine::vanished(const backend::Hint& hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (node == tree::kNoNode) return;
  if (take_move(node)) {
    drop(node, false);
    return;
  }
  const bool held = flag(node, kHeld);
  if (!held && is_other_type(node, hint)) {
    doubt(node);
    return;
  }
  if (hint.doubtful) {
    suspect(node);
    return;
  }
  if (hint.may_have_moved && !held && tree_.inode(node) != 0) {
    wait_for_other_half(hint, node);
    return;
  }
  if (held) announce(node, EntryType::unknown, 0);  // it came and went before it could be asked what it is
  drop(node, false);
}

bool Engine::is_other_type(NodeId node, const backend::Hint& hint) const {
  return hint.type_known && tree_.is_directory(node) != hint.is_directory;
}

// Whether the node was asked about since the queue was last empty: then what answered may be what has its name now.
bool Engine::is_recent(NodeId node) const {
  constexpr std::size_t kSearchMax = 256;  // beyond, to look again is cheaper than to search
  const auto among = [&](const std::vector<NodeId>& nodes) {
    return nodes.size() > kSearchMax || std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  };
  return tree_.inode(node) != 0 && (among(recent_) || among(older_recent_));
}

void Engine::changed(Kind kind, const backend::Hint& hint) {
  NodeId node = tree_.find(hint.directory, hint.name);
  if (node == tree::kNoNode) {
    // A listing yet to come tells of it; or it is hidden; or something was missed, which is made good.
    if (hint.doubtful || excluded(hint)) return;
    appeared(hint);
    return;
  }
  if (flag(node, kHeld)) {
    const Found found = look(hint.directory, hint.name);
    if (found.state == Found::State::denied && kind != Kind::attributes) {
      announce(node, EntryType::file, 0);  // what is open is all but ever a file, and nobody can say more
    } else if (!found.exists() || found.status.type == EntryType::directory) {
      return;
    } else {
      announce(node, found.status.type, found.status.inode);
    }
  }
  if (tree_.is_directory(node)) {
    if (kind != Kind::attributes) return;  // vigil itself opens and reads directories
    try_unreadable(node);
  }
  if (tree_.type(node) == EntryType::unknown) doubt(node);  // now it may be told what it is
  emit(kind, node, false);
}

// Writing sets both times alike, everything else only one. So times that differ tell of attributes; but the content may
// have been written before, as when a file is copied with its times, so that is told in any case.
void Engine::altered(const backend::Hint& hint) {
  const NodeId node = tree_.find(hint.directory, hint.name);
  const bool is_told = node != tree::kNoNode && !flag(node, kHeld);
  if (!is_told || !tree_.is_directory(node)) changed(Kind::modified, hint);
  if (!is_told || !tree_.alive(node) || !kinds_.contains(Kind::attributes)) return;
  const Found found = look(hint.directory, hint.name);
  if (found.exists() && found.status.modified != found.status.changed) changed(Kind::attributes, hint);
}

}  // namespace vigil::core
