#include "conformance/child_process.hpp"

#include <utility>

namespace vigil::conformance {

void ChildProcess::take(std::string_view output, std::string_view errors) {
  const std::lock_guard lock(mutex_);
  partial_ += output;
  std::size_t begin = 0;
  for (std::size_t end = partial_.find(separator_); end != std::string::npos; end = partial_.find(separator_, begin)) {
    records_.push_back(partial_.substr(begin, end - begin));
    begin = end + 1;
  }
  partial_.erase(0, begin);
  error_text_ += errors;
  changed_.notify_all();
}

void ChildProcess::take_end() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

std::optional<std::string> ChildProcess::next(Deadline deadline) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [this] { return !records_.empty() || closed_; });
  if (records_.empty()) return std::nullopt;
  std::string record = std::move(records_.front());
  records_.pop_front();
  return record;
}

bool ChildProcess::wait_for_error_text(std::string_view text, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return error_text_.find(text) != std::string::npos; };
  changed_.wait_until(lock, deadline, [&] { return found() || closed_; });
  return found();
}

std::string ChildProcess::error_text() {
  const std::lock_guard lock(mutex_);
  return error_text_;
}

bool ChildProcess::ended() {
  const std::lock_guard lock(mutex_);
  return closed_ && records_.empty();
}

}  // namespace vigil::conformance
