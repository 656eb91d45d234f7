#include "cli/completions.hpp"

#include "cli/completion_data.hpp"
#include "cli/format.hpp"

#include <algorithm>

namespace vigil::cli {
namespace {

using What = Completable::What;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::vector<std::string> names_of(const std::vector<CompletableCommand>& commands) {
  std::vector<std::string> names;
  for (const CompletableCommand& command : commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> option_names(const CompletableCommand& command) {
  std::vector<std::string> names;
  for (const CompletableOption& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// --- bash ---

std::string bash_values(const Completable& values) {
  switch (values.what) {
    case What::words: return formatted("_vigil_words \"{}\"", joined(values.words, " "));
    case What::list: return formatted("_vigil_list \"{}\"", joined(values.words, " "));
    case What::files: return "_vigil_files -f";
    case What::directories: return "_vigil_files -d";
    case What::commands: return "_vigil_files -c";
    case What::nothing: break;
  }
  return ":";
}

// The functions that the script is made of. A word that is being completed is $word.
constexpr std::string_view kBashHead = R"(# Completions of vigil for bash.

_vigil_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }

# The last of several with commas between them.
_vigil_list() {
  local before=
  [[ $word == *,* ]] && before=${word%,*},
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${word##*,}")
  compopt -o nospace
}

_vigil_files() {
  mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
  compopt -o filenames
}

)";

constexpr std::string_view kBashTail = R"(
_vigil() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  # "--option=value" comes as three words.
  if [[ $before == "=" && COMP_CWORD -gt 2 ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $word == "=" ]]; then
    word=
  fi
  if ((COMP_CWORD == 1)); then
    _vigil_commands
    return
  fi
  local index
  for ((index = 2; index < COMP_CWORD; index++)); do
    if [[ ${COMP_WORDS[index]} == "--" ]]; then
      _vigil_behind_dashes
      return
    fi
  done
  _vigil_value && return
  if [[ $word == -* ]]; then
    _vigil_options
  else
    _vigil_operand
  fi
}

complete -F _vigil vigil
)";

// --- zsh ---

// Within single quotes, and there within a specification of _arguments.
std::string zsh_text(std::string text) {
  for (const char* special : {"\\", "[", "]", ":"})
    text = replaced(std::move(text), special, std::string("\\") + special);
  return replaced(std::move(text), "'", "'\\''");
}

std::string zsh_values(const Completable& values) {
  switch (values.what) {
    case What::words: return formatted("({})", joined(values.words, " "));
    case What::list: return formatted("_sequence compadd - {}", joined(values.words, " "));
    case What::files: return "_files";
    case What::directories: return "_files -/";
    case What::commands: return "_command_names -e";
    case What::nothing: break;
  }
  return " ";
}

std::string zsh_option(const CompletableOption& option) {
  std::string text = "          ";
  if (option.repeats) {
    text += "'*'";
  } else if (option.names.size() > 1) {
    text += formatted("'({})'", joined(option.names, " "));
  }
  const bool several = option.names.size() > 1;
  std::vector<std::string> names;
  for (const std::string& name : option.names) {
    names.push_back(name + (!option.has_value ? "" : name.starts_with("--") ? "=" : "+"));
  }
  text += several ? formatted("{{{}}}", joined(names, ",")) : names.front();
  text += formatted("'[{}]", zsh_text(option.description));
  if (option.has_value) text += formatted(":{}:{}", zsh_text(option.placeholder), zsh_values(option.value));
  return text + "'";
}

// --- fish ---

std::string fish_text(std::string text) {
  text = replaced(std::move(text), "\\", "\\\\");
  return "'" + replaced(std::move(text), "'", "\\'") + "'";
}

std::string fish_values(const Completable& values) {
  switch (values.what) {
    case What::words: return formatted(" -x -a {}", fish_text(joined(values.words, " ")));
    case What::list: return formatted(" -x -a \"(__fish_append , {})\"", joined(values.words, " "));
    case What::files: return " -r -F";
    case What::directories: return " -x -a '(__fish_complete_directories)'";
    case What::commands: return " -x -a '(__fish_complete_command)'";
    case What::nothing: break;
  }
  return " -x";
}

std::string fish_option(const std::string& command, const CompletableOption& option) {
  std::string text = formatted("complete -c vigil -n '__fish_seen_subcommand_from {}'", command);
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.has_value) text += fish_values(option.value);
  return text + " -d " + fish_text(option.description) + "\n";
}

}  // namespace

std::string bash_completions() {
  const std::vector<CompletableCommand> commands = completable_commands();
  std::string out(kBashHead);
  out +=
      formatted("_vigil_commands() {{ _vigil_words \"{} --help --version\"; }}\n\n", joined(names_of(commands), " "));
  out += "_vigil_options() {\n  case $command in\n";
  for (const CompletableCommand& command : commands) {
    out += formatted("    {}) _vigil_words \"{}\" ;;\n", command.name, joined(option_names(command), " "));
  }
  out += "  esac\n}\n\n# Of the option before; fails where that has none.\n_vigil_value() {\n";
  out += "  case \"$command $before\" in\n";
  for (const CompletableCommand& command : commands) {
    for (const CompletableOption& option : command.options) {
      if (!option.has_value) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) patterns.push_back(formatted("\"{} {}\"", command.name, name));
      out += formatted("    {}) {} ;;\n", joined(patterns, " | "), bash_values(option.value));
    }
  }
  out += "    *) return 1 ;;\n  esac\n}\n\n_vigil_operand() {\n  case $command in\n";
  for (const CompletableCommand& command : commands) {
    if (command.words.what != What::nothing) {
      out += formatted("    {}) {} ;;\n", command.name, bash_values(command.words));
    }
  }
  out +=
      "  esac\n}\n\n# A command to run, and its own words; or more operands.\n_vigil_behind_dashes() {\n  case "
      "$command in\n";
  for (const CompletableCommand& command : commands) {
    if (!command.takes_command) continue;
    out += formatted("    {}) if [[ $before == \"--\" ]]; then _vigil_files -c; else _vigil_files -f; fi ;;\n",
                     command.name);
  }
  out += "    *) _vigil_operand ;;\n  esac\n}\n";
  return out.append(kBashTail);
}

