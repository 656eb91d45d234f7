#include "cli/manual.hpp"

#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/help.hpp"

#include <vigil/version.h>

#include <CLI/App.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace vigil::cli {
namespace {

// Text as it is to be read: nothing in it means anything to roff.
std::string plain(std::string_view text) {
  std::string out;
  for (const char character : text) {
    switch (character) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      case '`': out += "\\(ga"; break;
      case '\'': out += "\\(aq"; break;
      default: out += character;
    }
  }
  // A line that begins so would be a request.
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char character) { return static_cast<char>(std::toupper(character)); });
  return text;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

std::string head(std::string_view name, std::string_view summary) {
  std::string title = upper(std::string(name));
  return formatted(
      ".\\\" Made from the definition of the options; not to be edited.\n"
      ".TH {} 1 \"\" \"vigil {}\" \"vigil\"\n"
      ".SH NAME\n{} \\- {}\n",
      plain(title), VIGIL_VERSION, plain(name), plain(summary));
}

// As the usage has it: what is in capitals stands for something.
std::string synopsis(std::string_view usage) {
  std::string out;
  std::string word;
  const auto end_word = [&] {
    const bool stands_for = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char character) {
      return std::isupper(character) != 0;
    });
    out += stands_for ? italic(word) : plain(word);
    word.clear();
  };
  for (const char character : usage) {
    if (std::isalpha(static_cast<unsigned char>(character)) != 0) {
      word += character;
      continue;
    }
    end_word();
    out += character == '-' ? "\\-" : std::string(1, character);
  }
  end_word();
  return out;
}

std::string signature(const CLI::Option& option) {
  std::string out;
  const auto name = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + bold(text); };
  for (const std::string& each : option.get_snames()) name("-" + each);
  for (const std::string& each : option.get_lnames()) name("--" + each);
  if (!is_flag(option)) out += " " + italic(option.get_type_name());
  return out;
}

std::string section(const HelpSection& section) {
  std::string out = formatted(".SH {}\n.nf\n", plain(upper(section.title)));
  std::string_view rest = section.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    // An empty line among them is one to be seen.
    out += end == 0 ? ".sp\n" : plain(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out + ".fi\n";
}

std::string page_name(std::string_view command) { return formatted("vigil-{}", command); }

std::string see_also(std::string_view own) {
  std::vector<std::string> names;
  if (!own.empty()) names.emplace_back("vigil");
  for (const CommandEntry& entry : commands()) {
    if (entry.name != own) names.push_back(page_name(entry.name));
  }
  std::string out = ".SH SEE ALSO\n";
  for (std::size_t index = 0; index < names.size(); ++index) {
    out += formatted(".BR {} (1){}\n", plain(names[index]), index + 1 < names.size() ? "," : "");
  }
  return out;
}

std::string page_of(const CommandEntry& entry) {
  const std::unique_ptr<CommandOptions> command = entry.options();
  std::string out = head(page_name(entry.name), entry.summary);
  out += formatted(".SH SYNOPSIS\n{} {}\n", bold(formatted("vigil {}", entry.name)), synopsis(command->usage()));
  out += formatted(".SH DESCRIPTION\n{}\n.SH OPTIONS\n", plain(command->description()));
  for (const OptionGroup& group : option_groups(*command)) {
    out += formatted(".SS {}\n", plain(group.title));
    for (const CLI::Option* option : group.options) {
      out += formatted(".TP\n{}\n{}\n", signature(*option), plain(option_description(*option)));
    }
  }
  for (const HelpSection& each : command->sections()) out += section(each);
  return out + see_also(entry.name);
}

std::string page_of_all() {
  std::string out = head("vigil", "watches directories and tells exactly what changed in them");
  out += formatted(".SH SYNOPSIS\n{} {} [{}]...\n.br\n{} {} | {}\n", bold("vigil"), italic("COMMAND"), italic("OPTION"),
                   bold("vigil"), bold("--help"), bold("--version"));
  out += ".SH DESCRIPTION\nEach command has a page of its own.\n";
  for (const CommandEntry& entry : commands()) {
    out += formatted(".TP\n.BR {} (1)\n{}\n", plain(page_name(entry.name)), plain(entry.summary));
  }
  out += ".SH ENVIRONMENT\n";
  out += ".TP\n.B VIGIL_BACKEND\nby what changes are learnt where \\fB\\-\\-backend\\fR is not given\n";
  out += ".TP\n.B NO_COLOR\nif it is set and not empty, nothing is colored unless \\fB\\-\\-color\\fR asks for it\n";
  out += ".SH FILES\n.TP\n.I vigil.toml\noptions for the directories below: see\n.BR vigil\\-config (1)\n";
  return out + see_also({});
}

}  // namespace

std::vector<ManualPage> manual_pages() {
  std::vector<ManualPage> pages{{"vigil.1", page_of_all()}};
  for (const CommandEntry& entry : commands()) pages.push_back({page_name(entry.name) + ".1", page_of(entry)});
  return pages;
}

}  // namespace vigil::cli
