#include "base/utf.hpp"
#include "cli/doctor_system.hpp"
#include "cli/format.hpp"
#include "sys/directory_handle_windows.hpp"
#include "sys/nt_windows.hpp"

#include <utility>

namespace vigil::cli {
namespace {

void* find(const wchar_t* library, const char* name) {
  return reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(library), name));
}

// GetVersionEx() tells a program what that was made for, and not what it runs on.
std::string version() {
  OSVERSIONINFOW information{};
  information.dwOSVersionInfoSize = sizeof information;
  using GetVersion = LONG(WINAPI*)(OSVERSIONINFOW*);
  const auto get_version = reinterpret_cast<GetVersion>(find(L"ntdll.dll", "RtlGetVersion"));
  if (get_version == nullptr || get_version(&information) != 0) return "Windows";
  std::string text = formatted("Windows NT {}.{}, build {}", information.dwMajorVersion, information.dwMinorVersion,
                               information.dwBuildNumber);
  // A function that Wine alone has.
  if (find(L"ntdll.dll", "wine_get_version") != nullptr) text += ", on Wine";
  return text;
}

}  // namespace

void examine_system(DoctorReport& report) {
  report.system = version();
  report.privilege = "none is needed";
  report.watches_each_directory = false;
  report.backends.push_back({"ReadDirectoryChangesW", true, "one read tells of a whole tree"});
  const bool has_extended = find(L"kernel32.dll", "ReadDirectoryChangesExW") != nullptr;
  report.backends.push_back({"ReadDirectoryChangesExW", has_extended,
                             has_extended ? "it tells types and identities as well"
                                          : "this system has none; moves are joined by other means"});
  LimitFound buffer;
  buffer.what = "buffer";
  buffer.name = "bytes of changes kept between two reads";
  buffer.value = sys::kSubtreeBufferBytes;
  report.limits.push_back(buffer);
  buffer.name = "the same on a network drive";
  buffer.value = sys::kNetworkBufferBytesMax;
  report.limits.push_back(buffer);
}

// What is known so far is whether it is on this machine, which is all that decides.
void examine_file_system(const sys::Directory& directory, PathFound& found) {
  const sys::Outcome<std::u16string> name = sys::nt::file_system_name(directory.descriptor());
  found.file_system.where = std::exchange(found.file_system.type, name ? base::to_wtf8(name.value) : std::string());
}

}  // namespace vigil::cli
