// What the documents tell people to type is understood.
#include "cli/commands.hpp"

#include <gtest/gtest.h>
#include <CLI/Error.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {
namespace {

std::string text_of(const std::string& document) {
  std::ifstream file(std::string(VIGIL_DOCUMENTS) + "/" + document, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The commands in code spans and code blocks: whatever begins with "vigil ", in a block perhaps behind "$ ".
std::vector<std::string> commands_in(const std::string& text) {
  std::vector<std::string> found;
  bool in_block = false;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with("```")) {
      in_block = !in_block;
      continue;
    }
    if (in_block) {
      if (line.starts_with("$ ")) line.erase(0, 2);
      while (line.ends_with('\\') && begin < text.size()) {
        end = std::min(text.find('\n', begin), text.size());
        line.pop_back();
        line += text.substr(begin, end - begin);
        begin = end + 1;
      }
      if (line.starts_with("vigil ") && !line.starts_with("vigil --")) found.push_back(line);
      continue;
    }
    for (std::size_t at = line.find("`vigil "); at != std::string::npos; at = line.find("`vigil ", at + 1)) {
      std::string span = line.substr(at + 1, line.find('`', at + 1) - at - 1);
      // In a table a bar is written so.
      for (std::size_t bar = span.find("\\|"); bar != std::string::npos; bar = span.find("\\|")) span.erase(bar, 1);
      found.push_back(span);
    }
  }
  return found;
}

// As a shell takes it apart, as far as the first command goes.
std::vector<std::string> words_of(const std::string& command) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (const char letter : command) {
    if (quote != 0) {
      if (letter == quote) {
        quote = 0;
      } else {
        *word += letter;
      }
    } else if (letter == '\'' || letter == '"') {
      quote = letter;
      if (!word) word.emplace();
    } else if (letter == ' ') {
      if (word) words.push_back(*word);
      word.reset();
    } else if (std::string_view("|>;&#").find(letter) != std::string_view::npos && !word) {
      break;
    } else {
      if (!word) word.emplace();
      *word += letter;
    }
  }
  if (word) words.push_back(*word);
  return words;
}

// Empty where it is understood.
std::string refusal_of(const std::string& command) {
  std::vector<std::string> words = words_of(command);
  words.erase(words.begin());
  // A command that is only named, as in "`vigil run` runs ...".
  if (words.size() <= 1) return find_command(words.empty() ? "" : words[0]) != nullptr ? "" : "no such command";
  const CommandEntry* entry = find_command(words.front());
  if (entry == nullptr) return "no such command";
  words.erase(words.begin());
  // A synopsis, and what reads a file that is not there.
  if (command.find("[OPTION]") != std::string::npos) return "";
  std::replace(words.begin(), words.end(), std::string("--paths-from"), std::string("--exclude"));
  std::replace(words.begin(), words.end(), std::string("SHELL"), std::string("bash"));
  try {
    const std::unique_ptr<CommandOptions> options = entry->options();
    options->parse(words);
    const Result<Action> action = options->action();
    return action ? "" : action.error().message();
  } catch (const CLI::CallForHelp&) {
    return "";
  } catch (const CLI::Error& error) {
    return error.what();
  }
}

class Documents : public ::testing::TestWithParam<const char*> {};

TEST_P(Documents, EveryCommandIsUnderstood) {
  const std::vector<std::string> commands = commands_in(text_of(GetParam()));
  EXPECT_FALSE(commands.empty()) << GetParam();
  for (const std::string& command : commands) EXPECT_EQ("", refusal_of(command)) << command;
}

std::string test_name(const ::testing::TestParamInfo<const char*>& document) {
  std::string name = document.param;
  std::replace_if(
      name.begin(), name.end(), [](char letter) { return letter == '/' || letter == '.'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cli, Documents,
                         ::testing::Values("README.md", "docs/cli.md", "docs/doctor.md", "docs/ignore.md",
                                           "docs/moving.md", "docs/run.md", "docs/top.md"),
                         test_name);

TEST(DocumentsOfTheTest, AreReadAsMeant) {
  const std::string text =
      "Say `vigil watch --net` or\n```sh\n$ vigil run -- \\\n  make\nls\n```\n| `a \\| vigil` | `vigil run --shell -- "
      "'a \\| b'` |\n";
  EXPECT_EQ(commands_in(text),
            (std::vector<std::string>{"vigil watch --net", "vigil run --   make", "vigil run --shell -- 'a | b'"}));
  EXPECT_EQ(words_of("vigil watch 'a b' \"c|d\" | xargs"), (std::vector<std::string>{"vigil", "watch", "a b", "c|d"}));
  EXPECT_NE("", refusal_of("vigil watch --bogus"));
  EXPECT_NE("", refusal_of("vigil wtch x"));
}

}  // namespace
}  // namespace vigil::cli
