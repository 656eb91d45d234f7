// The engine: turns hints into exact events against the tree, and reads the disk only where a hint leaves doubt.
#pragma once

#include <vigil/event.hpp>
#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include "backend/backend.hpp"
#include "core/file_systems.hpp"
#include "core/first_touches.hpp"
#include "core/ignoring.hpp"
#include "core/inode_index.hpp"
#include "core/lister.hpp"
#include "core/patrol.hpp"
#include "core/poll_pace.hpp"
#include "core/root.hpp"
#include "core/signatures.hpp"
#include "core/source.hpp"
#include "sys/disk.hpp"
#include "tree/tree.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace vigil::snapshot {
class Image;
class Writer;
struct Description;
struct Listing;
}  // namespace vigil::snapshot

namespace vigil::core {

using Moment = std::chrono::steady_clock::time_point;

// Clocks that differ by less run alike: the file systems' ticks in steps of up to 10 ms.
inline constexpr std::chrono::milliseconds kClockSlack{50};

// Holds the tree of what the consumer was last told and keeps it equal to the disk. It never sleeps, knows no thread
// and takes the time as an argument, so a test can drive it a step at a time over a simulated kernel.
// docs/decisions/0003-hints-and-doubt.md explains the method.
//
// One thread at a time.
class Engine final : public Source, private backend::HintSink {
 public:
  // What decides how a directory is watched besides the backend.
  struct Ground {
    sys::Mounts* mounts = nullptr;  // none: every file system tells of all that happens in it, and nothing is mounted
    BackendChoice choice = BackendChoice::automatic;
    std::size_t watches_max = 0;  // of the backend; 0: as many as it gives
  };

  // `kinds` are the changes to give; notices about the watch itself are always given. The others outlive the engine.
  Engine(Kinds kinds, sys::Disk& disk, backend::Backend& backend, Lister& lister, const Ground& ground);
  Engine(Kinds kinds, sys::Disk& disk, backend::Backend& backend, Lister& lister)
      : Engine(kinds, disk, backend, lister, Ground()) {}
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Some steps later the root is established, and its `ready` given.
  Status add(std::string_view path, const RootOptions& options, Moment now, Batch& out) override;

  // Whether a root still waits for its listing to be complete, and so for its `ready`.
  bool is_listing(std::string_view path) const;

  // With RootOptions::initial at once: what is told during the listing has to be taken meanwhile.
  std::optional<Status> added(std::string_view path) override;

  Status remove(std::string_view path) override;

  // A root that another engine watched before and whose consumer was told of the entries. recall() begins, then each
  // entry is named, then resume() looks for the root: where it is, `restored` is given, then what is different, as
  // after a loss, then `live`. All that changed before `told_until`, by the clock of the disk, was told; at
  // `told_at`, by that which is never set. `only` is the name of the root's single file, or empty.
  Status recall(std::string_view path, const RootOptions& options, std::string_view only);
  tree::NodeId recall_entry(tree::NodeId parent, std::string_view name, EntryType type, std::uint64_t inode);
  void resume(std::string_view path, Timestamp told_until, Moment told_at, Moment now, Batch& out);

  // What another engine has to know to go on from here.
  struct Standing {
    tree::NodeId node = tree::kNoNode;  // of the root; none before it was first seen
    std::string_view only;
    Timestamp told_until{};  // what changed before was given
    Moment told_at{};
  };
  std::optional<Standing> standing(std::string_view path) const;

  // A millisecond or two.
  void step(Moment now, Batch& out) override;

  bool busy() const override {
    const bool looks = look_again_ || (!left_names_.empty() && moves_.empty());  // once the queue is known to be empty
    return is_listing() || pass_ || wants_pass_ || more_records_ || rules_due_ || (looks && !deaf());
  }
  std::optional<Moment> next_deadline() const override;
  bool deaf() const override { return deaf_until_.has_value(); }
  backend::Mark mark() override { return awaited_ = backend_.mark(); }

  // Halves of moves whose other half should have come by the mark are given now, as only time would decide otherwise.
  // What only records behind the mark led to is not waited for: writers that never pause may keep it coming.
  bool settle(backend::Mark mark, bool& prove, Moment now, Batch& out) override;

