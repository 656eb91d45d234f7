#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "sys/append_file.hpp"
#include "sys/whole_file.hpp"

#include <windows.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace vigil::sys {

namespace {

using base::UniqueHandle;

constexpr std::size_t kPiece = std::size_t{16} << 20;

int last_error() { return static_cast<int>(::GetLastError()); }

class WindowsAppendFile final : public AppendFile {
 public:
  explicit WindowsAppendFile(UniqueHandle file) : file_(std::move(file)) {}

  int append(std::string_view bytes) override {
    while (!bytes.empty()) {
      DWORD written = 0;
      const auto size = static_cast<DWORD>(std::min(bytes.size(), kPiece));
      if (::WriteFile(file_.get(), bytes.data(), size, &written, nullptr) == 0) return last_error();
      bytes.remove_prefix(written);
    }
    return 0;
  }

  int clear() override {
    const bool is_done = ::SetFilePointer(file_.get(), 0, nullptr, FILE_BEGIN) != INVALID_SET_FILE_POINTER &&
                         ::SetEndOfFile(file_.get()) != 0;
    return is_done ? 0 : last_error();
  }

 private:
  const UniqueHandle file_;
};

}  // namespace

Outcome<std::unique_ptr<AppendFile>> open_append_file(const std::string& path) {
  using Failure = Outcome<std::unique_ptr<AppendFile>>;
  const std::optional<std::u16string> name = base::to_utf16(path);
  if (!name) return Failure::failure(ERROR_INVALID_NAME);
  // Others may read it, and nobody else may write.
  UniqueHandle file(::CreateFileW(reinterpret_cast<const wchar_t*>(name->c_str()), GENERIC_WRITE, FILE_SHARE_READ,
                                  nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file) return Failure::failure(last_error());
  if (::SetFilePointer(file.get(), 0, nullptr, FILE_END) == INVALID_SET_FILE_POINTER && ::GetLastError() != NO_ERROR) {
    return Failure::failure(last_error());
  }
  return {std::make_unique<WindowsAppendFile>(std::move(file))};
}

}  // namespace vigil::sys
