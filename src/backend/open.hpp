// The choice of a backend: what this system has.
#pragma once

#include <vigil/descriptor.hpp>
#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include "backend/backend.hpp"

#include <functional>
#include <memory>

namespace vigil::backend {

// The choice in the environment variable VIGIL_BACKEND, where `asked` leaves it open. Fails where the variable means
// nothing.
Result<BackendChoice> choice(BackendChoice asked);

// Has whoever sleeps woken by a descriptor, too. The system's error, or 0.
using Join = std::function<int(Descriptor)>;

// `kinds` are those to be delivered. Where what was chosen cannot be had here, the next best is taken, and its why()
// says so. `join` is called for each descriptor that is readable when drain() has something to do: now, or when a
// backend is first needed. Fails with invalid_argument where this system never has what was chosen, with limit_reached
// where the user may have no more watchers, and the message says what the limit is and how to raise it.
Result<std::unique_ptr<Backend>> open_backend(BackendChoice choice, Kinds kinds, Join join);

}  // namespace vigil::backend