  void report(std::string_view reason, Moment now, Batch& out) override;
  Result<Refreshed> refresh(std::string_view path, bool begin) override;
  bool has_read(backend::Mark mark) const override { return backend_.position() >= mark; }
  Result<std::string> capture(std::string_view path, const std::vector<const Event*>& waiting) override;
  void count(Stats& stats) const override;
  std::uint64_t records() const override { return backend_.records(); }
  std::uint64_t foreign_records() const override { return backend_.foreign_records(); }
  Descriptor descriptor() const override {
    return ground_.mounts == nullptr ? backend_.descriptor() : ground_.mounts->descriptor();
  }

  struct Counters {
    std::uint64_t events = 0;
    std::uint64_t losses = 0;
    std::uint64_t repairs = 0;
  };
  const Counters& counters() const { return counters_; }
  const tree::Tree& tree() const { return tree_; }
  std::size_t root_count() const { return roots_.size(); }
  std::size_t pending_directories() const { return scans_.size() + sent_.size() + partly_listed_.size(); }

  // A step that has given so much leaves the rest to the next one, so that the consumer's queue can be bounded. Set by
  // tests.
  void bound_steps(std::size_t bytes) { step_bytes_max_ = bytes; }

 private:
  using NodeId = tree::NodeId;

  // A directory with the texts that the paths in it are made of.
  struct Place {
    NodeId directory = tree::kNoNode;
    std::uint64_t shape_version = 0;
    Root* root = nullptr;      // null for a sentinel
    std::string shown;         // what events begin with: "src/lib/"
    std::string system;        // what the system is asked about: "/home/me/src/lib/"
    std::size_t relative = 0;  // where the path below the root begins in `system`
  };

  struct Scan {
    NodeId directory;
    Root* root;
    bool rewatch;                      // make sure that the watch is there; or only compare
    backend::Mark origin;              // as of Doubt
    std::optional<Timestamp> since{};  // what changed since then was not told
  };

  // To be compared with the disk once the queue is empty.
  struct Doubt {
    NodeId node;
    backend::Mark origin;     // of the record that led to it, in however many steps; kNoRecord where none did
    bool was_absent = false;  // when it was looked at the last time, under the name that it has
  };
  static constexpr backend::Mark kNoRecord = 0;

  // How long one waits that could not be settled, if no record comes to settle it.
  static constexpr std::chrono::milliseconds kDoubtRetry{20};

  // What is noted for later while it lives is of that origin.
  class Origin {
   public:
    Origin(Engine& engine, backend::Mark origin) : engine_(engine), outer_(std::exchange(engine.origin_, origin)) {}
    ~Origin() { engine_.origin_ = outer_; }
    Origin(const Origin&) = delete;
    Origin& operator=(const Origin&) = delete;

   private:
    Engine& engine_;
    backend::Mark outer_;
  };

  // A scan that was left to the lister. What it brings may be out of date already.
  struct Sent {
    std::uint32_t number;
    Scan scan;  // the directory is kNoNode once there is none to be listed any more
    bool stale = false;
  };

  // A directory that is being listed: what is large takes several steps.
  struct PartlyListed {
    Scan scan;
    std::unique_ptr<sys::Directory> open;
    std::optional<Timestamp> since;  // what changed since then may not have been told
    Timestamp begin{};
    bool newly_watched;
    bool was_empty;
    bool was_unreadable;
    bool polled;
    bool leaves_polling;  // it is watched from now on
    sys::FileStatus status{};
    Moment began{};
    ListingSum sum{};
  };

  // One half of a move that waits for the other.
  struct Move {
    std::uint32_t token;  // kNoToken of a name that vanished where the kernel does not say whether it was moved
    NodeId node;
    bool doubtful;
    backend::Mark seen;
    Moment deadline;
    Timestamp since;     // all that changed before was told
    bool asked = false;  // the disk, so that the other half is among what is read since, if there is one
  };

  static constexpr std::uint32_t kNoToken = 0;

  // Where a node was before it was renamed over another: an exchange of the two, if it is renamed back.
  struct Replacement {
    NodeId node;
    NodeId directory;
    std::string name;
  };

  // A name that a node left, and that another may have.
  struct LeftName {
    NodeId directory;
    std::string name;
    backend::Mark origin;
    bool is_taken = false;  // when it was looked at the last time; then records may tell of that
  };

