// A directory's changes as the system tells them. The thread that asks is the thread that cancels
// (docs/decisions/0005-the-thread-that-asks-cancels.md).
#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "core/change_reader.hpp"
#include "sys/directory_handle_windows.hpp"
#include "sys/error_codes.hpp"

#include <windows.h>
#include <algorithm>
#include <string>
#include <utility>

namespace vigil::core {

namespace {

using base::UniqueHandle;

// What the length argument can say, a multiple of the records' alignment.
constexpr std::size_t kBufferBytesMax = std::size_t{1} << 30;

Error refuse(std::string_view path, DWORD error) {
  const int code = static_cast<int>(error);
  const std::string message = "cannot open '" + std::string(path) + "': " + sys::words_of(code);
  if (error == ERROR_DIRECTORY) return {ErrorCode::not_watchable, message, code};
  switch (sys::meaning_of(code)) {
    case sys::ErrorMeaning::gone: return {ErrorCode::not_found, message, code};
    case sys::ErrorMeaning::denied: return {ErrorCode::permission_denied, message, code};
    case sys::ErrorMeaning::limit: return {ErrorCode::limit_reached, message, code};
    case sys::ErrorMeaning::other: break;
  }
  return {ErrorCode::system, message, code};
}

ChangeReader::Read failed(DWORD error) {
  const int code = static_cast<int>(error);
  // The handle was opened with every right that a read needs, so what is denied now is to a directory that was removed
  // and waits for its last handle to be closed.
  const bool is_gone = error == ERROR_ACCESS_DENIED || error == ERROR_DELETE_PENDING || error == ERROR_FILE_NOT_FOUND;
  Error told = is_gone ? Error(ErrorCode::not_found, "the directory is gone", code)
                       : Error(ErrorCode::system, "cannot read the changes: " + sys::words_of(code), code);
  return {.end = ChangeReader::Read::End::failed, .error = std::move(told)};
}

DWORD milliseconds_until(std::optional<ChangeReader::Moment> until) {
  if (!until) return INFINITE;
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(*until - std::chrono::steady_clock::now()).count();
  return static_cast<DWORD>(std::clamp<long long>(rest, 0, INFINITE - 1));
}

// The OVERLAPPED and the buffer are the system's from the moment a read is issued until its own completion is seen,
// which read() always waits for. So they may be on its stack and the caller's memory, and no thread of our own is
// needed. Others only set an event.
class OverlappedReader final : public ChangeReader {
 public:
  OverlappedReader(sys::DirectoryHandle directory, bool recursive, UniqueHandle completed, UniqueHandle interrupted)
      : directory_(std::move(directory)),
        recursive_(recursive),
        completed_(std::move(completed)),
        interrupted_(std::move(interrupted)) {}

  Read read(std::span<std::byte> buffer, std::optional<Moment> until) override;
  void interrupt() override { (void)::SetEvent(interrupted_.get()); }
  void resume() override { (void)::ResetEvent(interrupted_.get()); }

 private:
  Read finish(OVERLAPPED& overlapped, Read::End if_cancelled);

  sys::DirectoryHandle directory_;
  bool recursive_;
  UniqueHandle completed_;    // set by the system
  UniqueHandle interrupted_;  // manual: stays set until resume()
};

ChangeReader::Read OverlappedReader::read(std::span<std::byte> buffer, std::optional<Moment> until) {
  if (::WaitForSingleObject(interrupted_.get(), 0) == WAIT_OBJECT_0) return {.end = Read::End::interrupted};
  OVERLAPPED overlapped{};
  overlapped.hEvent = completed_.get();
  const std::size_t bytes_max = directory_.is_remote ? sys::kNetworkBufferBytesMax : kBufferBytesMax;
  const auto size = static_cast<DWORD>(std::min(buffer.size(), bytes_max));
  if (::ReadDirectoryChangesW(directory_.handle.get(), buffer.data(), size, recursive_ ? TRUE : FALSE,
                              sys::kChangesWanted, nullptr, &overlapped, nullptr) == 0) {
    return failed(::GetLastError());
  }
  const HANDLE either[] = {completed_.get(), interrupted_.get()};
  DWORD waited = WAIT_TIMEOUT;
  do {
    waited = ::WaitForMultipleObjects(2, either, FALSE, milliseconds_until(until));
  } while (waited == WAIT_TIMEOUT && (!until || std::chrono::steady_clock::now() < *until));
  // This thread issued it, so this thread's CancelIo cancels it; it has no other read of this handle.
  if (waited != WAIT_OBJECT_0) (void)::CancelIo(directory_.handle.get());
  return finish(overlapped, waited == WAIT_TIMEOUT ? Read::End::timed_out : Read::End::interrupted);
}

// Waits for the completion, whatever it is: a change may have come before the cancellation.
ChangeReader::Read OverlappedReader::finish(OVERLAPPED& overlapped, Read::End if_cancelled) {
  DWORD bytes = 0;
  if (::GetOverlappedResult(directory_.handle.get(), &overlapped, &bytes, TRUE) == 0) {
    const DWORD error = ::GetLastError();
    if (error == ERROR_OPERATION_ABORTED) return {.end = if_cancelled};
    if (error == ERROR_NOTIFY_ENUM_DIR) return {.end = Read::End::lost};
    return failed(error);
  }
  if (bytes == 0 || overlapped.Internal == sys::kNotifyEnumDir) return {.end = Read::End::lost};
  return {.end = Read::End::changes, .bytes = bytes};
}

}  // namespace

Result<std::unique_ptr<ChangeReader>> open_change_reader(std::string_view path, bool recursive) {
  const std::optional<std::u16string> units = base::to_utf16(path);
  if (!units) return Error(ErrorCode::invalid_argument, "the path is not UTF-8 (or WTF-8)");
  sys::Outcome<sys::DirectoryHandle> directory = sys::open_directory_handle(std::wstring(units->begin(), units->end()));
  if (!directory) return refuse(path, static_cast<DWORD>(directory.error));
  UniqueHandle completed(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  UniqueHandle interrupted(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!completed || !interrupted) return refuse(path, ::GetLastError());
  return std::unique_ptr<ChangeReader>(std::make_unique<OverlappedReader>(
      std::move(directory.value), recursive, std::move(completed), std::move(interrupted)));
}

}  // namespace vigil::core
