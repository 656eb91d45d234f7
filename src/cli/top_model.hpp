// What `vigil top` shows, and what its keys do. Pure: a terminal is not needed, nor a clock.
#pragma once

#include <vigil/watcher.hpp>

#include "cli/counting.hpp"
#include "cli/screen.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::cli {

// One thread at a time.
class TopModel {
 public:
  using Moment = Activity::Moment;

  // Paths below `directory` are shown relative to it.
  TopModel(Moment now, std::string directory, Counting::NameOfProcess name_of_process)
      : directory_(std::move(directory)), counting_(now, std::move(name_of_process)) {}

  void add_root(const std::string& path) { counting_.add_root(path); }
  void add(const Batch& batch, Moment now);

  // The highest queue since the last draw() is shown.
  void set_stats(const Stats& stats);

  enum class Effect { none, redraw, quit };
  Effect press(KeyPress key, Moment now);

  // As many lines as there is room for, none wider than that.
  std::vector<ScreenLine> draw(ScreenSize size, Moment now);

  // Until then what is shown changes although nothing happens: rates go down.
  Moment changes_until() const { return frozen_ ? Moment{} : counting_.activity().calm(); }

 private:
  enum class View { directories, paths, processes };
  enum class Order { rate, total, name };

  struct Row {
    std::string_view name;
    const Busiest::Entry* entry = nullptr;
    double rate = 0;
  };

  // What was counted when the picture was frozen.
  struct Frozen {
    Activity activity;
    Moment now;
  };

  const Activity& activity() const { return frozen_ ? frozen_->activity : counting_.activity(); }
  const Busiest& shown() const;
  bool is_in_scope(std::string_view name) const;
  std::vector<Row> rows(Moment now) const;
  std::string path_label(std::string_view path) const;

  Effect press_character(char32_t character, Moment now);
  void move(std::ptrdiff_t by);
  void move_to(std::size_t index);
  void forget_selection();
  void turn_to(View view);
  void open();
  void back();
  void pause(Moment now);
  void reset(Moment now);

  // top_picture.cpp
  ScreenLine title(std::size_t columns) const;
  ScreenLine totals(Moment now) const;
  ScreenLine rates(Moment now) const;
  ScreenLine views() const;
  std::vector<ScreenLine> table(std::size_t columns, std::size_t height, Moment now);
  void find_selected(std::size_t height);
  std::vector<Kind> kinds_for(std::size_t columns) const;
  ScreenLine table_head(const std::vector<Kind>& kinds) const;
  ScreenLine table_row(const Row& row, const std::vector<Kind>& kinds, std::size_t columns, bool selected) const;
  std::string why_empty() const;

  std::string directory_;
  Counting counting_;
  Stats stats_;
  std::size_t queue_most_ = 0;
  std::string notice_;
  bool notice_warns_ = false;

  View view_ = View::directories;
  Order order_ = Order::rate;
  std::vector<std::string> scopes_;  // directories that were opened, one in the other
  std::optional<Frozen> frozen_;
  bool helps_ = false;

  // The name that is selected stays so wherever its row moves; empty: the first row, whatever it is.
  std::string selected_;
  std::size_t selected_index_ = 0;
  std::size_t first_row_ = 0;
  std::size_t page_ = 1;            // rows that fit
  std::vector<std::string> names_;  // of the rows, as they were last drawn
};

}  // namespace vigil::cli
