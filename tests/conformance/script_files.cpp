#include "conformance/script_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace vigil::conformance {

Result<std::vector<Script>> load_scripts(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".vgl") paths.push_back(entry->path());
  }
  if (error) return Error(ErrorCode::not_found, "no scripts in " + folder + ": " + error.message(), error.value());
  std::sort(paths.begin(), paths.end());

  std::vector<Script> scripts;
  for (const std::filesystem::path& path : paths) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    const auto name = std::filesystem::relative(path, folder).replace_extension().generic_string();
    auto script = parse_script(name, text.str());
    if (!script) return Error(script.error().code(), path.string() + ": " + script.error().message());
    scripts.push_back(*std::move(script));
  }
  return scripts;
}

}  // namespace vigil::conformance
