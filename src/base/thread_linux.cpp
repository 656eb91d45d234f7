#include "base/thread.hpp"

#include <csignal>
#include <utility>

namespace vigil::base {

std::thread start_thread(std::function<void()> body) {
  // A thread inherits the mask of its starter, so nothing can slip in between.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace vigil::base
