#include "cli/busiest.hpp"

#include <algorithm>
#include <vector>

namespace vigil::cli {
namespace {

std::size_t slot_of(std::int64_t second) { return static_cast<std::size_t>(second % Lately::kSeconds); }

}  // namespace

void Lately::add(std::int64_t second) {
  if (second - newest_ >= kSeconds) counts_.fill(0);
  for (; newest_ < second; ++newest_) {
    if (second - newest_ >= kSeconds) newest_ = second - kSeconds;
    counts_[slot_of(newest_ + 1)] = 0;
  }
  ++counts_[slot_of(second)];
}

std::uint64_t Lately::sum(std::int64_t second) const {
  std::uint64_t sum = 0;
  for (std::int64_t each = std::max<std::int64_t>(second - kSeconds + 1, 0); each <= newest_; ++each) {
    sum += counts_[slot_of(each)];
  }
  return sum;
}

void Busiest::add(std::string_view name, Kind kind, std::int64_t second, int process) {
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    while (!entries_.empty() &&
           (entries_.size() >= limits_.entries_max || name_bytes_ + name.size() > limits_.name_bytes_max)) {
      give_up_half();
    }
    found = entries_.emplace(name, Entry{}).first;
    found->second.missed_max = missed_max_;
    name_bytes_ += name.size();
  }
  Entry& entry = found->second;
  entry.counts.add(kind);
  entry.lately.add(second);
  if (process == 0) return;
  entry.several = entry.several || (entry.process != 0 && entry.process != process);
  entry.process = process;
}

void Busiest::clear() {
  entries_.clear();
  name_bytes_ = 0;
  missed_max_ = 0;
}

// All are lowered by the median of what they have left; those with nothing left, half of them at least, go.
void Busiest::give_up_half() {
  std::vector<std::uint64_t> most;
  most.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) most.push_back(entry.counts.total + entry.missed_max);
  const auto median = most.begin() + static_cast<std::ptrdiff_t>(most.size() / 2);
  std::nth_element(most.begin(), median, most.end());
  missed_max_ = *median;
  for (auto each = entries_.begin(); each != entries_.end();) {
    if (each->second.counts.total + each->second.missed_max > missed_max_) {
      ++each;
      continue;
    }
    name_bytes_ -= each->first.size();
    each = entries_.erase(each);
  }
}

}  // namespace vigil::cli