  // Where a root is on the disk: absolute, without links, without a "/" at the end.
  struct Location {
    std::string directory;
    std::string only;  // a single file: its name
  };

  // What the disk says about a name. `unknown`: the directory is not where the tree has it, or cannot be read.
  struct Found {
    enum class State { exists, absent, denied, unknown } state = State::unknown;
    sys::FileStatus status{};

    bool exists() const { return state == State::exists; }
  };

  // The name that the system finds an entry under, where it is there.
  struct ListedName {
    Found::State state = Found::State::unknown;
    std::string name;
  };

  // What is known of a directory that is polled.
  struct Polled {
    Timestamp since{};         // what was changed before was told; of entries that are not signed yet
    std::uint64_t times = 0;   // when it was last listed
    ListingSum sum;            // of that listing
    Moment times_seen{};       // these times, for the first time
    bool is_proved = false;    // while its times stay, so do its names
    std::uint64_t device = 0;  // of the file system
    Moment active_until{};
  };

  // A pass over what is polled: first all is asked, then what looks different is told.
  struct Pass {
    bool everything = true;  // or only what was active lately
    bool is_asking = true;
    std::vector<NodeId> order;  // the directories, and how far they were asked
    std::size_t next = 0;
    NodeId directory = tree::kNoNode;  // under way, its entries, and how far
    bool is_begun = false;
    std::vector<NodeId> entries;
    std::size_t next_entry = 0;
    std::size_t sent = 0;  // patrols that the lister has
    unsigned rounds = 0;   // of asking and telling
    std::vector<NodeId> listings;
    std::vector<NodeId> suspects;
    std::vector<NodeId> renumbered;
    std::vector<NodeId> absent;
    std::unordered_multimap<std::uint64_t, NodeId> absent_by_inode;
    std::unordered_set<NodeId> moved;  // directories that were found elsewhere in this round
    std::chrono::nanoseconds cost{};
  };

  // A file that was changed so lately that it may be changed again without looking different.
  struct Fresh {
    NodeId node;
    bool is_told;        // as it looked then; or it waits to be told until the clock has ticked
    std::uint32_t pass;  // as of passes_
    Moment seen;
    Timestamp changed;
    Moment not_before{};  // it was due, and the clock had not ticked
  };

  // Entries whose look is asked for, for a snapshot.
  struct Refresh {
    std::vector<NodeId> directories;  // still to come
    bool is_one_fresh = false;        // changed so lately that it may be changed again and look the same
  };

  // What can be believed of a file system.
  struct Trust {
    bool times = true;   // of a directory, which change with the names in it
    bool inodes = true;  // to stay
  };

  // Of names in records that are not those in the tree.
  struct OtherNames {
    struct Unasked {
      NodeId directory;
      std::string name;
      Timestamp since;  // all that changed before was told
    };
    std::string listed;                          // what the hint under way calls its entry instead
    std::unordered_set<NodeId> used_in;          // directories where they were looked up since the queue was last empty
    std::vector<Unasked> unasked;                // in directories that are to be found first
    std::unordered_map<NodeId, Timestamp> left;  // where something left so, and is not found out yet; since when
    NodeId left_from = tree::kNoNode;            // where something left last under a name that nobody knows
    std::uint32_t left_token = 0;                // of that half of a move; 0: it may have moved to another directory
  };

  // engine.cpp: steps, and what hints mean.
  void begin_step(Moment now, Batch& out);
  void compare_clocks(Timestamp time);
  backend::Backend::Drained drain();
  void on_hint(const backend::Hint& hint) override;
  void on_directory_hint(const backend::Hint& hint);
  void on_path_hint(const backend::Hint& hint);
  void not_in_tree(NodeId directory, std::string_view name);
  void on_name_hint(const backend::Hint& hint);
  void appeared(const backend::Hint& hint);
  void arrived(const backend::Hint& hint, const Found& found);
  void uncertain(backend::Hint hint);
  void watch_anew(const backend::Hint& hint);
  void vanished(const backend::Hint& hint);
  void changed(Kind kind, const backend::Hint& hint);
  void altered(const backend::Hint& hint);
  bool is_other_type(NodeId node, const backend::Hint& hint) const;
  bool is_recent(NodeId node) const;

