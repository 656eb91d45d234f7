#include "backend/windows/decode.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace vigil::backend::windows {
namespace {

using Bytes = std::vector<std::byte>;

template <typename T>
void put(Bytes& bytes, T value) {
  const auto* from = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof(value));
}

void put_basic(Bytes& bytes, std::uint32_t next, std::uint32_t action, std::uint32_t length,
               const std::u16string& name) {
  put(bytes, next);
  put(bytes, action);
  put(bytes, length);
  for (const char16_t unit : name) put(bytes, unit);
}

void put_extended(Bytes& bytes, std::uint32_t next, std::uint32_t action, const std::u16string& name) {
  put(bytes, next);
  put(bytes, action);
  for (std::uint64_t i = 0; i < 6; ++i) put(bytes, std::uint64_t{0x1111111111111111} * (i + 1));
  put(bytes, std::uint32_t{0x10});  // a directory
  put(bytes, std::uint32_t{0});
  put(bytes, std::uint64_t{0x0102030405060708});
  put(bytes, std::uint64_t{0x1112131415161718});
  put(bytes, static_cast<std::uint32_t>(2 * name.size()));
  for (const char16_t unit : name) put(bytes, unit);
}

// Decodes a copy that ends where its memory ends, so that a sanitizer sees every step beyond.
struct Walk {
  explicit Walk(const Bytes& bytes, Layout layout = Layout::basic, std::size_t skip = 0)
      : memory(std::make_unique<std::byte[]>(bytes.size() + skip)),
        decoder({memory.get() + skip, bytes.size()}, layout) {
    std::copy(bytes.begin(), bytes.end(), memory.get() + skip);
  }
  std::unique_ptr<std::byte[]> memory;
  Decoder decoder;
};

TEST(WindowsDecoder, GivesEveryRecordAtAnyAddress) {
  Bytes bytes;
  put_basic(bytes, 24, kActionRenamedOldName, 10, u"a\\old");
  put(bytes, std::uint16_t{0});
  put_basic(bytes, 0, kActionRenamedNewName, 2, u"b");
  for (const std::size_t misalignment : {0U, 1U, 2U, 3U}) {
    Walk walk(bytes, Layout::basic, misalignment);
    Record record;
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.action, kActionRenamedOldName);
    EXPECT_EQ(record.name, u"a\\old");
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.action, kActionRenamedNewName);
    EXPECT_EQ(record.name, u"b");
    EXPECT_FALSE(walk.decoder.next(record));
    EXPECT_FALSE(walk.decoder.damaged());
  }
}

// As Wine packs them.
TEST(WindowsDecoder, RecordsMayBeginAtTwoBytes) {
  Bytes bytes;
  put_basic(bytes, 14, kActionAdded, 2, u"f");
  put_basic(bytes, 0, kActionModified, 2, u"f");
  Walk walk(bytes);
  Record record;
  ASSERT_TRUE(walk.decoder.next(record));
  ASSERT_TRUE(walk.decoder.next(record));
  EXPECT_EQ(record.action, kActionModified);
  EXPECT_EQ(record.name, u"f");
}

TEST(WindowsDecoder, GivesTheIdentityOfTheExtendedLayout) {
  Bytes bytes;
  put_extended(bytes, 86, kActionAdded, u"d");
  put_extended(bytes, 0, kActionRemoved, u"");
  Walk walk(bytes, Layout::extended, 1);
  Record record;
  ASSERT_TRUE(walk.decoder.next(record));
  EXPECT_EQ(record.action, kActionAdded);
  EXPECT_EQ(record.name, u"d");
  EXPECT_EQ(record.attributes, 0x10U);
  EXPECT_EQ(record.file_id, 0x0102030405060708U);
  EXPECT_EQ(record.parent_id, 0x1112131415161718U);
  ASSERT_TRUE(walk.decoder.next(record));
  EXPECT_EQ(record.action, kActionRemoved);
  EXPECT_EQ(record.name, u"");
  EXPECT_FALSE(walk.decoder.next(record));
  EXPECT_FALSE(walk.decoder.damaged());
}

TEST(WindowsDecoder, NothingIsNothing) {
  Decoder decoder({});
  Record record;
  EXPECT_FALSE(decoder.next(record));
  EXPECT_FALSE(decoder.damaged());
}

TEST(WindowsDecoder, UnpairedSurrogatesAndNulsAreCharacters) {
  const std::u16string name{u'\xd800', u'\0', u'\xdfff'};
  Bytes bytes;
  put_basic(bytes, 0, kActionAdded, 6, name);
  Walk walk(bytes);
  Record record;
  ASSERT_TRUE(walk.decoder.next(record));
  EXPECT_EQ(record.name, name);
}

TEST(WindowsDecoder, WhatFollowsTheLastRecordIsNotLookedAt) {
  Bytes bytes;
  put_basic(bytes, 0, kActionAdded, 2, u"f");
  for (int i = 0; i < 50; ++i) put(bytes, std::uint8_t{0xee});
  Walk walk(bytes);
  Record record;
  ASSERT_TRUE(walk.decoder.next(record));
  EXPECT_FALSE(walk.decoder.next(record));
  EXPECT_FALSE(walk.decoder.damaged());
}

