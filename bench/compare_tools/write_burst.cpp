// Creates empty files as fast as one thread can, for the "burst" scenario of bench/compare.
//
//   write_burst ROOT DIRECTORIES FILES round-robin|by-directory
//
// The directories ROOT/d000, ROOT/d001, ... exist already. The files are named item-0000000, item-0000001, ... and are
// spread evenly: one to each directory in turn, or one directory filled after the other. Prints the seconds it took.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void fail(const std::string& path) {
  std::perror(path.c_str());
  std::exit(1);
}

// "d", 7, 3 -> "d007"
std::string numbered(std::string_view prefix, std::size_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  std::string name{prefix};
  name.append(text.size() < digits ? digits - text.size() : 0, '0').append(text);
  return name;
}

std::vector<int> open_directories(const std::string& root, std::size_t count) {
  std::vector<int> descriptors;
  for (std::size_t index = 0; index < count; ++index) {
    const std::string path = root + "/" + numbered("d", index, 3);
    descriptors.push_back(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (descriptors.back() < 0) fail(path);
  }
  return descriptors;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string_view order = argument_count == 5 ? arguments[4] : "";
  if (order != "round-robin" && order != "by-directory") {
    std::fprintf(stderr, "usage: write_burst ROOT DIRECTORIES FILES round-robin|by-directory\n");
    return 2;
  }
  const std::vector<int> directories = open_directories(arguments[1], std::strtoul(arguments[2], nullptr, 10));
  const std::size_t files = std::strtoul(arguments[3], nullptr, 10);
  const std::size_t files_a_directory = (files + directories.size() - 1) / directories.size();

  std::vector<std::string> names;
  for (std::size_t file = 0; file < files; ++file) names.push_back(numbered("item-", file, 7));

  const auto start = std::chrono::steady_clock::now();
  for (std::size_t file = 0; file < files; ++file) {
    const std::size_t index = order == "round-robin" ? file % directories.size() : file / files_a_directory;
    const int descriptor =
        openat(directories[index], names[file].c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) fail(names[file]);
    close(descriptor);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%.6f\n", seconds.count());
}
