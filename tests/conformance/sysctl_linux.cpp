#include "conformance/sysctl.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace vigil::conformance {
namespace {

bool write(const std::string& path, const std::string& value) {
  std::ofstream file(path);
  file << value;
  file.flush();
  return file.good();
}

}  // namespace

Result<SystemLimit> SystemLimit::set(const std::string& name, long value) {
  std::string path = "/proc/sys/" + name;
  std::replace(path.begin(), path.end(), '.', '/');
  std::string old_value;
  if (!std::getline(std::ifstream(path), old_value)) return Error(ErrorCode::not_found, "there is no " + path);
  if (!write(path, std::to_string(value))) return Error(ErrorCode::permission_denied, "cannot change " + path);
  return SystemLimit(std::move(path), std::move(old_value));
}

SystemLimit::~SystemLimit() {
  if (path_.empty() || write(path_, old_value_)) return;
  std::fprintf(stderr, "cannot put %s back into %s\n", old_value_.c_str(), path_.c_str());
}

}  // namespace vigil::conformance
