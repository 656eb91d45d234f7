// No notifications at all: everything is polled.
#pragma once

#include <vigil/result.hpp>

#include "backend/backend.hpp"
#include "sys/sleeper.hpp"

#include <memory>
#include <utility>

namespace vigil::backend::poll {

// Declines every watch, and has no records. One thread at a time, except descriptor().
class PollBackend final : public Backend {
 public:
  explicit PollBackend(std::unique_ptr<sys::Silence> silence) : silence_(std::move(silence)) {}

  std::string_view name() const override { return "poll"; }
  bool polls() const override { return true; }
  sys::Outcome<std::int32_t> watch(tree::NodeId node, const sys::Directory& directory, Interest interest) override;
  sys::Outcome<std::int32_t> watch_ahead(const sys::Directory& directory) override;
  void expect(bool /*watches_ahead*/) override {}
  std::int32_t adopt(std::int32_t /*watch*/, tree::NodeId /*node*/) override { return tree::kNoWatch; }
  void abandon(std::int32_t /*watch*/) override {}
  void listed(std::int32_t /*watch*/, tree::NodeId /*node*/) override {}
  void unwatch(std::int32_t /*watch*/, tree::NodeId /*node*/) override {}
  Drained drain(HintSink& /*sink*/) override { return {.empty = true}; }
  Mark mark() override { return 0; }
  Mark position() const override { return 0; }
  std::string explain(int /*error*/) const override { return {}; }
  Descriptor descriptor() const override { return silence_->descriptor(); }
  std::size_t watches() const override { return 0; }
  std::uint64_t records() const override { return 0; }
  std::size_t memory_bytes() const override { return 0; }

 private:
  const std::unique_ptr<sys::Silence> silence_;
};

// Every system has it.
Result<std::unique_ptr<Backend>> open_poll();

}  // namespace vigil::backend::poll
