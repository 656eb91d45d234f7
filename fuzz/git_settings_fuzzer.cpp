// A file of git's settings: nothing is read beyond its end, and every key has a section and a name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "event/git_settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  for (const vigil::event::GitSetting& setting : vigil::event::read_git_settings(text)) {
    if (setting.key.find('.') == std::string::npos || setting.key.ends_with('.')) std::abort();
    if (setting.value && setting.value->size() > size) std::abort();
    (void)vigil::event::read_git_bool(setting.value);
  }
  return 0;
}
