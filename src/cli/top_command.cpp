#include "cli/top_command.hpp"

#include "cli/diagnostics.hpp"
#include "cli/exit_codes.hpp"
#include "cli/paths.hpp"
#include "cli/screen.hpp"
#include "cli/stop_thread.hpp"
#include "cli/system.hpp"
#include "cli/top_model.hpp"
#include "cli/watched_paths.hpp"

#include <vigil/watcher.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace vigil::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Four pictures a second; a key is answered at once.
constexpr milliseconds kPictureMin{250};

// While nothing happens, rates go down in steps of a second.
constexpr milliseconds kCalming{1000};

// For events, before keys are looked for again.
constexpr milliseconds kTakingMax{50};

class Show {
 public:
  Show(Screen& screen, Watcher& watcher, TopModel& model) : screen_(screen), watcher_(watcher), model_(model) {}

  // False where the watcher has ended.
  bool run() {
    while (true) {
      draw_if_due();
      screen_.wait(watcher_.descriptor(), next_moment());
      if (screen_.take_change()) draw_at_once();
      if (screen_.is_gone()) return true;
      while (const std::optional<KeyPress> key = screen_.next_key()) {
        const TopModel::Effect effect = model_.press(*key, steady_clock::now());
        if (effect == TopModel::Effect::quit) return true;
        // What a key moves depends on what was drawn.
        if (effect == TopModel::Effect::redraw) draw();
      }
      if (!take_events()) return false;
    }
  }

 private:
  void draw() {
    const steady_clock::time_point now = steady_clock::now();
    screen_.draw(model_.draw(screen_.size(), now));
    drawn_ = now;
    changed_ = false;
  }

  void draw_at_once() {
    changed_ = true;
    drawn_ = {};
  }

  void draw_if_due() {
    const steady_clock::time_point now = steady_clock::now();
    if (changed_ ? now >= drawn_ + kPictureMin : is_calming() && now >= drawn_ + kCalming) draw();
  }

  // What was drawn before all rates were down to zero is not the last picture.
  bool is_calming() const { return drawn_ < model_.changes_until(); }

  std::optional<steady_clock::time_point> next_moment() const {
    if (changed_) return drawn_ + kPictureMin;
    if (is_calming()) return drawn_ + kCalming;
    return std::nullopt;
  }

  bool take_events() {
    const steady_clock::time_point until = steady_clock::now() + kTakingMax;
    do {
      model_.set_stats(watcher_.stats());
      const std::optional<Batch> batch = watcher_.wait(std::chrono::nanoseconds(0));
      if (!batch) return false;
      if (batch->empty()) return true;
      model_.add(*batch, steady_clock::now());
      model_.set_stats(watcher_.stats());
      changed_ = true;
    } while (steady_clock::now() < until);
    return true;
  }

  Screen& screen_;
  Watcher& watcher_;
  TopModel& model_;
  bool changed_ = true;
  steady_clock::time_point drawn_{};
};

}  // namespace

int run(const TopCommand& command) {
  Result<std::unique_ptr<StopSignals>> signals = StopSignals::take();
  if (!signals) return fail(signals.error());
  Result<std::unique_ptr<Screen>> screen = Screen::open();
  if (!screen) return fail(screen.error());
  const Result<std::string> here = directory_of(command.paths);
  if (!here) return fail(here.error());

  Result<Watcher> watcher = open_watcher(command.watcher);
  if (!watcher) return fail(watcher.error());
  StopThread stop(*watcher, std::move(*signals), standard_output());

  TopModel model(steady_clock::now(), *here, name_of_process);
  for (const std::string& path : absolute_paths(command.paths, *here, command.watcher.isolation)) {
    model.add_root(path);
    const Status added = add_with_progress(*watcher, path, command.root, relative_path(path, *here));
    if (stop.stopped()) return kExitDone;
    if (!added) return fail(added.error());
  }

  stop.set_last_act(Screen::restore_in_haste);
  const bool quit = Show(**screen, *watcher, model).run();
  // While `stop` is there, a terminal that is held up does not hold up the end.
  screen->reset();
  if (quit || stop.stopped()) return kExitDone;
  diagnose("the watcher ended by itself");
  return kExitFailed;
}

}  // namespace vigil::cli
