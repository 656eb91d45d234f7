#include "cli/stream.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace vigil::cli {
namespace {

using nlohmann::json;

std::vector<std::string> with_format(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"watch", "--format", "json"});
  return arguments;
}

const char* type_of(std::filesystem::file_type type) {
  switch (type) {
    case std::filesystem::file_type::regular: return "file";
    case std::filesystem::file_type::directory: return "directory";
    case std::filesystem::file_type::symlink: return "symlink";
    default: return "other";
  }
}

bool is_below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

// Takes a path and all below it out of the listing.
Listing cut(Listing& listing, const std::string& path) {
  Listing taken;
  for (auto entry = listing.begin(); entry != listing.end();) {
    if (entry->first == path || is_below(entry->first, path)) {
      taken.insert(*entry);
      entry = listing.erase(entry);
    } else {
      ++entry;
    }
  }
  return taken;
}

}  // namespace

Stream::Stream(std::vector<std::string> arguments, const Setting& setting)
    : command_(with_format(std::move(arguments)), setting) {}

json Stream::next() {
  const std::optional<std::string> line = command_.next_line();
  if (!line) return nullptr;
  json event = json::parse(*line, nullptr, false);
  EXPECT_TRUE(event.is_object()) << *line;
  return event.is_object() ? event : json(nullptr);
}

json Stream::next_of(const std::string& kind) {
  while (true) {
    json event = next();
    if (event.is_null() || event["kind"] == kind) return event;
  }
}

json Stream::next_of(const std::string& kind, const std::filesystem::path& path) {
  while (true) {
    json event = next_of(kind);
    if (event.is_null() || event["path"] == path.string()) return event;
  }
}

std::vector<json> Stream::rest() {
  std::vector<json> events;
  for (json event = next(); !event.is_null(); event = next()) events.push_back(std::move(event));
  return events;
}

void replay(Listing& listing, const json& event) {
  const std::string kind = event["kind"];
  const std::string path = event["path"];
  if (kind == "created") {
    listing[path] = event["type"];
  } else if (kind == "removed") {
    EXPECT_FALSE(cut(listing, path).empty()) << event;
  } else if (kind == "renamed") {
    const std::string from = event["from"];
    const Listing moved = cut(listing, from);
    EXPECT_FALSE(moved.empty()) << event;
    cut(listing, path);
    for (const auto& [old_path, type] : moved) listing[path + old_path.substr(from.size())] = type;
  }
}

Listing listing_of(const std::filesystem::path& directory) {
  Listing listing;
  for (const std::filesystem::directory_entry& entry : std::filesystem::recursive_directory_iterator(directory)) {
    listing[entry.path().string()] = type_of(entry.symlink_status().type());
  }
  return listing;
}

}  // namespace vigil::cli
