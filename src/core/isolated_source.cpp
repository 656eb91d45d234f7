#include "core/isolated_source.hpp"

#include "backend/open.hpp"
#include "sys/error_codes.hpp"

#include <algorithm>
#include <utility>

namespace vigil::core {

Result<std::unique_ptr<IsolatedSource>> IsolatedSource::open(const Options& options, Kinds kinds) {
  HelperOptions helper;
  helper.program = options.helper.empty() ? sys::find_program("vigil") : options.helper;
  helper.hang_timeout = options.hang_timeout;
  helper.queue_bytes_max = options.queue_bytes_max;
  helper.kinds = kinds;
  const Result<BackendChoice> choice = backend::choice(options.backend);
  if (!choice) return choice.error();
  helper.backend = *choice;
  helper.max_watches = options.max_watches;
  if (helper.program.empty()) {
    return Error(ErrorCode::not_found,
                 "there is no helper: 'vigil' is neither beside this program nor in PATH; name it in Options::helper");
  }
  sys::Outcome<std::unique_ptr<sys::Processes>> processes = sys::open_processes();
  if (!processes) {
    return Error(ErrorCode::limit_reached, sys::words_of(processes.error), processes.error);
  }
  return std::make_unique<IsolatedSource>(std::move(helper), std::move(processes.value));
}

// All at once, so that however many hang, the wait is that for one.
IsolatedSource::~IsolatedSource() {
  const Moment deadline = std::chrono::steady_clock::now() + HelpedRoot::kEndWait;
  for (const std::unique_ptr<HelpedRoot>& root : roots_) root->end(std::chrono::milliseconds(0));
  for (const std::unique_ptr<HelpedRoot>& root : roots_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    root->end(std::max(left, std::chrono::milliseconds(1)));
  }
}

HelpedRoot* IsolatedSource::find(std::string_view path) const {
  for (const std::unique_ptr<HelpedRoot>& root : roots_) {
    if (root->shown() == path) return root.get();
  }
  return nullptr;
}

Status IsolatedSource::add(std::string_view path, const RootOptions& options, Moment now, Batch& out) {
  if (path.empty()) return Error(ErrorCode::invalid_argument, "an empty path cannot be watched");
  if (path.find('\0') != std::string_view::npos) {
    return Error(ErrorCode::invalid_argument, "a path with a NUL byte cannot be watched");
  }
  if (find(path) != nullptr) {
    return Error(ErrorCode::already_watched, "'" + std::string(path) + "' is watched already");
  }
  Result<event::Filter> filter =
      event::Filter::parse({options.include, options.exclude, options.include_regex, options.exclude_regex});
  if (!filter) return std::move(filter).error();
  sys::Outcome<std::string> wanted = sys::complete_path(std::string(path));
  if (!wanted) {
    return Error(ErrorCode::not_found, "cannot watch '" + std::string(path) + "': " + sys::words_of(wanted.error),
                 wanted.error);
  }
  // The helper has a working directory of its own.
  RootOptions asked = options;
  for (std::string& file : asked.ignore.more) {
    sys::Outcome<std::string> complete = sys::complete_path(file);
    if (complete) file = std::move(complete.value);
  }
  teller_.begin_step(out);
  auto root = std::make_unique<HelpedRoot>(std::string(path), std::move(wanted.value), asked, std::move(*filter), tree_,
                                           HelpedRoot::Surroundings{helper_, *disk_, *processes_, teller_});
  root->start(now);
  roots_.push_back(std::move(root));
  return Done{};
}

std::optional<Status> IsolatedSource::added(std::string_view path) {
  HelpedRoot* const root = find(path);
  if (root == nullptr) return Error(ErrorCode::not_watched, "'" + std::string(path) + "' was removed meanwhile");
  std::optional<Status> added = root->added();
  if (added && !*added) std::erase_if(roots_, [&](const auto& each) { return each.get() == root; });
  return added;
}

// With it go its helper and all that was asked of it.
Status IsolatedSource::remove(std::string_view path) {
  HelpedRoot* const root = find(path);
  if (root == nullptr) return Error(ErrorCode::not_watched, "'" + std::string(path) + "' is not watched");
  std::erase_if(roots_, [&](const auto& each) { return each.get() == root; });
  return Done{};
}

void IsolatedSource::step(Moment now, Batch& out) {
  teller_.begin_step(out);
  busy_ = processes_->look();
  for (const std::unique_ptr<HelpedRoot>& root : roots_) {
    root->step(now);
    if (root->busy()) busy_ = true;
  }
}

std::optional<Source::Moment> IsolatedSource::next_deadline() const {
  std::optional<Moment> next;
  for (const std::unique_ptr<HelpedRoot>& root : roots_) {
    const std::optional<Moment> deadline = root->next_deadline();
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  return next;
}

backend::Mark IsolatedSource::mark() {
  ++last_mark_;
  const Moment now = std::chrono::steady_clock::now();
  for (const std::unique_ptr<HelpedRoot>& root : roots_) root->ask_for_sync(last_mark_, now);
  return last_mark_;
}

bool IsolatedSource::settle(backend::Mark mark, bool& prove, Moment, Batch&) {
  prove = false;
  return std::all_of(roots_.begin(), roots_.end(), [&](const auto& root) { return root->synced(mark); });
}

void IsolatedSource::report(std::string_view reason, Moment, Batch& out) {
  teller_.begin_step(out);
  Event event;
  event.kind = Kind::error;
  event.reason = reason;
  teller_.tell(event);
}

namespace {

Error refuse_snapshot() {
  return {ErrorCode::invalid_argument,
          "where helper processes read the directories there are no snapshots: they know what entries look like"};
}

}  // namespace

Result<Source::Refreshed> IsolatedSource::refresh(std::string_view, bool) { return refuse_snapshot(); }

Result<std::string> IsolatedSource::capture(std::string_view, const std::vector<const Event*>&) {
  return refuse_snapshot();
}

void IsolatedSource::count(Stats& stats) const {
  stats.events = teller_.events();
  stats.roots = roots_.size();
  stats.entries = tree_.size();
  stats.tree_bytes = tree_.memory_bytes();
  for (const std::unique_ptr<HelpedRoot>& root : roots_) {
    const backend::isolated::Counters& counters = root->counters();
    stats.records += counters.records;
    stats.losses += counters.losses;
    stats.repairs += counters.repairs;
    stats.watches += static_cast<std::size_t>(counters.watches);
    stats.directories_pending += static_cast<std::size_t>(counters.directories_pending);
  }
}

}  // namespace vigil::core
