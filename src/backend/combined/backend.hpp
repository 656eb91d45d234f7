// Two backends as one: what the first cannot watch is watched by the second.
#pragma once

#include "backend/backend.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace vigil::backend::combined {

// Each directory is watched by one of the two; the second is opened when it is first needed. Its watches have negative
// numbers.
//
// There are two streams of records, and what is told of in both may come in either order. A place in them is the sum of
// their places, held below each mark until both streams are past it.
//
// One thread at a time, except descriptor() and watch_ahead().
class CombinedBackend final : public Backend {
 public:
  // Gives none where it cannot be opened, and is not asked again. It has seen to it that whoever sleeps until
  // descriptor() is readable is woken by the second's, too.
  using Opener = std::function<std::unique_ptr<Backend>()>;

  // `why_first`: why the first is not what was asked for, for a person; empty where it is.
  CombinedBackend(std::unique_ptr<Backend> first, std::string why_first, Opener open_second)
      : first_(std::move(first)), why_first_(std::move(why_first)), open_second_(std::move(open_second)) {}

  std::string_view name() const override { return first_->name(); }
  void include_writes() override;
  std::string_view name_of(std::int32_t watch) const override;
  std::string why(std::int32_t watch) const override;
  sys::Outcome<std::int32_t> watch(tree::NodeId node, const sys::Directory& directory, Interest interest) override;
  sys::Outcome<std::int32_t> watch_without_limit(tree::NodeId node, const sys::Directory& directory,
                                                 Interest interest) override;
  sys::Outcome<std::int32_t> watch_ahead(const sys::Directory& directory) override;
  void expect(bool watches_ahead) override;
  std::int32_t adopt(std::int32_t watch, tree::NodeId node) override;
  void abandon(std::int32_t watch) override;
  void listed(std::int32_t watch, tree::NodeId node) override;
  bool watches_ahead_of_listing() const override { return first_->watches_ahead_of_listing(); }
  bool watched_before_listing(std::int32_t watch) const override;
  void hold() override { first_->hold(); }
  void release(bool tree_is_from_before) override { first_->release(tree_is_from_before); }
  void drop_held() override { first_->drop_held(); }
  bool held(TouchSink& sink) override { return first_->held(sink); }
  Mark read_position() const override;
  void unwatch(std::int32_t watch, tree::NodeId node) override;
  Drained drain(HintSink& sink) override;
  Mark mark() override;
  Mark position() const override;
  std::string explain(int error) const override;
  Descriptor descriptor() const override { return first_->descriptor(); }
  std::size_t watches() const override;
  std::size_t limited_watches() const override;
  std::uint64_t records() const override;
  std::uint64_t foreign_records() const override;
  std::size_t memory_bytes() const override;

 private:
  struct Marked {
    Mark first;
    Mark second;
  };

  Backend* second();
  Mark place(Mark first, Mark second) const;

  template <typename Count>
  auto sum(Count&& count) const {
    return second_ == nullptr ? count(*first_) : count(*first_) + count(*second_);
  }

  const std::unique_ptr<Backend> first_;
  const std::string why_first_;
  Opener open_second_;  // none once asked
  std::unique_ptr<Backend> second_;
  std::deque<Marked> marks_;  // that one of the two has not reached; each is at or behind the one before
  bool includes_writes_ = false;
  int declined_ = 0;  // by the first: the last error for which the second was asked
};

}  // namespace vigil::backend::combined
