// Any bytes are walked without a step outside them, in both layouts; and what the walk gave, written by the encoder,
// is given again.
#include "backend/windows/decode.hpp"

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vigil::backend::windows;

using Records = std::vector<std::pair<std::uint32_t, std::u16string>>;

Records walk(std::span<const std::byte> bytes, Layout layout, bool& damaged) {
  Records records;
  Decoder decoder(bytes, layout);
  std::size_t name_bytes = 0;
  for (Record record; decoder.next(record);) {
    name_bytes += 2 * record.name.size();
    records.emplace_back(record.action, record.name);
  }
  damaged = decoder.damaged();
  const std::size_t header = layout == Layout::basic ? 12 : 84;
  if (records.size() * header + name_bytes > bytes.size()) std::abort();
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  bool damaged = false;
  (void)walk(bytes, Layout::extended, damaged);
  const Records records = walk(bytes, Layout::basic, damaged);

  // The bytes walked may lie closer than at multiples of four.
  std::vector<std::byte> written(size + 3 * records.size());
  Encoder encoder(written);
  for (const auto& [action, name] : records) {
    if (!encoder.append(action, name)) std::abort();
  }
  if (walk(std::span(written).first(encoder.size()), Layout::basic, damaged) != records || damaged) std::abort();
  return 0;
}
