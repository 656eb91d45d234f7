#include "isolation/helpers.hpp"

#include "support/told.hpp"
#include "sys/process.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

namespace vigil::isolation {

std::vector<ProcessId> helpers_left() {
  const auto deadline = std::chrono::steady_clock::now() + testing::kPatience;
  while (sys::held_processes() != 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return helpers();
}

ProcessId only_helper() {
  const std::vector<ProcessId> all = helpers();
  EXPECT_EQ(1u, all.size());
  return all.empty() ? -1 : all.front();
}

std::string command() {
  const std::filesystem::path here = std::filesystem::path(sys::running_program()).parent_path();
  return (here.parent_path() / "bin" / VIGIL_COMMAND).string();
}

std::string fake_helper() {
  return (std::filesystem::path(sys::running_program()).parent_path() / VIGIL_FAKE_HELPER).string();
}

}  // namespace vigil::isolation
