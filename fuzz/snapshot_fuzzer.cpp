// Any bytes are read as a snapshot without a step outside them; what is taken for one is written again and says the
// same. The bytes are given as they are, and once more with the head and the checksum that they should have, so that
// what comes behind these is reached.
#include "snapshot/format.hpp"
#include "snapshot/layout.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace vigil::snapshot;

void require(bool condition) {
  if (!condition) std::abort();
}

// As it was read.
std::string written_again(Reader reader) {
  Writer writer(reader.description());
  for (const Untold& untold : reader.untold()) writer.add_untold(untold);
  writer.begin(reader.root());
  std::string last;
  while (const std::optional<std::size_t> count = reader.next_directory()) {
    writer.begin_directory(*count);
    last.clear();
    for (std::size_t left = *count; left > 0; --left) {
      const Entry& entry = reader.next();
      require(!entry.name.empty() && entry.name > last);
      require(entry.name.find('/') == std::string_view::npos);
      last = entry.name;
      writer.add(entry);
    }
  }
  return writer.finish();
}

void read(std::string_view bytes) {
  const vigil::Result<Reader> reader = Reader::open(bytes);
  if (!reader) {
    require(!reader.error().message().empty());
    return;
  }
  const std::string again = written_again(*reader);
  const vigil::Result<Reader> second = Reader::open(again);
  require(static_cast<bool>(second));
  require(written_again(*second) == again);
}

std::string with_head(std::string_view payload, std::uint32_t flags) {
  std::string bytes(kMagic);
  const auto put = [&](std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  };
  put(kVersion, 4);
  put(flags, 4);
  put(kHeadSize + payload.size() + kTailSize, 8);
  bytes += payload;
  put(checksum(bytes), 8);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read(bytes);
  read(with_head(bytes, kHasHashes));
  return 0;
}
