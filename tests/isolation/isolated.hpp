// An isolated watcher on a directory of its own.
#pragma once

#include "core/watching.hpp"
#include "isolation/helpers.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::isolation {

using namespace std::chrono_literals;
using namespace vigil::testing;
using core::code_of;
using core::expect_done;
using core::open_watcher;

inline Options isolated(Options options = {}) {
  options.isolation = Isolation::process;
  options.helper = command();
  return options;
}

// What takes so long is taken to hang, where a test waits for that; long enough for a slow machine, and for what slows
// helpers down as well.
inline constexpr std::chrono::milliseconds kHang{VIGIL_HANG_MS};

class Isolated : public core::Watching {
 protected:
  Watcher& open_isolated(Options options = {}) { return open(isolated(std::move(options))); }

  void watch_isolated(Options options = {}, RootOptions root = {}) {
    open_isolated(std::move(options));
    watch(std::move(root));
  }

  // What was done so far is told, and so long ago that nobody takes it for what follows.
  void settle() {
    let_clock_of_files_tick();
    write_file(path("settled"), "");
    expect_done(watcher().sync(kPatience));
    let_clock_of_files_tick();
    remove(path("settled"));
    (void)told();
  }

  // Without what one system tells and another does not, or more than once. For where no directory is renamed: Wine has
  // a comparison begin then.
  static std::vector<std::string> plainly(const std::vector<Told>& all, std::string_view prefix) {
    constexpr Kinds kPlain{Kind::created, Kind::removed,  Kind::renamed, Kind::ready,
                           Kind::lost,    Kind::restored, Kind::live,    Kind::error};
    return texts(only(all, kPlain), prefix);
  }

  // Everything done until now, told so.
  std::vector<std::string> told_plainly() { return plainly(catch_up(watcher()), root()); }

  static std::string reason_of(const std::vector<Told>& all, Kind kind) {
    for (const Told& told : all) {
      if (told.kind == kind) return told.reason;
    }
    return {};
  }
};

}  // namespace vigil::isolation
