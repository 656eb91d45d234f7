// Records as fanotify queues them, for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::backend::fanotify {

using Bytes = std::vector<std::byte>;

template <typename T>
void put(Bytes& bytes, T value) {
  const auto* from = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof(value));
}

inline void put(Bytes& bytes, std::string_view text) {
  const auto* from = reinterpret_cast<const std::byte*>(text.data());
  bytes.insert(bytes.end(), from, from + text.size());
}

// The identity of a directory or file with this inode number: file system, handle.
inline std::string identity_of(std::uint32_t inode) {
  Bytes bytes;
  put(bytes, std::uint64_t{0x1122334455667788});
  put(bytes, std::uint32_t{8});
  put(bytes, std::int32_t{1});
  put(bytes, inode);
  put(bytes, std::uint32_t{99});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline constexpr std::uint8_t kTargetType = 1;
inline constexpr std::uint8_t kNameType = 2;
inline constexpr std::uint8_t kOldNameType = 10;
inline constexpr std::uint8_t kNewNameType = 12;

// One piece of information: an identity, and a name where it has one.
inline Bytes information(std::uint8_t type, std::uint32_t inode, std::string_view name = {}) {
  Bytes content;
  put(content, std::string_view(identity_of(inode)));
  if (type != kTargetType) {
    put(content, name);
    put(content, std::uint8_t{0});
    while (content.size() % 4 != 0) put(content, std::uint8_t{0});
  }
  Bytes bytes;
  put(bytes, type);
  put(bytes, std::uint8_t{0});
  put(bytes, static_cast<std::uint16_t>(content.size() + 4));
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

inline Bytes record(std::uint64_t mask, const std::vector<Bytes>& information, int pid = 42) {
  Bytes content;
  for (const Bytes& each : information) content.insert(content.end(), each.begin(), each.end());
  Bytes bytes;
  put(bytes, static_cast<std::uint32_t>(content.size() + 24));
  put(bytes, std::uint8_t{3});
  put(bytes, std::uint8_t{0});
  put(bytes, std::uint16_t{24});
  put(bytes, mask);
  put(bytes, std::int32_t{-1});
  put(bytes, std::int32_t{pid});
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

}  // namespace vigil::backend::fanotify
