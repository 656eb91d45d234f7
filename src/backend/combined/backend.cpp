#include "backend/combined/backend.hpp"

#include "sys/error_codes.hpp"

#include <algorithm>

namespace vigil::backend::combined {

namespace {

using Watched = sys::Outcome<std::int32_t>;

bool is_second(std::int32_t watch) { return watch < tree::kNoWatch; }

// Its own inverse. The second's numbers are 0 or above.
std::int32_t renumber(std::int32_t watch) { return tree::kNoWatch - 1 - watch; }

Watched renumbered(Watched watched) {
  if (watched) watched.value = renumber(watched.value);
  return watched;
}

// The other would fare no better.
bool is_of_the_directory(int error) {
  return sys::meaning_of(error) == sys::ErrorMeaning::gone || error == sys::kDenied;
}

bool is_limit(int error) { return sys::meaning_of(error) == sys::ErrorMeaning::limit; }

}  // namespace

Backend* CombinedBackend::second() {
  if (const Opener open = std::exchange(open_second_, nullptr)) {
    second_ = open();
    if (second_ != nullptr && includes_writes_) second_->include_writes();
  }
  return second_.get();
}

void CombinedBackend::include_writes() {
  includes_writes_ = true;
  first_->include_writes();
  if (second_ != nullptr) second_->include_writes();
}

std::string_view CombinedBackend::name_of(std::int32_t watch) const {
  return is_second(watch) ? second_->name() : first_->name();
}

std::string CombinedBackend::why(std::int32_t watch) const {
  if (!is_second(watch)) return why_first_;
  if (declined_ == 0) return {};
  const std::string words = first_->explain(declined_);
  return words.empty() ? sys::words_of(declined_) : words;
}

Watched CombinedBackend::watch(tree::NodeId node, const sys::Directory& directory, Interest interest) {
  const Watched watched = first_->watch(node, directory, interest);
  if (watched || is_of_the_directory(watched.error) || second() == nullptr) return watched;
  declined_ = watched.error;
  const Watched other = renumbered(second_->watch(node, directory, interest));
  // Of two reasons the one that somebody can do something about.
  return !other && is_limit(watched.error) ? watched : other;
}

Watched CombinedBackend::watch_without_limit(tree::NodeId node, const sys::Directory& directory, Interest interest) {
  const Watched watched = first_->watch_without_limit(node, directory, interest);
  if (watched || second() == nullptr) return watched;
  return renumbered(second_->watch_without_limit(node, directory, interest));
}

// Does not open the second, which is for the one thread to do.
Watched CombinedBackend::watch_ahead(const sys::Directory& directory) { return first_->watch_ahead(directory); }

void CombinedBackend::expect(bool watches_ahead) { first_->expect(watches_ahead); }

std::int32_t CombinedBackend::adopt(std::int32_t watch, tree::NodeId node) { return first_->adopt(watch, node); }

void CombinedBackend::abandon(std::int32_t watch) { first_->abandon(watch); }

void CombinedBackend::listed(std::int32_t watch, tree::NodeId node) {
  if (is_second(watch)) return second_->listed(renumber(watch), node);
  first_->listed(watch, node);
}

void CombinedBackend::unwatch(std::int32_t watch, tree::NodeId node) {
  if (is_second(watch)) return second_->unwatch(renumber(watch), node);
  first_->unwatch(watch, node);
}

bool CombinedBackend::watched_before_listing(std::int32_t watch) const {
  return !is_second(watch) && first_->watched_before_listing(watch);
}

Backend::Drained CombinedBackend::drain(HintSink& sink) {
  Drained drained = first_->drain(sink);
  if (second_ == nullptr) return drained;
  const Drained other = second_->drain(sink);
  while (!marks_.empty() && first_->position() >= marks_.front().first &&
         second_->position() >= marks_.front().second) {
    marks_.pop_front();
  }
  drained.any = drained.any || other.any;
  drained.empty = drained.empty && other.empty;
  if (drained.error == 0) drained.error = other.error;
  return drained;
}

Mark CombinedBackend::mark() {
  const Mark first = first_->mark();
  if (second_ == nullptr) return first;
  const Marked marked{first, second_->mark()};
  const bool is_known = !marks_.empty() && marks_.back().first == first && marks_.back().second == marked.second;
  if (!is_known) marks_.push_back(marked);
  return marked.first + marked.second;
}

Mark CombinedBackend::place(Mark first, Mark second) const {
  for (const Marked& marked : marks_) {
    if (first >= marked.first && second >= marked.second) continue;
    return std::min(first + second, marked.first + marked.second - 1);
  }
  return first + second;
}

Mark CombinedBackend::position() const {
  return second_ == nullptr ? first_->position() : place(first_->position(), second_->position());
}

Mark CombinedBackend::read_position() const {
  return second_ == nullptr ? first_->read_position() : place(first_->read_position(), second_->read_position());
}

std::string CombinedBackend::explain(int error) const {
  std::string words = first_->explain(error);
  return words.empty() && second_ != nullptr ? second_->explain(error) : words;
}

std::size_t CombinedBackend::watches() const {
  return sum([](const Backend& each) { return each.watches(); });
}

std::size_t CombinedBackend::limited_watches() const {
  return sum([](const Backend& each) { return each.limited_watches(); });
}

std::uint64_t CombinedBackend::records() const {
  return sum([](const Backend& each) { return each.records(); });
}

std::uint64_t CombinedBackend::foreign_records() const {
  return sum([](const Backend& each) { return each.foreign_records(); });
}

std::size_t CombinedBackend::memory_bytes() const {
  return sum([](const Backend& each) { return each.memory_bytes(); });
}

}  // namespace vigil::backend::combined
