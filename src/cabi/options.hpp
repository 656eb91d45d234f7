// The structs of options as C has them, and as C++ does.
#pragma once

#include <vigil/vigil.h>
#include <vigil/options.hpp>
#include <vigil/result.hpp>

namespace vigil::cabi {

// Of a struct whose size may be that of another version; NULL for what is usual. All but the callback.
Result<Options> options_of(const vigil_options* options);
Result<RootOptions> root_options_of(const vigil_root_options* options);

// The struct in this version's size, read by its `struct_size`.
Result<vigil_options> whole(const vigil_options* options);

}  // namespace vigil::cabi
