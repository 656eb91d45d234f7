// A directory of which nothing is to be known: for what only hands it on.
#pragma once

#include "sys/disk.hpp"

#include <span>
#include <string>
#include <string_view>

namespace vigil::testing {

class NoDirectory final : public sys::Directory {
 public:
  sys::Outcome<std::span<const sys::DirectoryEntry>> read() override { return {}; }
  sys::Outcome<sys::FileStatus> status() override { return {}; }
  sys::Outcome<sys::FileStatus> status(std::string_view) override { return {}; }
  sys::Outcome<std::string> listed_name(std::string_view) override { return {}; }
  sys::Outcome<sys::FileContent> read_file(std::string_view, std::size_t) override { return {}; }
  Descriptor descriptor() const override { return {}; }
};

}  // namespace vigil::testing
