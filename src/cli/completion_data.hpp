// What completions are made of, whatever the shell. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {

// What can stand in a place of the command line.
struct Completable {
  enum class What { nothing, words, list, files, directories, commands };

  What what = What::nothing;
  std::vector<std::string> words{};  // of words; of a list, which has commas between them
};

struct CompletableOption {
  std::vector<std::string> names;  // "-h", "--help"
  std::string description;         // the first part of it
  bool has_value = false;
  std::string placeholder;
  Completable value;
  bool repeats = false;
};

struct CompletableCommand {
  std::string name;
  std::string summary;
  std::vector<CompletableOption> options;
  std::string placeholder;  // of the words that belong to no option; empty where there are none
  Completable words;
  bool takes_command = false;  // behind "--"
};

std::vector<CompletableCommand> completable_commands();

// "a b c".
std::string joined(const std::vector<std::string>& words, std::string_view between);

}  // namespace vigil::cli
