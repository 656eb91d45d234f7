#include "backend/open.hpp"
#include "backend/poll/backend.hpp"
#include "backend/windows/backend.hpp"
#include "sys/directory_reads.hpp"
#include "sys/error_codes.hpp"

#include <cstddef>
#include <utility>

namespace vigil::backend {

namespace {

// Of records that were read and not yet handled: some 100,000 changes. Beyond, a directory's are dropped, which is told
// and repaired as what the kernel drops.
constexpr std::size_t kQueueBytesMax = std::size_t{8} << 20;

}  // namespace

Result<std::unique_ptr<Backend>> open_backend(BackendChoice choice, Kinds /*kinds*/, Join join) {
  if (choice == BackendChoice::poll) {
    Result<std::unique_ptr<Backend>> poll = poll::open_poll();
    if (poll) (void)join((*poll)->descriptor());
    return poll;
  }
  sys::Outcome<std::unique_ptr<sys::DirectoryReads>> reads = sys::open_directory_reads(kQueueBytesMax);
  if (!reads) {
    const bool is_limit = sys::meaning_of(reads.error) == sys::ErrorMeaning::limit;
    return Error(is_limit ? ErrorCode::limit_reached : ErrorCode::system, sys::words_of(reads.error), reads.error);
  }
  (void)join(reads.value->descriptor());
  return std::unique_ptr<Backend>(new windows::WindowsBackend(std::move(reads.value)));
}

}  // namespace vigil::backend
