// Roots that are watched by helper processes, one each. docs/isolation.md says how.
#pragma once

#include "core/helped_root.hpp"
#include "core/source.hpp"
#include "core/teller.hpp"
#include "sys/disk.hpp"
#include "sys/process.hpp"
#include "tree/tree.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::core {

// Asks no file system but for where the helper is, once, when it is opened. Destroying it ends the helpers, in bounded
// time whatever they do.
class IsolatedSource final : public Source {
 public:
  // Fails with not_found where there is no helper.
  static Result<std::unique_ptr<IsolatedSource>> open(const Options& options, Kinds kinds);

  IsolatedSource(HelperOptions helper, std::unique_ptr<sys::Processes> processes)
      : helper_(std::move(helper)), processes_(std::move(processes)) {}

  ~IsolatedSource() override;

  Status add(std::string_view path, const RootOptions& options, Moment now, Batch& out) override;
  std::optional<Status> added(std::string_view path) override;
  Status remove(std::string_view path) override;
  void step(Moment now, Batch& out) override;
  bool busy() const override { return busy_; }
  std::optional<Moment> next_deadline() const override;
  backend::Mark mark() override;
  bool settle(backend::Mark mark, bool& prove, Moment now, Batch& out) override;
  void report(std::string_view reason, Moment now, Batch& out) override;

  // What entries look like only the helpers know.
  Result<Refreshed> refresh(std::string_view path, bool begin) override;
  bool has_read(backend::Mark /*mark*/) const override { return true; }
  Result<std::string> capture(std::string_view path, const std::vector<const Event*>& waiting) override;
  void count(Stats& stats) const override;
  std::uint64_t records() const override { return teller_.events(); }
  Descriptor descriptor() const override { return processes_->descriptor(); }

 private:
  HelpedRoot* find(std::string_view path) const;

  const HelperOptions helper_;
  const std::unique_ptr<sys::Disk> disk_ = sys::make_disk();  // for how paths are written, which asks no file system
  const std::unique_ptr<sys::Processes> processes_;
  tree::Tree tree_;
  Teller teller_;
  std::vector<std::unique_ptr<HelpedRoot>> roots_;
  backend::Mark last_mark_ = 0;
  bool busy_ = false;
};

}  // namespace vigil::core
