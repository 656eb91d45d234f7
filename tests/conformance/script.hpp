// The script language (docs/scripts.md): a behaviour, as commands and the events they must lead to.
#pragma once

#include <vigil/event.hpp>
#include <vigil/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::conformance {

// One line of an expectation. Paths are as written in the script.
struct ExpectedEvent {
  enum class Count { one, at_least_one, any, at_most_one };

  int line = 0;
  std::string ability;      // only for watchers that have it; with "!" in front, only for those that have it not
  std::vector<Kind> kinds;  // any of them; empty: any kind
  Count count = Count::one;
  std::string path;
  std::string from;
  std::optional<EntryType> type;
  std::optional<bool> synthetic;
  bool replaced = false;
  std::string says;  // part of the reason
};

// The events of the window, compared in one of several ways.
struct Expectation {
  enum class Way {
    ordered,        // exactly these, in this order
    unordered,      // exactly these
    contains,       // these, among others
    nothing,        // no event at all
    absent,         // none like the one line given
    loss_reported,  // the watcher told that events were lost
    root_lost,      // the watcher told that its root went away
  };

  Way way = Way::ordered;
  std::vector<Kind> only;  // other kinds are left out of the comparison; empty: all are compared
  std::vector<ExpectedEvent> events;
};

struct Command {
  int line = 0;
  bool may_fail = false;
  std::string name;
  std::vector<std::string> arguments;  // variables not yet replaced
  std::vector<Command> body;           // repeat, threads
  Expectation expectation;             // expect
};

// A parsed script. Immutable once parsed.
struct Script {
  std::string name;   // "group/case"
  std::string about;  // the comment it begins with
  std::vector<Command> commands;

  // Every command of this name, those in blocks included.
  std::vector<const Command*> all(std::string_view command) const;
};

// Fails with the line and what is wrong there: an unknown command, too few arguments, a kind that does not exist.
Result<Script> parse_script(std::string name, std::string_view text);

}  // namespace vigil::conformance
