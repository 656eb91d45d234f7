// The first listing of a large tree goes on on two processors: the lister opens, watches and reads directories, the
// engine takes what it read and does the same with others meanwhile.
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vigil::core {

namespace {

// The lister has so many directories at a time.
constexpr std::size_t kSentMax = 16;

}  // namespace

void Engine::send_ahead() {
  if (backend_.recursive() || backend_.polls()) return;  // there is nothing to ask the kernel for
  if (keep_scans_ || sent_.size() > kSentMax / 2 || (sent_.empty() && scans_.size() < lister_.worth())) return;
  std::vector<Errand> errands;
  while (sent_.size() < kSentMax && scans_.size() > 1) {
    const Scan& scan = scans_.back();
    const NodeId directory = scan.directory;
    if (!tree_.alive(directory) || !flag(directory, kScanDue) || flag(directory, kUnwatched) || !scan.rewatch ||
        tree_.watch(directory) != tree::kNoWatch || flag(tree_.parent(directory), kUnwatched) || !has_watch_left()) {
      break;  // the engine's own: what is watched already may tell of changes after the listing and before its return
    }
    errands.push_back({++last_sent_, place_of(directory).system});
    sent_.push_back({last_sent_, scan});
    scans_.pop_back();
  }
  if (errands.empty()) return;
  backend_.expect(true);
  lister_.ask(std::move(errands));
}

// Gives how many directories were received; waits for some when there is nothing else to do.
unsigned Engine::take_ahead() {
  if (sent_.empty()) return 0;
  std::vector<Listed> done = lister_.take(scans_.empty());
  for (Listed& listed : done) receive(listed);
  if (sent_.empty()) backend_.expect(false);
  return static_cast<unsigned>(done.size());
}

void Engine::receive(Listed& listed) {
  const auto found =
      std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.number == listed.number; });
  const Sent sent = *found;
  *found = sent_.back();
  sent_.pop_back();
  const NodeId directory = sent.scan.directory;
  const bool watched = listed.opened && listed.watched;
  if (watched && (sent.stale || directory == tree::kNoNode)) backend_.abandon(listed.watched.value);
  if (directory == tree::kNoNode) return;
  --sent.scan.root->scans;
  clear_flag(directory, kScanDue);
  if (watched && !sent.stale && adopt(directory, listed)) {
    list(sent.scan, std::move(listed.opened.value), true);
    return;
  }
  if (!tree_.is_directory(directory)) return;
  if (is_limit(listed.opened.error)) keep_scans_ = true;  // what the lister holds open may be what is too much
  if (keep_scans_ && !sent_.empty()) {
    set_flag(directory, kScanDue);
    scans_.insert(scans_.begin(), sent.scan);
    ++sent.scan.root->scans;
    return;
  }
  scan(sent.scan);
}

bool Engine::adopt(NodeId directory, const Listed& listed) {
  const sys::Outcome<sys::FileStatus> status = listed.opened.value->status();
  const std::uint64_t inode = tree_.inode(directory);
  if (!tree_.is_directory(directory) || !status || is_other_inode(inode, status.value.inode)) {
    backend_.abandon(listed.watched.value);
    return false;
  }
  const std::int32_t watch = backend_.adopt(listed.watched.value, directory);
  if (watch == tree::kNoWatch) return false;
  tree_.set_watch(directory, watch);
  return true;
}

void Engine::distrust_sent() {
  for (Sent& sent : sent_) sent.stale = true;
}

}  // namespace vigil::core
