// The bytes of a snapshot: what is written is read again, and nothing else is taken for one.
#include "snapshot/format.hpp"
#include "snapshot/image.hpp"
#include "snapshot/layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace vigil::snapshot {
namespace {

using ::testing::HasSubstr;

Description some_description() {
  Description description;
  description.path = "src";
  description.absolute = "/home/me/src";
  description.options.exclude = {"build/**", "*.o"};
  description.options.include = {"*.c"};
  description.options.include_regex = {"a|b"};
  description.options.ignore = {true, {"/rules"}, RuleCase::insensitive};
  description.taken = Timestamp(std::chrono::nanoseconds(-5));
  description.told_until = Timestamp(std::chrono::nanoseconds(1'700'000'000'123'456'789));
  description.has_hashes = true;
  return description;
}

// A root with two files, a directory with one, and an empty directory that was not listed.
std::string some_snapshot() {
  Writer writer(some_description());
  writer.add_untold({Kind::renamed, EntryType::file, true, "d/new", "d/old"});
  writer.add_untold({Kind::attributes, EntryType::directory, false, "", ""});
  writer.begin({"", EntryType::directory, 7, 0x1234567890abcdef, {true, true, 1, 2, 3}, {}});
  writer.begin_directory(4);
  writer.add({"a\nb\xff", EntryType::file, 9, 17, {}, ContentHash{1, 2, 3}});
  writer.add(
      {"a\nb\xff"
       "c",
       EntryType::symlink,
       1,
       18,
       {},
       {}});
  writer.add({"d", EntryType::directory, ~std::uint64_t{0}, 19, {true, false, 4, 5, 6}, {}});
  writer.add({"e", EntryType::directory, 0, 20, {}, {}});
  writer.begin_directory(1);
  writer.add({"f", EntryType::other, 12, 21, {}, {}});
  writer.begin_directory(0);
  return writer.finish();
}

std::string message_of(std::string_view bytes) {
  const Result<Reader> reader = Reader::open(bytes);
  return reader ? "sound" : reader.error().message();
}

// As it would be if it had been written so: with the right size and checksum.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - kTailSize);
  std::uint64_t size = bytes.size() + kTailSize;
  for (std::size_t i = 0; i < 8; ++i) bytes[kSizeOffset + i] = static_cast<char>(size >> (8 * i));
  const std::uint64_t sum = checksum(bytes);
  for (std::size_t i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(sum >> (8 * i)));
  return bytes;
}

TEST(SnapshotFormat, WhatIsWrittenIsRead) {
  const std::string bytes = some_snapshot();
  Result<Reader> opened = Reader::open(bytes);
  ASSERT_TRUE(opened) << opened.error().message();
  Reader& reader = *opened;
  const Description wanted = some_description();
  const Description& description = reader.description();
  EXPECT_EQ(description.path, wanted.path);
  EXPECT_EQ(description.absolute, wanted.absolute);
  EXPECT_EQ(description.only, "");
  EXPECT_TRUE(description.options.recursive);
  EXPECT_EQ(description.options.exclude, wanted.options.exclude);
  EXPECT_EQ(description.options.include, wanted.options.include);
  EXPECT_EQ(description.options.include_regex, wanted.options.include_regex);
  EXPECT_TRUE(description.options.ignore.standard);
  EXPECT_EQ(description.options.ignore.more, wanted.options.ignore.more);
  EXPECT_EQ(description.options.ignore.rule_case, RuleCase::insensitive);
  EXPECT_EQ(description.taken, wanted.taken);
  EXPECT_EQ(description.told_until, wanted.told_until);
  EXPECT_EQ(description.entries, 5u);
  ASSERT_EQ(reader.untold().size(), 2u);
  EXPECT_EQ(reader.untold()[0].kind, Kind::renamed);
  EXPECT_TRUE(reader.untold()[0].replaced);
  EXPECT_EQ(reader.untold()[0].path, "d/new");
  EXPECT_EQ(reader.untold()[0].from, "d/old");
  EXPECT_EQ(reader.untold()[1].path, "");
  EXPECT_EQ(reader.root().inode, 7u);
  EXPECT_EQ(reader.root().signature, 0x1234567890abcdefu);
  EXPECT_TRUE(reader.root().listing.is_proved);
  ASSERT_EQ(reader.next_directory(), 4u);
  const Entry first = reader.next();
  EXPECT_EQ(std::string(first.name), "a\nb\xff");
  EXPECT_EQ(first.hash, (ContentHash{1, 2, 3}));
  const Entry second = reader.next();
  EXPECT_EQ(std::string(second.name),
            "a\nb\xff"
            "c");
  EXPECT_EQ(second.type, EntryType::symlink);
  EXPECT_EQ(second.inode, 1u);
  const Entry third = reader.next();
  EXPECT_EQ(third.inode, ~std::uint64_t{0});
  EXPECT_TRUE(third.listing.is_known);
  EXPECT_FALSE(third.listing.is_proved);
  EXPECT_EQ(third.listing.inodes, 6u);
  const Entry fourth = reader.next();
  EXPECT_EQ(fourth.inode, 0u);
  EXPECT_FALSE(fourth.listing.is_known);
  ASSERT_EQ(reader.next_directory(), 1u);
  EXPECT_EQ(reader.next().type, EntryType::other);
  ASSERT_EQ(reader.next_directory(), 0u);
  EXPECT_EQ(reader.next_directory(), std::nullopt);
}

