// Any text is taken apart without a step outside it, and what comes out can be written as a table that says the same.
#include "sys/mount_table.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    char octal[8];
    std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    escaped += octal;
  }
  return escaped;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vigil::sys::Mount;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<Mount> mounts = vigil::sys::parse_mount_table(text);
  std::string again;
  for (const Mount& mount : mounts) {
    if (!mount.point.starts_with('/') || mount.type.empty()) std::abort();
    again += std::to_string(mount.id) + " 1 " + std::to_string(mount.device >> 32) + ':' +
             std::to_string(mount.device & 0xffffffff) + " / /" + escape(std::string_view(mount.point).substr(1)) +
             " rw - " + escape(mount.type) + " none rw\n";
  }
  if (vigil::sys::parse_mount_table(again) != mounts) std::abort();
  return 0;
}