  // moves.cpp: the two halves of moves.
  NodeId leaving(const backend::Hint& hint);
  void moved_from(const backend::Hint& hint);
  void moved_to(const backend::Hint& hint);
  void moved_away(const backend::Hint& hint);
  void wait_for_other_half(const backend::Hint& hint, NodeId node);
  void moved_in(const backend::Hint& hint);
  void rename(const Move& move, const backend::Hint& hint);
  void note_replacement(const Replacement& replacement);
  std::optional<Replacement> take_replacement(NodeId node, NodeId directory, std::string_view name);
  void check_exchange(const Replacement& left);
  void look_for_untold(NodeId directory, std::string_view name);
  void look_at_left_names();
  bool is_below(NodeId node, NodeId top) const;  // or is it
  bool take_move(NodeId node);
  bool is_alone(Move& move);
  void finish_move(const Move& move);
  void compare_if_untold(NodeId node, Timestamp since);
  template <typename IsDue>
  void finish_moves(IsDue is_due);
  void expire_moves();
  bool settle_moves(backend::Mark mark);

  // other_names.cpp: records that call an entry by another of its names.
  bool call_by_listed_name(backend::Hint& hint);
  bool call_new(backend::Hint& hint);
  bool call_known(backend::Hint& hint, bool goes);
  bool call_gone(const backend::Hint& hint, bool may_be_short);
  bool call_changed(backend::Hint& hint, bool may_be_short);
  NodeId find_by_other_name(NodeId directory, std::string& name);
  bool is_of_no_concern(NodeId directory, std::string_view name, bool is_directory);
  NodeId find_in_other_case(NodeId directory, std::string_view name) const;
  ListedName listed_name(NodeId directory, std::string_view name);
  void use_name(backend::Hint& hint, std::string_view name);
  void compare_who_is_back(const backend::Hint& hint);
  void find_who_left(const backend::Hint& hint);
  void compare_who_leaves(NodeId directory, NodeId node, bool doubtful);
  void ask_later(NodeId directory, std::string_view name);
  void settle_other_names();

  // changes.cpp: changing the tree and telling it.
  NodeId insert(NodeId directory, std::string_view name, EntryType type, std::uint64_t inode, bool synthetic);
  void hold(NodeId directory, std::string_view name);
  void announce(NodeId node, EntryType type, std::uint64_t inode);
  void relocate(NodeId node, NodeId directory, std::string_view name, bool replaced, bool synthetic);
  void replace(NodeId node, EntryType type, std::uint64_t inode);
  void drop(NodeId node, bool synthetic);
  void forget(NodeId node);
  void descend(NodeId directory);
  void emit(Kind kind, NodeId node, bool synthetic);
  void emit_renamed(std::string_view from, bool from_included, NodeId node, bool replaced, bool synthetic);
  Event& append(Kind kind, std::string_view path, EntryType type);
  std::string_view store_path(const Place& place, std::string_view name);
  void notice(Kind kind, Root& root, std::string_view reason, int code = 0);
  void notice_about(Kind kind, Root& root, std::string_view path, std::string_view reason, int code);
  bool included(const Place& place, std::string_view name, NodeId node) const;
  void hide(NodeId node);
  void took_place_excluded(const backend::Hint& hint);
  bool excluded(const Place& place, std::string_view name, bool is_directory);
  bool excluded(const backend::Hint& hint);

