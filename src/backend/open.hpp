// The choice of a backend: what this system has.
#pragma once

#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include "backend/backend.hpp"

#include <memory>

namespace vigil::backend {

// The choice in the environment variable VIGIL_BACKEND, where `asked` leaves it open. Fails where the variable means
// nothing.
Result<BackendChoice> choice(BackendChoice asked);

// `kinds` are those to be delivered. Fails with invalid_argument where this system does not have what was chosen. Fails
// with limit_reached where the user may have no more watchers, and the message says what the limit is and how to raise
// it.
Result<std::unique_ptr<Backend>> open_backend(BackendChoice choice, Kinds kinds);

}  // namespace vigil::backend
