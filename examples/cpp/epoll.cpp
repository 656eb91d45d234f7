// A directory among the other descriptors of an event loop (Linux): epoll DIRECTORY. Ends with its standard input.
#include <vigil/watcher.hpp>

#include <chrono>
#include <iostream>

#include <sys/epoll.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

int fail(const vigil::Error& error) {
  std::cerr << error.message() << '\n';
  return 1;
}

// Whatever there is now, without waiting. False once the watcher is stopped.
bool drain(vigil::Watcher& watcher) {
  const auto batch = watcher.wait(0s);
  if (!batch) return false;
  for (const vigil::Event& event : *batch) std::cout << to_string(event.kind) << ' ' << event.path << '\n';
  std::cout.flush();
  return true;
}

bool add(int epoll, int descriptor) {
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.fd = descriptor;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &wanted) == 0;
}

int loop(vigil::Watcher& watcher) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (!add(epoll, watcher.descriptor()) || !add(epoll, STDIN_FILENO)) return 1;
  while (true) {
    char line[256];
    epoll_event ready{};
    if (::epoll_wait(epoll, &ready, 1, -1) != 1) continue;
    if (ready.data.fd != STDIN_FILENO) {
      if (!drain(watcher)) return 1;
    } else if (::read(STDIN_FILENO, line, sizeof line) <= 0) {
      ::close(epoll);
      return 0;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: epoll DIRECTORY\n", 2;
  auto watcher = vigil::Watcher::open();
  if (!watcher) return fail(watcher.error());
  if (auto added = watcher->add(argv[1]); !added) return fail(added.error());
  return loop(*watcher);
}
