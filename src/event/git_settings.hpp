// git's files of settings ("git config"), as far as ignore rules need them. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::event {

// One line that sets something.
struct GitSetting {
  std::string key;                   // "core.excludesfile", "include.path": section and name in lower case, the part
                                     // of a section that is in quotes as it is
  std::optional<std::string> value;  // none where there is but a name, which means "true"
};

// A larger file is not read.
inline constexpr std::size_t kGitSettingsBytesMax = std::size_t{1} << 20;

// Those of a file, in their order, up to the first line that git would complain about.
std::vector<GitSetting> read_git_settings(std::string_view bytes);

// As git reads a yes or no; nothing for what is neither.
std::optional<bool> read_git_bool(const std::optional<std::string>& value);

}  // namespace vigil::event