TEST(SnapshotFormat, EveryByteCounts) {
  const std::string sound = some_snapshot();
  ASSERT_EQ("sound", message_of(sound));
  for (std::size_t at = 0; at < sound.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string bytes = sound;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      EXPECT_NE("sound", message_of(bytes)) << "byte " << at << " changed by " << flip;
    }
  }
}

TEST(SnapshotFormat, EveryEndButTheRightOneIsCutOff) {
  const std::string sound = some_snapshot();
  for (std::size_t size = 0; size < sound.size(); ++size) {
    const std::string message = message_of(std::string_view(sound).substr(0, size));
    EXPECT_THAT(message, size == 0 ? HasSubstr("is empty") : HasSubstr("cut off")) << size;
  }
  EXPECT_THAT(message_of(sound + '\0'), HasSubstr("is damaged"));
}

TEST(SnapshotFormat, SaysWhatIsWrong) {
  const std::string sound = some_snapshot();
  EXPECT_EQ("is no snapshot of vigil", message_of("#!/bin/sh\n"));
  EXPECT_EQ("is no snapshot of vigil", message_of(std::string(5000, '\0')));
  std::string newer = sound;
  newer[kVersionOffset] = 7;
  EXPECT_EQ("was written by a newer vigil: its format is 7, this one reads 1", message_of(newer));
  std::string text = sound;  // as a copy that took it for text
  text.erase(text.find('\r'), 1);
  EXPECT_EQ("is no snapshot of vigil", message_of(text));
  std::string damaged = sound;
  damaged[40] ^= 1;
  EXPECT_THAT(message_of(damaged), HasSubstr("checksum"));
}

// What no vigil writes, though the checksum is right.
TEST(SnapshotFormat, NonsenseIsRefusedThoughItIsSealed) {
  const std::string sound = some_snapshot();
  ASSERT_EQ("sound", message_of(sealed(sound)));
  std::size_t refused = 0;
  for (std::size_t at = kHeadSize; at + kTailSize < sound.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string bytes = sound;
      bytes[at] = static_cast<char>(value);
      bytes = sealed(std::move(bytes));
      // Read to its end, whatever it says.
      if (message_of(bytes) != "sound") ++refused;
    }
    refused += message_of(sealed(sound.substr(0, at) + sound.substr(at + 1))) != "sound" ? 1u : 0u;
  }
  EXPECT_GT(refused, 1000u);
}

TEST(SnapshotFormat, NamesThatCannotBe) {
  for (const std::string& name : {std::string("."), std::string(".."), std::string("a/b"), std::string("a\0b", 3),
                                  std::string(kNameSizeMax + 1, 'x')}) {
    Writer writer(some_description());
    writer.begin({"", EntryType::directory, 1, 1, {}, {}});
    writer.begin_directory(1);
    writer.add({name, EntryType::file, 1, 1, {}, {}});
    EXPECT_THAT(message_of(writer.finish()), HasSubstr("is damaged")) << name;
  }
}

TEST(SnapshotFormat, OptionsOfANewerVigil) {
  Description description = some_description();
  description.options.exclude = {"unmistakable"};
  Writer writer(description);
  writer.begin({"", EntryType::directory, 1, 1, {}, {}});
  writer.begin_directory(0);
  std::string bytes = writer.finish();
  bytes[bytes.find("unmistakable") - 2] = 'q';
  EXPECT_THAT(message_of(sealed(std::move(bytes))), HasSubstr("options that this one does not know"));
}

// A directory says how many entries it has: no room is made for more than there can be.
TEST(SnapshotFormat, CountsThatCannotBe) {
  Writer writer(some_description());
  writer.begin({"", EntryType::directory, 1, 1, {}, {}});
  writer.begin_directory(~std::size_t{0});
  EXPECT_THAT(message_of(writer.finish()), HasSubstr("is damaged"));
}

// 250,000 entries with names such as a source tree has.
TEST(SnapshotFormat, TakesFewBytesAnEntry) {
  Writer writer(some_description());
  writer.begin({"", EntryType::directory, 1, 1, {true, true, 1, 2, 3}, {}});
  constexpr std::size_t kDirectories = 500, kFiles = 400;
  std::size_t names = 0;
  const auto name_of = [](std::size_t number) { return "name_" + std::to_string(10000 + number) + ".cpp"; };
  writer.begin_directory(kDirectories);
  for (std::size_t d = 0; d < kDirectories; ++d) {
    const std::string name = name_of(d);
    names += name.size();
    writer.add({name, EntryType::directory, 1000 + d * 401, ~std::uint64_t{d}, {true, true, ~d, d * d, ~d * d}, {}});
  }
  for (std::size_t d = 0; d < kDirectories; ++d) {
    writer.begin_directory(kFiles);
    for (std::size_t f = 0; f < kFiles; ++f) {
      const std::string name = name_of(f);
      names += name.size();
      writer.add({name, EntryType::file, 1001 + d * 401 + f, ~std::uint64_t{f}, {}, {}});
    }
  }
  const std::size_t entries = kDirectories * (kFiles + 1);
  EXPECT_LE(writer.finish().size(), names + 40 * entries);
}

}  // namespace
}  // namespace vigil::snapshot
