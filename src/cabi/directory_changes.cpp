// The C functions around one DirectoryReader.
#include <vigil/vigil.h>
#include <vigil/directory_changes.hpp>

#include <new>
#include <string>
#include <utility>

namespace {

struct LastError {
  std::string message;
  const char* text = "";  // the message, or a constant where there was no memory for one
  int os_code = 0;
};

thread_local LastError last_error;

int fail(vigil::Error error) {
  last_error.message = error.message();
  last_error.text = last_error.message.c_str();
  last_error.os_code = error.os_code();
  return static_cast<int>(error.code());
}

int fail_for_memory() {
  last_error.text = "out of memory";
  last_error.os_code = 0;
  return VIGIL_ERROR_OUT_OF_MEMORY;
}

int fail_for_null(const char* what) {
  return fail(vigil::Error(vigil::ErrorCode::invalid_argument, std::string(what) + " is NULL"));
}

// No exception may cross into C; the only one there is tells of memory.
template <typename Call>
int guarded(Call&& call) {
  try {
    return call();
  } catch (...) {
    return fail_for_memory();
  }
}

// Never destroyed: a thread may still wait in a read while the program ends.
vigil::DirectoryReader& registry() {
  static vigil::DirectoryReader* const reader = new vigil::DirectoryReader();
  return *reader;
}

int done(vigil::Status status) { return status ? VIGIL_OK : fail(std::move(status).error()); }

}  // namespace

extern "C" {

const char* vigil_error_message(void) { return last_error.text; }

int vigil_error_os_code(void) { return last_error.os_code; }

int vigil_get_directory_handle(const char* path, int recursive, vigil_directory* directory) {
  return guarded([&]() -> int {
    if (path == nullptr) return fail_for_null("the path");
    if (directory == nullptr) return fail_for_null("where the handle goes");
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