  // ignoring.cpp: files of ignore rules.
  Status find_named_rules(Root& root) const;
  void begin_rules(Root& root);
  void end_rules(Root& root);
  bool is_ignored(const Place& place, std::string_view name, bool is_directory);
  event::IgnoreDirectory::Pointer rules_of(const Root& root, NodeId directory);
  event::IgnoreDirectory::Pointer rules_of_root(const Root& root) const;
  event::IgnoreDirectory::Pointer rules_in(const event::IgnoreDirectory& above, NodeId directory) const;
  void on_rule_hint(const backend::Hint& hint);
  void on_dot_git_hint(const backend::Hint& hint);
  bool on_rule_sentinel(Root& root, const backend::Hint& hint);
  void rules_are_due(Root& root);
  void look_at_rules();
  void read_polled_rules();
  void read_rules(Root& root, NodeId directory, sys::Directory& open);
  void read_rules_outside(Root& root);
  std::vector<RootRules::Above> read_rules_above(Root& root);
  DirectoryRules read_directory_rules(Root& root, NodeId owner, const std::string& path, sys::Directory& open,
                                      const DirectoryRules& before, bool case_sensitive);
  RepositoryRules read_repository(Root& root, NodeId owner, const std::string& path, const sys::FileContent& dot_git,
                                  const RepositoryRules& before);
  RuleFile rule_file(const std::string& path, sys::Outcome<sys::FileContent> found, bool case_sensitive,
                     const RuleFile& before);
  void read_rules_again(NodeId owner);
  void tell_rule_trouble(Root& root, std::string_view shown, const RuleFile& now, const RuleFile& before);
  void tell_rule_trouble(Root& root, std::string_view shown, const DirectoryRules& now, const DirectoryRules& before);
  bool is_case_sensitive(const Root& root, NodeId directory) const;
  bool is_case_sensitive_outside(const Root& root) const;
  std::vector<RuleSentinel> take_rule_sentinels(Root& root, NodeId owner);
  void leave_rule_sentinels(const std::vector<RuleSentinel>& sentinels);
  bool follow_name(Root& root, NodeId owner, const std::string& directory, const std::string& name,
                   backend::Backend::Interest interest);
  void follow_file(Root& root, NodeId owner, const std::string& path);
  void decide_anew(Root& root, NodeId top);
  bool read_rules_of(Root& root, NodeId directory, sys::Directory& open);
  void forget_rules(NodeId directory);
  void leave_orphaned_rules();

  // scan.cpp: listing directories.
  const Place& place_of(NodeId directory);
  void scan_later(NodeId directory, Root& root, bool rewatch = true);
  void scan_all(Root& root, NodeId top, bool rewatch = true);
  void compare_moved(NodeId node, Timestamp since, const Found& found);
  void scan_some();
  bool is_listing() const { return !scans_.empty() || !sent_.empty() || !partly_listed_.empty(); }
  void scan_next();
  void scan(const Scan& scan);
  void list(const Scan& scan, std::unique_ptr<sys::Directory> open, bool is_watched);
  void go_on_listing(PartlyListed listing);
  void go_on_listing();
  bool is_full() const { return out_->memory_bytes() >= step_bytes_max_; }
  bool watch(const Scan& scan, const sys::Directory& open, Coverage coverage);
  std::optional<Timestamp> untold_since(NodeId directory, const Root& root) const;
  void cannot_list(const Scan& scan, int error);
  void cannot_open(NodeId directory, Root& root, int error);
  bool consider(const Scan& scan, const std::optional<Timestamp>& since, sys::Directory& open,
                const sys::DirectoryEntry& entry);
  void consider_known(NodeId node, const Root& root, const std::optional<Timestamp>& since, sys::Directory& open,
                      const sys::DirectoryEntry& entry);
  NodeId moved_here(const Scan& scan, Timestamp listing_since, sys::Directory& open, const sys::DirectoryEntry& entry);
  void compare_times(NodeId node, Timestamp since, sys::Directory& open, std::string_view name);
  void tell_moved(NodeId node, Signature before, const sys::FileStatus& status);
  void tell_since(NodeId node, Timestamp since, const sys::FileStatus& status);
  void try_unreadable(NodeId changed);
  void clear_seen(NodeId directory);
  bool sweep(NodeId directory);
  void compare_everything();
  void compare_where_records_do_not_do();

  // early.cpp: ready before the listing.
  void be_ready_early(Root& root);
  bool watch_mounts_early(Root& root, sys::Directory& open);
  bool list_root_early(Root& root);
  void note_names(Root& root, const FirstTouches& touches);
  static void check_told_early(Root& root, std::uint64_t device);
  void release_held(bool tree_is_from_before);
  bool is_base_known(Root& root);
  bool restore_base(Root& root, bool at_once);
  EntryType type_at_ready(const FirstTouches::First& each) const;
  void take_back(Root& root, FirstTouches& touches);
  void forget_what_was_asked();
  bool tell_anew(Root& root, bool at_once);

