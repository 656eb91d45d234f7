// The stream of `vigil watch --format json`, read event by event.
#pragma once

#include "cli/command.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vigil::cli {

// `vigil watch --format json ARGUMENTS...`. One thread at a time.
class Stream {
 public:
  explicit Stream(std::vector<std::string> arguments, const Setting& setting = {});

  // The next event; null at the end. A line that is not JSON fails the test.
  nlohmann::json next();

  // Reads on until an event of that kind comes, and returns it; null if none does.
  nlohmann::json next_of(const std::string& kind);

  // As next_of(), and of that path.
  nlohmann::json next_of(const std::string& kind, const std::filesystem::path& path);

  // Everything that comes until the command ends.
  std::vector<nlohmann::json> rest();

  Command& command() { return command_; }

 private:
  Command command_;
};

// The listing that follows from the events, by the rules of the replay: the type of each path.
using Listing = std::map<std::string, std::string>;
void replay(Listing& listing, const nlohmann::json& event);

// What is below a directory on disk.
Listing listing_of(const std::filesystem::path& directory);

}  // namespace vigil::cli
