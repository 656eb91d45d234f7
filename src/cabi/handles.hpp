// Handles that are never undefined: numbers in the guise of pointers.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace vigil::cabi {

// What was given out and not taken back. A handle points nowhere; it is looked up, so that one that was freed is found
// out even where another was opened since. A call holds what it works on, so that freeing it meanwhile harms nobody.
// Thread-safe.
template <typename Object, typename Handle>
class Handles {
 public:
  Handle* give(std::shared_ptr<Object> object) {
    const std::lock_guard lock(mutex_);
    objects_.emplace(last_ + 1, std::move(object));
    return reinterpret_cast<Handle*>(++last_);
  }

  // None for what is no handle.
  std::shared_ptr<Object> find(const Handle* handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    return found == objects_.end() ? nullptr : found->second;
  }

  std::shared_ptr<Object> take_back(const Handle* handle) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    if (found == objects_.end()) return nullptr;
    std::shared_ptr<Object> object = std::move(found->second);
    objects_.erase(found);
    return object;
  }

  // For fork(): the lock is held meanwhile, and the child forgets everything without destroying it.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  void forget_all() {
    forgotten_.push_back(std::move(objects_));
    objects_.clear();
  }

 private:
  using Objects = std::unordered_map<std::uintptr_t, std::shared_ptr<Object>>;

  mutable std::mutex mutex_;
  Objects objects_;
  std::deque<Objects> forgotten_;
  std::uintptr_t last_ = 0;
};

}  // namespace vigil::cabi
