// Any bytes are walked without a step outside them, and the records account for every byte before the damage.
#include "backend/inotify/decode.hpp"

#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vigil::backend::inotify::Decoder;
  using vigil::backend::inotify::Record;
  const auto bytes = std::as_bytes(std::span(data, size));
  Decoder decoder(bytes);
  std::size_t consumed = 0;
  for (Record record; decoder.next(record);) {
    const auto* begin = reinterpret_cast<const char*>(bytes.data()) + consumed + 16;
    consumed += decoder.record_size();
    if (record.name.data() != begin || record.name.size() + 16 > decoder.record_size()) std::abort();
    if (record.name.find('\0') != std::string_view::npos) std::abort();
  }
  if (consumed > size || decoder.damaged() != (consumed != size)) std::abort();
  return 0;
}
