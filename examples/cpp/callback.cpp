// Events pushed to a function, each path at most once in 50 ms: callback DIRECTORY. Ends with its standard input.
#include <vigil/watcher.hpp>

#include <chrono>
#include <iostream>
#include <limits>

using namespace std::chrono_literals;

namespace {

int fail(const vigil::Error& error) {
  std::cerr << error.message() << '\n';
  return 1;
}

// Called by a thread of the watcher's own, for one batch at a time.
void print(const vigil::Batch& batch) {
  for (const vigil::Event& event : batch) std::cout << to_string(event.kind) << ' ' << event.path << '\n';
  std::cout.flush();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: callback DIRECTORY\n", 2;
  vigil::Options options;
  options.settle = 50ms;
  options.callback = print;
  auto watcher = vigil::Watcher::open(std::move(options));
  if (!watcher) return fail(watcher.error());
  vigil::RootOptions root;
  root.exclude = {".git", "*.o"};
  if (auto added = watcher->add(argv[1], std::move(root)); !added) return fail(added.error());
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  return 0;  // the watcher stops: no callback starts any more
}
