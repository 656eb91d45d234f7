#include "replay/watching_process.hpp"

#include <gtest/gtest.h>

namespace vigil::replay {

using nlohmann::json;
using testing::Model;
using testing::Told;

namespace {

std::string from_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned value = 0;
  int bits = 0;
  for (const char digit : text.substr(0, text.find('='))) {
    value = (value << 6) | static_cast<unsigned>(kDigits.find(digit));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>((value >> bits) & 0xFF);
  }
  return bytes;
}

std::string path_in(const json& line, const std::string& key) {
  if (line.contains(key + "_base64")) return from_base64(line[key + "_base64"].get<std::string>());
  return line.value(key, "");
}

template <typename Enum>
Enum named(const std::string& name, int count) {
  for (int value = 0; value < count; ++value) {
    if (to_string(static_cast<Enum>(value)) == name) return static_cast<Enum>(value);
  }
  ADD_FAILURE() << "'" << name << "' is unknown";
  return {};
}

}  // namespace

Told told_by(const json& line) {
  Told told;
  told.kind = named<Kind>(line["kind"], kKindCount);
  told.type = named<EntryType>(line["type"], 5);
  told.seq = line["seq"];
  told.synthetic = line.value("synthetic", false);
  told.replaced = line.value("replaced", false);
  told.path = path_in(line, "path");
  told.from = path_in(line, "from");
  return told;
}

std::optional<Told> WatchingProcess::next() {
  const std::optional<std::string> line = command_.next_line();
  if (!line) return std::nullopt;
  return told_by(json::parse(*line));
}

void WatchingProcess::catch_up(Model& model) {
  const std::string name = "cookie-" + std::to_string(++cookies_);
  testing::write_file(directory_ + '/' + name, "");
  bool seen = false;
  // Nobody changes anything now.
  const testing::Listing on_disk = testing::listing_of(directory_);
  // To compare takes longer than to apply, so it is done when all that was read is applied.
  while (!seen || !command_.output().empty() || model.listing() != on_disk) {
    const std::optional<Told> told = next();
    if (!told) {
      ADD_FAILURE() << command_.error();
      return;
    }
    model.apply(*told);
    seen = seen || model.listing().contains(name);
  }
}

bool WatchingProcess::end(Model& model) {
  command_.signal(SIGTERM);
  while (const std::optional<Told> told = next()) model.apply(*told);
  return command_.wait() == 0;
}

}  // namespace vigil::replay
