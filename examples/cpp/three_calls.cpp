// The blocking primitive: three_calls DIRECTORY. A thread reads until another closes the handle, at the end of the
// standard input. The records are those of Windows, on every system.
#include <vigil/directory_changes.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <limits>
#include <string>
#include <thread>

namespace {

struct Record {
  std::uint32_t next;  // bytes to the next record; 0 in the last
  std::uint32_t action;
  std::uint32_t name_bytes;
};

void print(const std::byte* at) {
  constexpr const char* kActions[] = {"?", "added", "removed", "modified", "renamed from", "renamed to"};
  Record record{};
  do {
    std::memcpy(&record, at, sizeof record);
    std::u16string name(record.name_bytes / 2, u'\0');
    std::memcpy(name.data(), at + sizeof record, record.name_bytes);
    std::string shown;
    for (const char16_t unit : name) shown += unit < 0x80 ? static_cast<char>(unit) : '?';
    std::printf("%s %s\n", kActions[record.action < 6 ? record.action : 0], shown.c_str());
    at += record.next;
  } while (record.next != 0);
  std::fflush(stdout);
}

void read_until_closed(vigil::DirectoryReader& reader, vigil::DirectoryReader::Handle handle) {
  alignas(4) static std::byte buffer[64 << 10];
  while (auto changes = reader.read_directory_changes(handle, buffer)) {
    if (changes->lost) {
      std::puts("more happened than fits: the directory is to be listed anew");
    } else {
      print(buffer);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: three_calls DIRECTORY\n"), 2;
  vigil::DirectoryReader reader;
  const auto handle = reader.get_directory_handle(argv[1]);
  if (!handle) return std::fprintf(stderr, "%s\n", handle.error().message().c_str()), 1;
  std::thread thread([&] { read_until_closed(reader, *handle); });
  std::puts("ready");
  std::fflush(stdout);
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  const auto closed = reader.close_directory_handle(*handle);  // ends the read
  thread.join();
  return closed ? 0 : 1;
}
