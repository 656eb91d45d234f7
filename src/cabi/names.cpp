// Constants and their names.
#include <vigil/version.h>
#include <vigil/vigil.h>
#include <vigil/event.hpp>

#include <limits>

namespace {

// Texts of to_string() are constants, which end in a NUL.
template <typename Enum>
const char* name_of(int number) {
  const bool fits = number >= 0 && number <= std::numeric_limits<std::uint8_t>::max();
  return fits ? vigil::to_string(static_cast<Enum>(number)).data() : "unknown";
}

static_assert(static_cast<int>(vigil::Kind::error) == VIGIL_ERROR && vigil::kKindCount == VIGIL_ERROR + 1);
static_assert(static_cast<int>(vigil::EntryType::other) == VIGIL_OTHER);

}  // namespace

extern "C" {

const char* vigil_version_string(void) { return VIGIL_VERSION; }

uint32_t vigil_version_number(void) {
  return VIGIL_VERSION_MAJOR * 1000000 + VIGIL_VERSION_MINOR * 1000 + VIGIL_VERSION_PATCH;
}

uint32_t vigil_abi_version(void) { return VIGIL_ABI_VERSION; }

const char* vigil_kind_name(int kind) { return name_of<vigil::Kind>(kind); }

const char* vigil_type_name(int type) { return name_of<vigil::EntryType>(type); }

}  // extern "C"