  // catch_up.cpp: roots of which a snapshot tells what the consumer knows.
  Result<RootOptions> with_snapshot(std::string_view path, const RootOptions& options) const;
  void recall(Root& root, const snapshot::Image& image, Moment now);
  void recall_polled(NodeId directory, const snapshot::Listing& listing, bool same_filters,
                     const snapshot::Description& known, Moment now);
  void begin_catch_up(Root& root, const Location& location, const sys::FileStatus& status);
  void list_unknown(Root& root);
  void tell_untold(Root& root);
  void drop_excluded(Root& root);
  void compare_kept_root(Root& root, const sys::FileStatus& status);
  void note_pass_for_catch_up();
  bool is_catching_up() const;
  bool catches_up_by_pass(const Root& root) const;
  bool is_one_untold(const Root& root) const;
  void finish_catch_up(Root& root);

  // keeping.cpp: what entries looked like when they were told of.
  bool is_polled_entry(NodeId node) const;
  Signature kept_look(NodeId node, const Root& root) const;
  void end_look(NodeId node);
  std::size_t refresh_in(NodeId directory);
  void capture_entries(const Root& root, snapshot::Writer& writer);
  Signature look_to_keep(NodeId node, const Root& root) const;
  snapshot::Listing listing_to_keep(NodeId directory, const std::string& path) const;

  // mounted.cpp: what file systems and limits allow to be watched, and mounts that come and go.
  bool may_watch(const Scan& scan, const sys::FileStatus& status, const sys::Directory& open, Coverage& coverage);
  bool has_watch_left() const;
  sys::Outcome<std::int32_t> watch_within_limits(NodeId node, const sys::Directory& open,
                                                 backend::Backend::Interest interest);
  void tell_other_backend(Root& root, NodeId directory);
  std::string own_limit() const;
  void give_up_watch(NodeId directory);
  bool tells_all(const std::string& path, sys::Directory& open);
  void ask_coverage(Root& root, const std::string& path, sys::Directory& open);
  void tell_coverage(Root& root, NodeId directory, const FileSystems::Kind& kind);
  void is_watched_now(NodeId directory, Root& root, Coverage coverage);
  void is_short_of_watches(NodeId directory, Root& root, int error);
  void retry_watches();
  void tell_coverage_returned();
  void compare_partly_told();
  void follow_mounts(bool at_once);
  void look_at_unmounted();
  void mounts_changed(const std::vector<std::string>& points);
  void check_mounted_root(Root& root);
  static void note_device(Root& root, std::uint64_t device);
  void remounted(NodeId node);
  NodeId find_path(const Root& root, std::string_view path) const;

  // polling.cpp: directories that nothing tells of.
  void poll_from_now_on(NodeId directory, Timestamp since);
  Moment real_now() const;
  bool is_signed(NodeId node) const;
  void sign(NodeId node, const sys::FileStatus& status);
  void sign_name(NodeId directory, std::string_view name, const sys::FileStatus& status);
  void note_activity(NodeId directory);
  std::optional<Moment> next_poll() const;
  void poll();
  void begin_pass(bool everything);
  Root* polled_root(NodeId directory) const;
  bool fill(Patrol& patrol);
  bool next_directory();
  void add_stop(Patrol& patrol);
  void ask_some();
  std::unique_ptr<Patrol> take_spare();
  void run_here(Patrol& patrol);
  void receive(const Patrol& patrol);
  void judge(const Patrol::Stop& stop, Moment began);
  bool trusts_times(std::uint64_t device) const;
  void distrust_inodes(std::uint64_t device);
  void judge_renumbered();
  void begin_telling();
  void miss(NodeId node);
  void tell_some();
  void ask_again(NodeId top);
  bool end_round();
  void look_again(NodeId node);
  bool is_same_but_inode(NodeId node, const sys::FileStatus& status);
  void tell_difference(NodeId node, const sys::FileStatus& status);
  void tell_changed(NodeId node, Signature before, const sys::FileStatus& status);

  // fresh.cpp: files that were changed just now.
  bool is_fresh(NodeId node, const sys::FileStatus& status);
  bool is_first_seen(NodeId node) const;
  void note_fresh(NodeId node, const sys::FileStatus& status, bool is_told);
  bool has_ticked_since(const Fresh& fresh);
  static Moment due(const Fresh& fresh);
  bool may_look_the_same(const Fresh& fresh) const;
  std::optional<Moment> next_fresh() const;
  bool is_open_to_doubt(NodeId node) const;
  void look_at_fresh();
  bool settle_fresh();
  bool awaits_fresh(const Root& root) const;
  void settle(const Fresh& fresh);