TEST(WindowsDecoder, EveryCutEndsTheWalkAndIsTold) {
  for (const Layout layout : {Layout::basic, Layout::extended}) {
    Bytes whole;
    if (layout == Layout::basic) {
      put_basic(whole, 24, kActionAdded, 12, u"abcdef");
      put_basic(whole, 0, kActionAdded, 12, u"ghijkl");
    } else {
      put_extended(whole, 96, kActionAdded, u"abcdef");
      put_extended(whole, 0, kActionAdded, u"ghijkl");
    }
    const std::size_t first = whole.size() / 2;
    for (std::size_t size = 1; size < whole.size(); ++size) {
      Walk walk(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), layout);
      Record record;
      EXPECT_EQ(walk.decoder.next(record), size > first) << size;
      EXPECT_FALSE(walk.decoder.next(record)) << size;
      EXPECT_TRUE(walk.decoder.damaged()) << size;
      EXPECT_FALSE(walk.decoder.next(record)) << size;
    }
  }
}

TEST(WindowsDecoder, ALengthThatLiesEndsTheWalk) {
  for (const std::uint32_t length :
       {1U, 3U, 9U, 10U, 0x7fffffffU, 0x80000000U, 0xfffffff4U, 0xfffffffeU, 0xffffffffU}) {
    Bytes bytes;
    put_basic(bytes, 0, kActionAdded, length, u"name");
    Walk walk(bytes);
    Record record;
    EXPECT_FALSE(walk.decoder.next(record)) << length;
    EXPECT_TRUE(walk.decoder.damaged()) << length;
  }
}

TEST(WindowsDecoder, ANameMayNotReachIntoTheNextRecord) {
  Bytes bytes;
  put_basic(bytes, 20, kActionAdded, 10, u"namex");
  put_basic(bytes, 0, kActionAdded, 2, u"f");
  Walk walk(bytes);
  Record record;
  EXPECT_FALSE(walk.decoder.next(record));
  EXPECT_TRUE(walk.decoder.damaged());
}

TEST(WindowsDecoder, APlaceOfTheNextThatLiesEndsTheWalk) {
  // Into its own header, onto its own name, to the end, beyond, and round the address space.
  for (const std::uint32_t next : {1U, 4U, 11U, 12U, 19U, 34U, 35U, 0x7fffffffU, 0xfffffffcU, 0xffffffffU}) {
    Bytes bytes;
    put_basic(bytes, next, kActionAdded, 8, u"name");
    put_basic(bytes, 0, kActionAdded, 2, u"f");
    Walk walk(bytes);
    Record record;
    EXPECT_FALSE(walk.decoder.next(record)) << next;
    EXPECT_TRUE(walk.decoder.damaged()) << next;
  }
}

TEST(WindowsDecoder, TakesAnyBytes) {
  std::mt19937 random(20030424);
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes(random() % 200);
    for (std::byte& byte : bytes) byte = std::byte(random() % 8 == 0 ? random() % 64 : 0);
    Walk walk(bytes, random() % 2 == 0 ? Layout::basic : Layout::extended, random() % 4);
    std::size_t records = 0;
    for (Record record; walk.decoder.next(record);) ++records;
    ASSERT_LE(records, bytes.size() / 12);
  }
}

std::vector<std::pair<std::uint32_t, std::u16string>> walk_all(std::span<const std::byte> bytes) {
  std::vector<std::pair<std::uint32_t, std::u16string>> records;
  Decoder decoder(bytes);
  for (Record record; decoder.next(record);) records.emplace_back(record.action, record.name);
  EXPECT_FALSE(decoder.damaged());
  return records;
}

TEST(WindowsEncoder, WhatItWritesIsReadBack) {
  const std::vector<std::pair<std::uint32_t, std::u16string>> records = {
      {kActionAdded, u"a"},
      {kActionRemoved, u"sub\\longer name"},
      {kActionModified, u""},
      {kActionRenamedOldName, {u'\xd800', u'\0'}},
      {kActionRenamedNewName, std::u16string(300, u'\x4e2d')},
  };
  alignas(4) std::byte buffer[1024];
  Encoder encoder(buffer);
  for (const auto& [action, name] : records) ASSERT_TRUE(encoder.append(action, name));
  EXPECT_EQ(walk_all(std::span<const std::byte>(buffer, encoder.size())), records);
}

TEST(WindowsEncoder, RecordsBeginAtFourBytes) {
  alignas(4) std::byte buffer[64];
  Encoder encoder(buffer);
  ASSERT_TRUE(encoder.append(kActionAdded, u"abc"));
  EXPECT_EQ(encoder.size(), 18U);
  ASSERT_TRUE(encoder.append(kActionAdded, u"d"));
  EXPECT_EQ(encoder.size(), 34U);
  std::uint32_t next = 0;
  std::memcpy(&next, buffer, 4);
  EXPECT_EQ(next, 20U);
}

TEST(WindowsEncoder, WhatDoesNotFitChangesNothing) {
  for (std::size_t size = 0; size < 40; ++size) {
    const auto memory = std::make_unique<std::byte[]>(size);
    Encoder encoder({memory.get(), size});
    EXPECT_EQ(encoder.append(kActionAdded, u"abc"), size >= 18);
    EXPECT_EQ(encoder.append(kActionRemoved, u"de"), size >= 36 || (size >= 16 && size < 18));
    EXPECT_FALSE(encoder.append(kActionRemoved, std::u16string(40, u'x')));
    EXPECT_EQ(walk_all({memory.get(), encoder.size()}).size(), size >= 36 ? 2U : size >= 16 ? 1U : 0U) << size;
  }
}

}  // namespace
}  // namespace vigil::backend::windows
