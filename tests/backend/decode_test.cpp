#include "backend/inotify/decode.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace vigil::backend::inotify {
namespace {

using Bytes = std::vector<std::byte>;

template <typename T>
void put(Bytes& bytes, T value) {
  const auto* from = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof(value));
}

// A record whose name takes `length` bytes, padding included.
void put_record(Bytes& bytes, int watch, std::uint32_t mask, std::uint32_t cookie, const std::string& name,
                std::uint32_t length) {
  put(bytes, watch);
  put(bytes, mask);
  put(bytes, cookie);
  put(bytes, length);
  for (std::uint32_t i = 0; i < length; ++i) bytes.push_back(i < name.size() ? std::byte(name[i]) : std::byte{0});
}

// Decodes a copy that ends where its memory ends, so that a sanitizer sees every step beyond.
struct Walk {
  explicit Walk(const Bytes& bytes, std::size_t skip = 0)
      : memory(std::make_unique<std::byte[]>(bytes.size() + skip)), decoder({memory.get() + skip, bytes.size()}) {
    std::copy(bytes.begin(), bytes.end(), memory.get() + skip);
  }
  std::unique_ptr<std::byte[]> memory;
  Decoder decoder;
};

TEST(Decoder, GivesEveryFieldOfEveryRecord) {
  Bytes bytes;
  put_record(bytes, 7, kCreate | kIsDirectory, 0, "directory", 16);
  put_record(bytes, 8, kIgnored, 0, "", 0);
  put_record(bytes, 9, kMovedFrom, 0xfffffffe, "x", 16);
  for (const std::size_t misalignment : {0U, 1U, 3U}) {
    Walk walk(bytes, misalignment);
    Record record;
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.watch, 7);
    EXPECT_EQ(record.mask, kCreate | kIsDirectory);
    EXPECT_EQ(record.cookie, 0U);
    EXPECT_EQ(record.name, "directory");
    EXPECT_EQ(walk.decoder.record_size(), 32U);
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.watch, 8);
    EXPECT_EQ(record.mask, kIgnored);
    EXPECT_EQ(record.name, "");
    EXPECT_EQ(walk.decoder.record_size(), 16U);
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.watch, 9);
    EXPECT_EQ(record.cookie, 0xfffffffeU);
    EXPECT_EQ(record.name, "x");
    EXPECT_FALSE(walk.decoder.next(record));
    EXPECT_EQ(walk.decoder.record_size(), 0U);
    EXPECT_FALSE(walk.decoder.damaged());
  }
}

TEST(Decoder, AnOverflowHasNoWatch) {
  Bytes bytes;
  put_record(bytes, -1, kQueueOverflow, 0, "", 0);
  Walk walk(bytes);
  Record record;
  ASSERT_TRUE(walk.decoder.next(record));
  EXPECT_EQ(record.watch, -1);
  EXPECT_EQ(record.mask, kQueueOverflow);
}

TEST(Decoder, NothingIsNothing) {
  Decoder decoder({});
  Record record;
  EXPECT_FALSE(decoder.next(record));
  EXPECT_FALSE(decoder.damaged());
}

TEST(Decoder, ANameMayFillItsRoom) {
  for (const std::size_t size : {15U, 16U, 255U}) {
    Bytes bytes;
    put_record(bytes, 1, kCreate, 0, std::string(size, 'n'), static_cast<std::uint32_t>((size + 15) / 16 * 16));
    Walk walk(bytes);
    Record record;
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.name, std::string(size, 'n'));
  }
}

TEST(Decoder, EveryCutEndsTheWalkAndIsTold) {
  Bytes whole;
  put_record(whole, 1, kCreate, 0, "first", 16);
  put_record(whole, 2, kDelete, 0, "second", 16);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    if (size == 32) continue;
    Walk walk(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    Record record;
    EXPECT_EQ(walk.decoder.next(record), size > 32) << size;
    EXPECT_FALSE(walk.decoder.next(record)) << size;
    EXPECT_TRUE(walk.decoder.damaged()) << size;
    EXPECT_FALSE(walk.decoder.next(record)) << size;
  }
}

TEST(Decoder, ALengthThatLiesEndsTheWalk) {
  for (const std::uint32_t length : {17U, 0x7fffffffU, 0x80000000U, 0xfffffff0U, 0xffffffffU}) {
    Bytes bytes;
    put_record(bytes, 1, kCreate, 0, "name", 16);
    std::memcpy(bytes.data() + 12, &length, sizeof(length));
    Walk walk(bytes);
    Record record;
    EXPECT_FALSE(walk.decoder.next(record)) << length;
    EXPECT_TRUE(walk.decoder.damaged()) << length;
  }
}

TEST(Decoder, TakesAnyBytes) {
  std::mt19937 random(20240229);
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes(random() % 80);
    for (std::byte& byte : bytes) byte = std::byte(random() % 4 == 0 ? random() : 0);
    Walk walk(bytes);
    std::size_t consumed = 0;
    for (Record record; walk.decoder.next(record);) {
      consumed += walk.decoder.record_size();
      ASSERT_LE(record.name.size() + 16, walk.decoder.record_size());
      ASSERT_EQ(record.name.find('\0'), std::string_view::npos);
    }
    ASSERT_EQ(walk.decoder.damaged(), consumed != bytes.size());
  }
}

}  // namespace
}  // namespace vigil::backend::inotify
