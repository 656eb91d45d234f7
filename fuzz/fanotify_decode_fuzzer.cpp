// Any bytes are walked without a step outside them, and what a record names lies inside of it.
#include "backend/fanotify/decode.hpp"

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vigil::backend::fanotify::Decoder;
  using vigil::backend::fanotify::Record;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto* const begin = reinterpret_cast<const char*>(bytes.data());
  const auto check = [&](std::string_view part) {
    if (!part.empty() && (part.data() < begin || part.data() + part.size() > begin + size)) std::abort();
  };
  Decoder decoder(bytes);
  std::size_t rest = size;
  for (Record record; decoder.next(record);) {
    if (decoder.rest().size() >= rest) std::abort();  // it would never end
    rest = decoder.rest().size();
    for (const auto& place : {record.at, record.to}) {
      check(place.directory);
      check(place.name);
      if (place.name.find('\0') != std::string_view::npos) std::abort();
    }
    check(record.target);
  }
  if (decoder.damaged() == (rest == 0)) std::abort();
  return 0;
}
