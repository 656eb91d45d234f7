// A lister without a thread, whose work is done and comes back whenever the seed says.
#pragma once

#include "core/lister.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace vigil::fake {

// Others act between its calls as between those of the engine, and between the end of an errand and the engine's
// learning of it. One thread at a time.
class FakeLister final : public core::Lister {
 public:
  FakeLister(std::uint64_t seed, std::size_t worth, sys::Disk& disk, backend::Backend& backend)
      : random_(seed), worth_(worth), disk_(disk), backend_(backend) {}

  std::size_t worth() const override { return worth_; }

  void ask(std::vector<core::Errand> errands) override {
    for (core::Errand& errand : errands) asked_.push_back(std::move(errand));
    run_some();
  }

  std::vector<core::Listed> take(bool wait) override {
    std::vector<core::Listed> taken;
    if (random_() % 2 == 0) run_some();
    while (!done_.empty() && random_() % 3 != 0) take_one(taken);
    if (taken.empty() && wait && random_() % 2 == 0) {
      if (done_.empty()) run_one();
      take_one(taken);
    }
    count_ += taken.size();
    return taken;
  }

  bool send(std::unique_ptr<core::Patrol>& patrol) override {
    if (worth_ > kFew || random_() % 4 == 0) return false;
    sent_.push_back(std::move(patrol));
    return true;
  }

  std::vector<std::unique_ptr<core::Patrol>> take_patrols(bool wait) override {
    std::vector<std::unique_ptr<core::Patrol>> taken;
    while (!sent_.empty() && (wait || random_() % 2 == 0)) {
      if (random_() % 2 == 0) {
        sent_.front()->run(disk_);
        ran_.push_back(std::move(sent_.front()));
        sent_.erase(sent_.begin());
      }
      if (!ran_.empty() && random_() % 2 == 0) taken.push_back(take_any(ran_));
      if (!taken.empty()) wait = false;
    }
    while (!ran_.empty() && random_() % 3 != 0) taken.push_back(take_any(ran_));
    return taken;
  }

  void rest() override {
    asked_.clear();
    sent_.clear();
    ran_.clear();
  }

  // Directories that came through it.
  std::size_t count() const { return count_; }

 private:
  void run_some() {
    while (!asked_.empty() && random_() % 2 == 0) run_one();
  }

  void run_one() {
    const core::Errand errand = take_any(asked_);
    done_.push_back(core::run_errand(errand, disk_, backend_));
  }

  void take_one(std::vector<core::Listed>& taken) { taken.push_back(take_any(done_)); }

  template <typename T>
  T take_any(std::vector<T>& from) {
    std::swap(from[static_cast<std::size_t>(random_() % from.size())], from.back());
    T any = std::move(from.back());
    from.pop_back();
    return any;
  }

  static constexpr std::size_t kFew = 100;

  std::mt19937_64 random_;
  std::size_t worth_;
  sys::Disk& disk_;
  backend::Backend& backend_;
  std::vector<core::Errand> asked_;
  std::vector<core::Listed> done_;
  std::vector<std::unique_ptr<core::Patrol>> sent_;
  std::vector<std::unique_ptr<core::Patrol>> ran_;
  std::size_t count_ = 0;
};

}  // namespace vigil::fake
