// Snapshots as handles.
#pragma once

#include <vigil/vigil.h>
#include <vigil/snapshot.hpp>

#include <memory>

namespace vigil::cabi {

// None for what is no handle.
std::shared_ptr<const Snapshot> find_snapshot(const vigil_snapshot* snapshot);

vigil_snapshot* give_snapshot(Snapshot&& snapshot);

}  // namespace vigil::cabi
