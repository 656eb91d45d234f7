#include "support/temporary_directory.hpp"

#include "support/raw_files.hpp"

namespace vigil::testing {

TemporaryDirectory::TemporaryDirectory() : TemporaryDirectory(raw::place_for_temporary_directories()) {}

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& where)
    : path_(raw::make_temporary_directory(where.empty() ? raw::place_for_temporary_directories() : where.string())) {}

TemporaryDirectory::~TemporaryDirectory() { (void)raw::remove_all(path_); }

std::string TemporaryDirectory::operator/(std::string_view name) const { return path_ + '/' + std::string(name); }

}  // namespace vigil::testing
