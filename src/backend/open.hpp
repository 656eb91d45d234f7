// The choice of a backend: what this system has.
#pragma once

#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include "backend/backend.hpp"

#include <memory>

namespace vigil::backend {

// `kinds` are those to be delivered. Fails with limit_reached where the user may have no more watchers, and the message
// says what the limit is and how to raise it.
Result<std::unique_ptr<Backend>> open_backend(Kinds kinds);

}  // namespace vigil::backend
