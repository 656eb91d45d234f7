#include "conformance/watch_options.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace vigil::conformance {
namespace {

std::pair<std::string, std::string> name_and_value(const std::string& text) {
  const std::size_t sign = std::min(text.find('='), text.size());
  return {text.substr(0, sign), text.substr(std::min(sign + 1, text.size()))};
}

Error unknown(const std::string& text) { return Error(ErrorCode::invalid_argument, "there is no option " + text); }

Result<long> number(const std::string& text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return unknown(text);
  return value;
}

Result<Kinds> kinds_in(std::string text) {
  Kinds kinds;
  text += ',';
  for (std::size_t begin = 0, end = 0; (end = text.find(',', begin)) != std::string::npos; begin = end + 1) {
    const std::string name = text.substr(begin, end - begin);
    int i = 0;
    while (i < kKindCount && to_string(static_cast<Kind>(i)) != name) ++i;
    if (i == kKindCount) return unknown(name);
    kinds.insert(static_cast<Kind>(i));
  }
  return kinds;
}

}  // namespace

Status read_watcher_option(const std::string& text, Options& options) {
  const auto [name, value] = name_and_value(text);
  if (name == "net") {
    options.settle = kUntilChecked;
    options.max_latency = kUntilChecked;
    return Done{};
  }
  if (name == "kinds") {
    const auto kinds = kinds_in(value);
    if (!kinds) return kinds.error();
    options.kinds = *kinds;
    return Done{};
  }
  const auto amount = number(value);
  if (!amount) return unknown(text);
  if (name == "settle") {
    options.settle = std::chrono::milliseconds(*amount);
  } else if (name == "max-latency") {
    options.max_latency = std::chrono::milliseconds(*amount);
  } else if (name == "queue") {
    options.queue_bytes_max = static_cast<std::size_t>(*amount);
  } else {
    return unknown(text);
  }
  return Done{};
}

Status read_root_option(const std::string& text, RootOptions& options) {
  const auto [name, value] = name_and_value(text);
  if (name == "no-recursive") {
    options.recursive = false;
  } else if (name == "initial") {
    options.initial = true;
  } else if (name == "await-missing") {
    options.await_missing = true;
  } else if (name == "exclude") {
    options.exclude.push_back(value);
  } else if (name == "include") {
    options.include.push_back(value);
  } else {
    return unknown(text);
  }
  return Done{};
}

bool is_refused(const Command& watch) {
  return std::find(watch.arguments.begin(), watch.arguments.end(), "fails") != watch.arguments.end();
}

bool is_refusal(const Error& error, const std::string& code, bool by_process) {
  static const std::map<std::string, ErrorCode> kCodes{{"invalid_argument", ErrorCode::invalid_argument},
                                                       {"invalid_pattern", ErrorCode::invalid_pattern},
                                                       {"not_found", ErrorCode::not_found},
                                                       {"permission_denied", ErrorCode::permission_denied},
                                                       {"not_watchable", ErrorCode::not_watchable},
                                                       {"already_watched", ErrorCode::already_watched},
                                                       {"limit_reached", ErrorCode::limit_reached}};
  const auto known = kCodes.find(code);
  if (known == kCodes.end()) return false;
  if (!by_process) return error.code() == known->second;
  return error.os_code() == 1 || (error.os_code() == 2 && known->second <= ErrorCode::invalid_pattern);
}

std::string missing_ability_for_options(const Script& script, const Subject& subject) {
  for (const Command* command : script.all("options")) {
    if (!subject.can(Ability::options)) return "about vigil's own options";
    for (const std::string& argument : command->arguments) {
      const std::string name = name_and_value(argument).first;
      if ((name == "queue" || name == "max-latency") && !subject.can(Ability::option_queue)) return "has no " + name;
    }
  }
  for (const Command* command : script.all("watch")) {
    if (is_refused(*command) && !subject.can(Ability::refusals)) return "about vigil's own errors";
    for (std::size_t i = 1; i < command->arguments.size() && !is_refused(*command); ++i) {
      const Ability needed = command->arguments[i] == "no-recursive" ? Ability::no_recursion : Ability::options;
      if (!subject.can(needed)) return "has no " + name_and_value(command->arguments[i]).first;
    }
  }
  return {};
}

}  // namespace vigil::conformance
