#include "backend/open.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace vigil::backend {

Result<BackendChoice> choice(BackendChoice asked) {
  if (asked != BackendChoice::automatic) return asked;
  const char* const value = std::getenv("VIGIL_BACKEND");
  if (value == nullptr || *value == '\0') return asked;
  constexpr std::pair<std::string_view, BackendChoice> kChoices[] = {{"auto", BackendChoice::automatic},
                                                                     {"inotify", BackendChoice::inotify},
                                                                     {"fanotify", BackendChoice::fanotify},
                                                                     {"poll", BackendChoice::poll}};
  for (const auto& [name, named] : kChoices) {
    if (name == value) return named;
  }
  return Error(ErrorCode::invalid_argument, "the environment variable VIGIL_BACKEND is '" + std::string(value) +
                                                "', which is none of auto, inotify, fanotify, poll");
}

}  // namespace vigil::backend
