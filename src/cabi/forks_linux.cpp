#include "cabi/forks.hpp"

#include "base/unique_fd.hpp"

#include <pthread.h>

namespace vigil::cabi {

namespace {

void before_fork() {
  lock_watchers();
  lock_batches();
  lock_snapshots();
}

void after_fork() {
  unlock_snapshots();
  unlock_batches();
  unlock_watchers();
}

void in_child() {
  forget_watchers();
  forget_directories();
  after_fork();
  base::UniqueFd::close_all();
}

}  // namespace

void expect_forks() { [[maybe_unused]] static const int status = ::pthread_atfork(before_fork, after_fork, in_child); }

}  // namespace vigil::cabi
