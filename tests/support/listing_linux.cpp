#include "support/model.hpp"

#include <filesystem>

namespace vigil::testing {

namespace {

EntryType type_of(const std::filesystem::file_status& status) {
  switch (status.type()) {
    case std::filesystem::file_type::regular: return EntryType::file;
    case std::filesystem::file_type::directory: return EntryType::directory;
    case std::filesystem::file_type::symlink: return EntryType::symlink;
    default: return EntryType::other;
  }
}

}  // namespace

Listing listing_of(const std::string& directory) {
  Listing listing;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    listing.emplace(entry.path().string().substr(directory.size() + 1), type_of(entry.symlink_status()));
  }
  return listing;
}

}  // namespace vigil::testing
