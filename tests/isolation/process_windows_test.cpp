// Processes in terms of Windows: what is inherited, and jobs.
#include "base/unique_handle.hpp"
#include "isolation/helpers.hpp"
#include "support/descriptor.hpp"
#include "support/temporary_directory.hpp"
#include "sys/process.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <array>
#include <chrono>
#include <string>

namespace vigil::isolation {
namespace {

using namespace std::chrono_literals;
using base::UniqueHandle;

// Whether an event of this name exists, which it does as long as somebody has a handle of it.
bool exists(const wchar_t* event) { return static_cast<bool>(UniqueHandle(::OpenEventW(SYNCHRONIZE, FALSE, event))); }

void wait_for_greeting(sys::Processes& processes, sys::Process& process) {
  std::array<char, 100> room;
  while (process.receive(room).bytes == 0) {
    ASSERT_TRUE(testing::is_readable(processes.descriptor(), 30s));
    (void)processes.look();
  }
}

TEST(ProcessWindows, OnlyItsChannelIsInherited) {
  const auto processes = std::move(sys::open_processes().value);
  constexpr const wchar_t* kName = L"vigil-isolation-test-inherited";
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  UniqueHandle event(::CreateEventW(&inherited, TRUE, FALSE, kName));
  const auto process = std::move(processes->start(command(), {"__helper"}).value);
  wait_for_greeting(*processes, *process);
  event.reset();
  EXPECT_FALSE(exists(kName));
}

// One that does nothing any more learns nothing from the end of its channel: the job ends it.
TEST(ProcessWindows, APausedHelperEndsWithItsProgram) {
  const auto processes = std::move(sys::open_processes().value);
  const testing::TemporaryDirectory root;
  const auto program = std::move(processes->start(fake_helper(), {"program", root.path(), command()}).value);
  wait_for_greeting(*processes, *program);
  const std::vector<ProcessId> all = helpers_of(program->id());
  ASSERT_EQ(1u, all.size());
  pause_process(all.front());
  kill_process(program->id());
  EXPECT_TRUE(ends(all.front()));
}

}  // namespace
}  // namespace vigil::isolation
