#include "cli/own_files.hpp"

#include "cli/paths.hpp"
#include "sys/disk.hpp"
#include "sys/whole_file.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace vigil::cli {
namespace {

// Where it is or would be, without links, with '/' between names; empty where nobody can say.
std::string place_of(sys::Disk& disk, const std::string& path) {
  const sys::Outcome<std::string> absolute = disk.absolute(path);
  if (!absolute) return {};
  if (sys::Outcome<std::string> resolved = disk.resolve(absolute.value)) return std::move(resolved.value);
  const std::size_t slash = absolute.value.rfind('/');
  if (slash == std::string::npos) return {};
  const sys::Outcome<std::string> above = disk.resolve(slash == 0 ? "/" : absolute.value.substr(0, slash));
  if (!above) return {};
  return (above.value == "/" ? std::string() : above.value) + absolute.value.substr(slash);
}

void exclude(std::string_view below, RootOptions& options) {
  std::optional<std::string> glob = literal_glob(below);
  if (!glob || std::find(options.exclude.begin(), options.exclude.end(), *glob) != options.exclude.end()) return;
  options.exclude.push_back(std::move(*glob));
}

}  // namespace

void exclude_snapshot_file(const std::string& file, const std::string& root, RootOptions& options) {
  const std::unique_ptr<sys::Disk> disk = sys::make_disk();
  const std::string place = place_of(*disk, file);
  std::string top = place_of(*disk, root);
  if (place.empty() || top.empty()) return;
  if (!top.ends_with('/')) top += '/';
  if (!place.starts_with(top) || place.size() == top.size()) return;
  const std::string below = place.substr(top.size());
  exclude(below, options);
  exclude(below + std::string(sys::kUnfinished), options);
  exclude(below + std::string(kTold), options);
}

}  // namespace vigil::cli
