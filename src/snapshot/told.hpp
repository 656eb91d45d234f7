// What was told since a snapshot was saved, noted before it is told, so that a consumer of which nobody knows how much
// it got can be brought back to what the snapshot says. Pure.
#pragma once

#include <vigil/event.hpp>
#include <vigil/result.hpp>

#include "snapshot/image.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::snapshot {

// A change that was told, or was about to be. Paths go on below the root, as the system writes them.
struct Told {
  Kind kind = Kind::created;
  std::string path;
  std::string from;
};

// Appends it to the bytes of the notes.
void append_told(const Told& told, std::string& notes);

// As far as the notes can be read: the last may have been cut off, by the end of the process that wrote it.
std::vector<Told> read_told(std::string_view notes);

// The snapshot, with what brings a consumer back to it who may have been told any part of the notes, and of what the
// snapshot has not delivered: at each place that these speak of, `removed`, and then `created` for all that the
// snapshot has there. Who takes no notice of a `removed` of what is not there, and of a `created` of what is, ends
// right.
Result<std::shared_ptr<const Image>> brought_back(const Image& image, const std::vector<Told>& told);

}  // namespace vigil::snapshot
