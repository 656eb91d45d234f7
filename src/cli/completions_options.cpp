#include "cli/completions_options.hpp"

#include "cli/completions.hpp"
#include "cli/diagnostics.hpp"
#include "cli/option_values.hpp"

#include <utility>

namespace vigil::cli {
namespace {

constexpr const char* kDescription =
    "Writes to the standard output what SHELL, one of bash, zsh and fish, reads to complete command lines of vigil. "
    "Where "
    "vigil was installed as a package they are in place already.";

constexpr const char* kExamples =
    "source <(vigil completions bash)                     for this bash\n"
    "vigil completions fish > ~/.config/fish/completions/vigil.fish\n"
    "vigil completions zsh > ~/.zfunc/_vigil              a directory of $fpath";

enum class Shell { bash, zsh, fish };

std::string script_for(Shell shell) {
  switch (shell) {
    case Shell::bash: return bash_completions();
    case Shell::zsh: return zsh_completions();
    case Shell::fish: break;
  }
  return fish_completions();
}

}  // namespace

CompletionsOptions::CompletionsOptions() : CommandOptions("completions", "[OPTION]... SHELL", kDescription) {
  add_words("SHELL", shells_, "bash, zsh or fish");
  add_section("Examples", kExamples);
}

Result<Action> CompletionsOptions::action() const {
  if (shells_.size() != 1) return usage_error("one SHELL is needed: bash, zsh or fish");
  const Result<Shell> shell =
      choose<Shell>("SHELL", shells_.front(), {{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}});
  if (!shell) return shell.error();
  return Action([shell = *shell] { return print(script_for(shell)); });
}

}  // namespace vigil::cli