  // polling.cpp again.
  NodeId moved_in_pass(const Scan& scan, std::string_view name, const sys::FileStatus& status);
  void note_listing(NodeId directory, const sys::FileStatus& status, const ListingSum& sum, Moment began);

  // scan_ahead.cpp: on two processors.
  void send_ahead();
  unsigned take_ahead();
  void receive(Listed& listed);
  bool adopt(NodeId directory, const Listed& listed);
  void distrust_sent();

  // doubts.cpp: asking the disk about single names.
  void close_opened();
  Found look(NodeId directory, std::string_view name);
  Found look_closely(NodeId directory, std::string_view name);
  static Found::State not_found(int error);
  sys::Directory* open_exactly(NodeId directory, int& error);
  void doubt(NodeId node);
  void make_older(NodeId doubted);
  void has_another_name(NodeId doubted);
  static bool has_to_come(backend::Mark origin, backend::Mark mark) { return origin == kNoRecord || origin < mark; }
  void missed(NodeId directory);
  void suspect(NodeId node);
  void doubt_content(NodeId node);
  void doubt_recent_below(NodeId directory);
  void resolve_doubts();
  bool resolve(const Doubt& doubted);
  void assume_file(const backend::Hint& hint);
  void prove_files();

  // roots.cpp: roots and repair.
  Result<std::unique_ptr<Root>> prepare(std::string_view path, const RootOptions& options) const;
  Root* find_root(std::string_view shown) const;
  Root* root_of(NodeId node) const;
  sys::Outcome<Location> locate(const Root& root) const;
  void establish(Root& root, const Location& location);
  void await(Root& root);
  std::string without_links(const std::string& path) const;
  int watch_names(Root& root, const std::vector<std::string>& paths);
  int watch_names_above(Root& root, std::string path, bool again);
  void guard(Root& root);
  void on_sentinel(Root& root, const backend::Hint& hint);
  void retry_awaited();
  void is_closed(Root& root);
  void try_closed(Root& root);
  void leave_sentinel(const Root::Sentinel& sentinel);
  void attach(Root& root, const Location& location);
  void lose(Root& root, std::string_view reason, int code);
  void cancel_scans(Root& root);
  void check_root(Root& root);
  static constexpr std::string_view kOverflowed = "the kernel's queue of changes overflowed: changes were lost";
  void lost_records(std::string_view reason = kOverflowed);
  void begin_repair(Root& root, std::string_view reason);
  Timestamp suspect_since() const;
  void start_repairs(std::string_view reason);
  void become_ready(Root& root, bool at_once);
  void admit_weakness(Root& root);
  bool is_relisting_doubted();
  void finish_roots();

  bool flag(NodeId node, std::uint8_t bit) const { return (tree_.flags(node) & bit) != 0; }
  void set_flag(NodeId node, std::uint8_t bit) { tree_.set_flags(node, tree_.flags(node) | bit); }
  void clear_flag(NodeId node, std::uint8_t bit) {
    tree_.set_flags(node, static_cast<std::uint8_t>(tree_.flags(node) & ~bit));
  }

  const Kinds kinds_;
  const Ground ground_;
  FileSystems file_systems_;
  sys::Disk& disk_;
  backend::Backend& backend_;
  Lister& lister_;
  tree::Tree tree_;

  std::vector<std::unique_ptr<Root>> roots_;
  std::unordered_map<NodeId, Root*> by_node_;      // the root that a tree hangs from
  std::unordered_map<NodeId, Root*> by_sentinel_;  // the root that waits for something in this directory

  std::vector<Scan> scans_;  // directories to list, the last first
  std::vector<Sent> sent_;   // those of them that the lister has
  std::vector<PartlyListed> partly_listed_;
  std::uint32_t last_sent_ = 0;
  bool some_compare_only_ = false;  // of scans_, are not to rewatch
  bool keep_scans_ = false;         // the lister met a limit: nothing more for it until all is listed
  std::vector<Doubt> doubts_;
  std::vector<Doubt> resolving_;      // those that were the last time
  bool some_absent_ = false;          // among the doubts
  std::vector<NodeId> recent_;        // known by a path that may have been another's when it was asked
  std::vector<NodeId> older_recent_;  // the same, from before the last read
  std::vector<NodeId> assumed_;       // told as files, for they were open; to be proved when it is quiet
  std::vector<NodeId> unreadable_;    // directories that could not be opened: tried when permissions change
  std::vector<Move> moves_;
  std::deque<Replacement> replacements_;  // the latest
  std::vector<LeftName> left_names_;      // to be looked at once the queue is empty
  OtherNames other_names_;
  InodeIndex inodes_;  // of the tree as it was when the repair began

