#include "sys/directory_handle_windows.hpp"
#include "sys/error_codes.hpp"
#include "sys/mounts.hpp"

namespace vigil::sys {

namespace {

// What is mounted in a directory is a link there, and a leaf to vigil; so only the kind of the root's own volume
// matters.
class WindowsMounts final : public Mounts {
 public:
  Descriptor descriptor() const override { return joined_; }
  int join(Descriptor descriptor) override {
    joined_ = descriptor;
    return 0;
  }
  bool changed() override { return false; }
  Outcome<std::vector<Mount>> read() override { return Outcome<std::vector<Mount>>::failure(kNotFound); }
  std::string type_of(const Directory& directory) override {
    return is_remote(directory.descriptor()) ? "remote" : "local";
  }

 private:
  Descriptor joined_ = nullptr;
};

}  // namespace

Outcome<std::unique_ptr<Mounts>> open_mounts() { return {std::make_unique<WindowsMounts>()}; }

}  // namespace vigil::sys
