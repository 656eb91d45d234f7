#include "cli/human_writer.hpp"

#include "cli/events.hpp"
#include "cli/memory_file.hpp"
#include "cli/paths.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace vigil::cli {
namespace {

// Directories end in the system's own separator, shown as "/" here.
std::string plain(const Event& event) {
  std::string line(HumanWriter("/home/me", false).line(event));
  if (event.type == EntryType::directory) std::replace(line.begin(), line.end(), kSeparator, '/');
  return line;
}

TEST(HumanWriter, PathsBelowTheCurrentDirectoryAreRelative) {
  EXPECT_EQ(plain(event_of(Kind::created, EntryType::file, "/home/me/src/main.cpp")), "created    src/main.cpp");
  EXPECT_EQ(plain(event_of(Kind::attributes, EntryType::file, "/home/me/x")), "attributes x");
  EXPECT_EQ(plain(event_of(Kind::modified, EntryType::file, "/home/me.old/x")), "modified   /home/me.old/x");
}

TEST(HumanWriter, DirectoriesEndInASlash) {
  EXPECT_EQ(plain(event_of(Kind::removed, EntryType::directory, "/home/me/src")), "removed    src/");
  EXPECT_EQ(plain(event_of(Kind::attributes, EntryType::directory, "/home/me")), "attributes ./");
  EXPECT_EQ(plain(event_of(Kind::attributes, EntryType::directory, "/")), "attributes /");
}

TEST(HumanWriter, ARenameShowsBothPaths) {
  Event event = renamed_event(EntryType::file, "/home/me/a", "/tmp/b");
  EXPECT_EQ(plain(event), "renamed    a -> /tmp/b");
  event.replaced = true;
  EXPECT_EQ(plain(event), "renamed    a -> /tmp/b (replaced)");
  EXPECT_EQ(plain(renamed_event(EntryType::directory, "/home/me/a", "/home/me/b")), "renamed    a/ -> b/");
}

TEST(HumanWriter, NoticesAreInWords) {
  Event event = event_of(Kind::ready, EntryType::directory, "/home/me/src");
  event.backend = "inotify";
  EXPECT_EQ(plain(event), "ready      src/ (inotify)");

  event = event_of(Kind::rescan, EntryType::directory, "/home/me/src");
  event.reason = "the kernel's queue overflowed";
  EXPECT_EQ(plain(event), "rescan     src/: the kernel's queue overflowed");

  EXPECT_EQ(plain(event_of(Kind::live, EntryType::directory, "/home/me/src")), "live       src/: up to date");
  EXPECT_EQ(plain(event_of(Kind::lost, EntryType::directory, "/home/me/src")), "lost       src/: gone; waiting for it");
  EXPECT_EQ(plain(event_of(Kind::restored, EntryType::directory, "/home/me/src")), "restored   src/: back");

  event = event_of(Kind::error, EntryType::unknown, "/home/me/src");
  event.code = 5;
  EXPECT_EQ(plain(event), "error      src: error 5");

  event = event_of(Kind::error, EntryType::unknown, "");
  event.reason = "the callback threw";
  EXPECT_EQ(plain(event), "error      the callback threw");
}

TEST(HumanWriter, NothingInANameBreaksTheLineOrDrivesTheTerminal) {
  Event event = renamed_event(EntryType::file, "/home/me/a\nb", "/home/me/\x1b[2J\xFF");
  EXPECT_EQ(plain(event), R"(renamed    a\nb -> \x1b[2J\xff)");
  event = event_of(Kind::error, EntryType::file, "/home/me/a\rb");
  event.reason = "no\nway";
  EXPECT_EQ(plain(event), R"(error      a\rb: no\nway)");
}

TEST(HumanWriter, OnlyTheNameOfTheKindIsColored) {
  HumanWriter writer("/home/me", true);
  for (int kind = 0; kind < kKindCount; ++kind) {
    const Event event = event_of(static_cast<Kind>(kind), EntryType::file, "/home/me/x");
    std::string line(writer.line(event));
    const std::size_t name = line.find(to_string(event.kind));
    ASSERT_NE(name, std::string::npos);
    const auto escapes = std::count(line.begin(), line.end(), '\x1b');
    if (escapes != 0) {
      EXPECT_EQ(escapes, 2) << line;
      EXPECT_LT(line.find('\x1b'), name);
      const std::size_t end = line.rfind("\x1b[0m");
      EXPECT_EQ(end, name + to_string(event.kind).size());
      line.erase(end, 4);
      line.erase(0, name);
    }
    EXPECT_EQ(line, plain(event)) << "colors must not change the text";
  }
}

TEST(HumanWriter, WritesOneLineAnEvent) {
  MemoryFile file;
  Output output(file.descriptor());
  HumanWriter writer("", false);
  writer.write(event_of(Kind::created, EntryType::file, "/a\n"), output);
  writer.write(event_of(Kind::removed, EntryType::file, "/b"), output);
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(file.text(), "created    /a\\n\nremoved    /b\n");
}

}  // namespace
}  // namespace vigil::cli
