#include "cli/print0_writer.hpp"

#include "cli/events.hpp"
#include "cli/memory_file.hpp"
#include "cli/paths.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vigil::cli {
namespace {

using namespace std::string_view_literals;

TEST(Print0Writer, WritesPathsAndNothingElse) {
  MemoryFile file;
  Output output(file.descriptor());
  Print0Writer writer("/");
  testing::internal::CaptureStderr();
  writer.write(event_of(Kind::ready, EntryType::directory, "/top"), output);
  writer.write(event_of(Kind::created, EntryType::directory, "/top/a\nb"), output);
  writer.write(renamed_event(EntryType::file, "/top/old\xFF", "/top/new"), output);
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(file.text(), "/top/a\nb\0/top/old\xFF\0/top/new\0"sv);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), std::string("vigil: ready      top") + kSeparator + "\n");
}

}  // namespace
}  // namespace vigil::cli
