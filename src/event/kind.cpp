#include <vigil/event.hpp>

namespace vigil {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::created: return "created";
    case Kind::removed: return "removed";
    case Kind::renamed: return "renamed";
    case Kind::modified: return "modified";
    case Kind::attributes: return "attributes";
    case Kind::closed: return "closed";
    case Kind::opened: return "opened";
    case Kind::accessed: return "accessed";
    case Kind::rescan: return "rescan";
    case Kind::live: return "live";
    case Kind::ready: return "ready";
    case Kind::degraded: return "degraded";
    case Kind::lost: return "lost";
    case Kind::restored: return "restored";
    case Kind::error: return "error";
  }
  // A number from across the ABI that this version does not know.
  return "unknown";
}

std::string_view to_string(EntryType type) {
  switch (type) {
    case EntryType::unknown: return "unknown";
    case EntryType::file: return "file";
    case EntryType::directory: return "directory";
    case EntryType::symlink: return "symlink";
    case EntryType::other: return "other";
  }
  return "unknown";
}

}  // namespace vigil
