// The smallest honest use of vigil: watch a folder, make a file in it, wait to be told.
#include <vigil/version.h>
#include <vigil/watcher.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

using namespace std::chrono_literals;

namespace {

std::filesystem::path make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "vigil-consumer-XXXXXX").string();
  return mkdtemp(name.data()) == nullptr ? std::filesystem::path() : std::filesystem::path(name);
}

bool told_of(vigil::Watcher& watcher, const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::optional<vigil::Batch> batch = watcher.wait(1s);
    if (!batch) return false;
    for (const vigil::Event& event : *batch) {
      if (event.kind == vigil::Kind::created && event.path == path) return true;
    }
  }
  return false;
}

int watch(const std::filesystem::path& folder) {
  auto watcher = vigil::Watcher::open();
  if (!watcher) return std::fprintf(stderr, "%s\n", watcher.error().message().c_str()), 1;
  if (auto added = watcher->add(folder.string()); !added) {
    return std::fprintf(stderr, "%s\n", added.error().message().c_str()), 1;
  }
  const std::filesystem::path file = folder / "file";
  std::ofstream(file) << VIGIL_VERSION;
  return told_of(*watcher, file.string()) ? 0 : 1;
}

}  // namespace

int main() {
  const std::filesystem::path folder = make_folder();
  if (folder.empty()) return 1;
  const int status = watch(folder);
  std::filesystem::remove_all(folder);
  std::puts(status == 0 ? "told of the new file" : "not told of the new file");
  return status;
}
