#include "base/unique_fd.hpp"

#include <unistd.h>
#include <cerrno>

namespace vigil::base {

void UniqueFd::close(int descriptor) {
  // Not repeated after EINTR: Linux has released the number by then, and another thread may own it already. errno is
  // kept because descriptors are closed on the way out of calls that failed.
  const int kept = errno;
  ::close(descriptor);
  errno = kept;
}

}  // namespace vigil::base