std::string zsh_completions() {
  const std::vector<CompletableCommand> commands = completable_commands();
  std::string out =
      "#compdef vigil\n"
      "# Completions of vigil for zsh.\n"
      "\n"
      "_vigil() {\n"
      "  local curcontext=$curcontext state line\n"
      "  typeset -A opt_args\n"
      "  local -a commands=(\n";
  for (const CompletableCommand& command : commands) {
    out += formatted("    '{}:{}'\n", command.name, zsh_text(command.summary));
  }
  out +=
      "  )\n"
      "  _arguments -C \\\n"
      "    '(- *)'{-h,--help}'[show this help]' \\\n"
      "    '(- *)--version[show the version]' \\\n"
      "    '1:command:->command' \\\n"
      "    '*::argument:->arguments'\n"
      "  case $state in\n"
      "    command) _describe command commands ;;\n"
      "    arguments)\n"
      "      case $words[1] in\n";
  for (const CompletableCommand& command : commands) {
    out += formatted("        {})\n          _arguments", command.name);
    for (const CompletableOption& option : command.options) out += " \\\n" + zsh_option(option);
    if (command.takes_command) {
      out += " \\\n          '(-)--[the command]:*::command:_normal'";
    }
    if (!command.placeholder.empty()) {
      out += formatted(" \\\n          '*:{}:{}'", zsh_text(command.placeholder), zsh_values(command.words));
    }
    out += "\n          ;;\n";
  }
  out +=
      "      esac\n"
      "      ;;\n"
      "  esac\n"
      "}\n"
      "\n"
      "_vigil \"$@\"\n";
  return out;
}

std::string fish_completions() {
  const std::vector<CompletableCommand> commands = completable_commands();
  std::string out = "# Completions of vigil for fish.\n\ncomplete -c vigil -f\n";
  out += "complete -c vigil -n __fish_use_subcommand -s h -l help -d 'show this help'\n";
  out += "complete -c vigil -n __fish_use_subcommand -l version -d 'show the version'\n";
  for (const CompletableCommand& command : commands) {
    out +=
        formatted("complete -c vigil -n __fish_use_subcommand -a {} -d {}\n", command.name, fish_text(command.summary));
  }
  for (const CompletableCommand& command : commands) {
    out += '\n';
    for (const CompletableOption& option : command.options) out += fish_option(command.name, option);
    const std::string condition = formatted("complete -c vigil -n '__fish_seen_subcommand_from {}'", command.name);
    if (command.words.what == What::files) out += condition + " -F\n";
    if (command.words.what == What::words) {
      out += formatted("{} -a {}\n", condition, fish_text(joined(command.words.words, " ")));
    }
  }
  return out;
}

}  // namespace vigil::cli
