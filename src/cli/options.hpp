// What the command line asks for.
#pragma once

#include <vigil/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vigil::cli {

// The exit codes of the command; other programs rely on them.
inline constexpr int kExitDone = 0;    // stopped as asked: by a signal, a count, a time-out, or a reader that left
inline constexpr int kExitFailed = 1;  // a path cannot be watched, or the output cannot be written
inline constexpr int kExitUsage = 2;   // the command line makes no sense
inline constexpr int kExitTooFew = 3;  // --timeout passed before the number of changes that --count asked for

enum class Format { human, json, print0 };
enum class Color { automatic, always, never };

// `vigil watch`, understood and free of contradictions. The globs are not yet read: Watcher::add() does that.
struct WatchCommand {
  std::vector<std::string> paths;  // as written; at least one, none empty
  Format format = Format::human;
  Color color = Color::automatic;
  bool who = false;  // tell the name of the process that did it
  Options watcher;
  RootOptions root;
  bool probe = false;                  // write a file into each directory to see whether it is told, and nothing else
  std::optional<std::uint64_t> count;  // changes to stop after, at least 1
  std::optional<std::chrono::milliseconds> timeout;  // time without a change to stop after
};

// A command line that is answered at once: a text asked for, for the standard output.
struct Answer {
  std::string text;
};

// A command line that makes no sense, and why: for the standard error, with kExitUsage.
struct UsageError {
  std::string message;
};

using CommandLine = std::variant<WatchCommand, Answer, UsageError>;

// `arguments` come without the name of the program.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace vigil::cli
