// The C functions around one DirectoryReader.
#include <vigil/vigil.h>
#include <vigil/directory_changes.hpp>

#include "cabi/errors.hpp"
#include "cabi/forks.hpp"

#include <atomic>
#include <utility>
#include <vector>

namespace {

using vigil::cabi::done;
using vigil::cabi::fail;
using vigil::cabi::fail_for_null;
using vigil::cabi::guarded;

using Registry = std::atomic<vigil::DirectoryReader*>;

// Never destroyed: a thread may still wait in a read while the program ends.
Registry& shared_registry() {
  static Registry* const shared = new Registry(new vigil::DirectoryReader());
  return *shared;
}

vigil::DirectoryReader& registry() { return *shared_registry(); }

}  // namespace

void vigil::cabi::forget_directories() {
  static auto* const forgotten = new std::vector<DirectoryReader*>();
  forgotten->push_back(shared_registry().exchange(new DirectoryReader()));
}

extern "C" {

int vigil_get_directory_handle(const char* path, int recursive, vigil_directory* directory) {
  return guarded([&]() -> int {
    if (path == nullptr) return fail_for_null("the path");
    if (directory == nullptr) return fail_for_null("where the handle goes");
    vigil::cabi::expect_forks();
    vigil::Result<vigil::DirectoryReader::Handle> handle = registry().get_directory_handle(path, recursive != 0);
    if (!handle) return fail(std::move(handle).error());
    *directory = *handle;
    return VIGIL_OK;
  });
}

int vigil_read_directory_changes(vigil_directory directory, void* buffer, size_t size, int64_t timeout,
                                 size_t* filled) {
  return guarded([&]() -> int {
    if (buffer == nullptr) return fail_for_null("the buffer");
    if (filled == nullptr) return fail_for_null("where the number of bytes goes");
    vigil::Result<vigil::DirectoryReader::Changes> changes = registry().read_directory_changes(
        directory, {static_cast<std::byte*>(buffer), size}, std::chrono::nanoseconds(timeout));
    if (!changes) return fail(std::move(changes).error());
    *filled = changes->bytes;
    return VIGIL_OK;
  });
}

int vigil_cancel_directory_reads(vigil_directory directory) {
  return guarded([&] { return done(registry().cancel(directory)); });
}

int vigil_close_directory_handle(vigil_directory directory) {
  return guarded([&] { return done(registry().close_directory_handle(directory)); });
}

}  // extern "C"
