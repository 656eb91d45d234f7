// A program of the build: writes the manual pages and the completions below a directory, in the folders that they are
// installed in below "share". It is not installed itself.
#include "cli/completions.hpp"
#include "cli/diagnostics.hpp"
#include "cli/manual.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace vigil::cli {
namespace {

namespace fs = std::filesystem;

bool write(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return true;
  diagnose("cannot write '" + path.string() + "'");
  return false;
}

bool write_all_below(const fs::path& share) {
  bool written = write(share / "bash-completion" / "completions" / "vigil", bash_completions()) &&
                 write(share / "zsh" / "site-functions" / "_vigil", zsh_completions()) &&
                 write(share / "fish" / "vendor_completions.d" / "vigil.fish", fish_completions());
  for (const ManualPage& page : manual_pages())
    written = written && write(share / "man" / "man1" / page.name, page.text);
  return written;
}

}  // namespace
}  // namespace vigil::cli

int main(int count, char** arguments) { return count == 2 && vigil::cli::write_all_below(arguments[1]) ? 0 : 1; }