  std::unordered_map<NodeId, DirectoryRules> rules_;  // of directories that have any
  bool rules_in_use_ = false;                         // some root heeds ignore files
  std::uint64_t rules_version_ = 1;                   // of all rules: what was made of them before is out of date
  std::array<RulesHere, 256> rules_here_{};           // those lately asked for
  bool rules_wanting_ = false;                        // the file under way could not be read for want of something
  bool rules_due_ = false;                            // those outside of a root are to be read
  bool rules_may_wait_ = false;                       // for what is being rewritten
  bool rules_are_rewritten_ = false;                  // or what was in it is gone just now
  std::vector<NodeId> rules_again_;                   // directories for whose rules that holds
  bool rules_unsettled_ = false;                      // the latter, for some of them
  std::vector<NodeId> orphaned_rules_;                // repositories that are gone, whose sentinels are to go
  std::optional<Moment> rules_not_before_;

  std::unordered_map<NodeId, Polled> polled_;       // directories that nothing tells of
  Signatures signatures_;                           // of them and of the entries in them
  std::unordered_map<std::uint64_t, Trust> trust_;  // by device; in all that is not there
  std::optional<Pass> pass_;
  PollPace pace_;
  std::uint32_t passes_ = 0;
  std::uint32_t full_passes_ = 0;  // those over everything
  bool some_are_active_ = false;   // of the directories that are polled
  bool leaves_polling_ = false;    // the directory that is being listed: it is watched from now on
  std::vector<std::unique_ptr<Patrol>> spare_patrols_;
  std::vector<Fresh> fresh_;
  Refresh refresh_;
  bool wants_pass_ = false;                             // over everything, at once: a root is to catch up
  std::unordered_map<NodeId, Timestamp> unread_since_;  // those that could not be read for their repair

  std::set<NodeId> short_of_watches_;  // those of them for which there was no watch left
  std::size_t retries_ = 1;            // how many of these are tried the next time
  NodeId last_retried_ = tree::kNoNode;
  std::optional<Moment> retry_not_before_;
  std::unordered_set<NodeId> partly_told_;  // watched where not all is told
  std::optional<Moment> partly_not_before_;
  Timestamp partly_since_{};       // all that changed there before was compared
  std::vector<NodeId> unmounted_;  // whose file system was, by the kernel's records

  static constexpr std::size_t kPlaces = 64;
  std::array<Place, kPlaces> places_;
  NodeId opened_ = tree::kNoNode;  // the directory that open_exactly() opened last, while doubts are resolved
  std::unique_ptr<sys::Directory> opened_directory_;

  // Of the step under way.
  Batch* out_ = nullptr;
  std::size_t step_bytes_max_ = std::size_t{256} << 10;
  Moment now_{};
  Timestamp wall_{};
  backend::Mark origin_ = kNoRecord;
  int pid_ = 0;  // who did what the hint under way tells

  bool compares_held_ = false;  // the next hint that all is in doubt is no loss (early.cpp)
  backend::Mark awaited_ = 0;   // the last mark, until all up to it was given
  Timestamp lost_again_since_{};
  Timestamp drained_at_{};  // by the file systems' clock: all that changed before was read
  Moment drained_moment_{};
  Timestamp clock_seen_{};  // by the file systems' clock, when the last step began
  Moment clock_seen_at_{};
  bool more_records_ = false;
  bool look_again_ = false;
  bool repairing_ = false;
  std::optional<backend::Mark> relisted_at_;  // all was listed for the repair by this place
  bool lost_again_ = false;
  std::optional<Moment> repair_not_before_;
  std::optional<Moment> doubts_not_before_;
  std::optional<Moment> compare_not_before_;
  Timestamp compared_since_{};  // what changed since then may not have been told, where the backend has a weakness
  std::optional<Moment> deaf_until_;  // the kernel's queue could not be read
  std::optional<Moment> prove_not_before_;
  std::optional<Moment> await_not_before_;
  std::uint64_t seq_ = 0;
  Counters counters_;
};

}  // namespace vigil::core
