#include "backend/fanotify/decode.hpp"
#include "backend/fanotify_records.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <memory>
#include <random>

namespace vigil::backend::fanotify {
namespace {

// Decodes a copy that ends where its memory ends, so that a sanitizer sees every step beyond.
struct Walk {
  explicit Walk(const Bytes& bytes, std::size_t skip = 0)
      : memory(std::make_unique<std::byte[]>(bytes.size() + skip)), decoder({memory.get() + skip, bytes.size()}) {
    std::copy(bytes.begin(), bytes.end(), memory.get() + skip);
  }
  std::unique_ptr<std::byte[]> memory;
  Decoder decoder;
};

Bytes operator+(Bytes one, const Bytes& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

TEST(FanotifyDecoder, GivesEveryFieldOfEveryRecord) {
  const Bytes bytes =
      record(kCreate | kModify, {information(kNameType, 5, "file"), information(kTargetType, 6)}, 1234) +
      record(kRename | kOnDirectory,
             {information(kOldNameType, 5, "old"), information(kNewNameType, 7, "new"), information(kTargetType, 8)}) +
      record(kAttrib, {information(kTargetType, 9)}) + record(kQueueOverflow, {});
  for (const std::size_t misalignment : {0U, 1U, 3U}) {
    Walk walk(bytes, misalignment);
    Record record;
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.mask, kCreate | kModify);
    EXPECT_EQ(record.pid, 1234);
    EXPECT_EQ(record.at.directory, identity_of(5));
    EXPECT_EQ(record.at.name, "file");
    EXPECT_EQ(record.target, identity_of(6));
    EXPECT_EQ(record.to.directory, "");
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.at.directory, identity_of(5));
    EXPECT_EQ(record.at.name, "old");
    EXPECT_EQ(record.to.directory, identity_of(7));
    EXPECT_EQ(record.to.name, "new");
    EXPECT_EQ(record.target, identity_of(8));
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.at.directory, "");
    EXPECT_EQ(record.target, identity_of(9));
    ASSERT_TRUE(walk.decoder.next(record));
    EXPECT_EQ(record.mask, kQueueOverflow);
    EXPECT_FALSE(walk.decoder.next(record));
    EXPECT_FALSE(walk.decoder.damaged());
  }
}

TEST(FanotifyDecoder, PassesOverWhatItDoesNotKnow) {
  Walk walk(record(kCreate, {information(99, 4, "future"), information(kNameType, 5, "file")}));
  Record record;
  ASSERT_TRUE(walk.decoder.next(record));
  EXPECT_EQ(record.at.name, "file");
}

TEST(FanotifyDecoder, EveryCutIsDamage) {
  const Bytes whole = record(kCreate, {information(kNameType, 5, "file"), information(kTargetType, 6)});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    Walk walk(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    Record record;
    EXPECT_FALSE(walk.decoder.next(record)) << size;
    EXPECT_TRUE(walk.decoder.damaged()) << size;
  }
}

TEST(FanotifyDecoder, LiesAreDamage) {
  const auto is_damage = [](Bytes bytes, std::size_t at, std::uint8_t value) {
    bytes[at] = std::byte{value};
    Walk walk(bytes);
    Record record;
    return !walk.decoder.next(record) && walk.decoder.damaged();
  };
  const Bytes bytes = record(kCreate, {information(kNameType, 5, "file")});
  EXPECT_TRUE(is_damage(bytes, 4, 2)) << "another version";
  EXPECT_TRUE(is_damage(bytes, 6, 23)) << "metadata shorter than it can be";
  EXPECT_TRUE(is_damage(bytes, 6, 255)) << "metadata longer than the record";
  EXPECT_TRUE(is_damage(bytes, 0, 25)) << "a record that ends within its information";
  EXPECT_TRUE(is_damage(bytes, 26, 3)) << "information shorter than its header";
  EXPECT_TRUE(is_damage(bytes, 26, 255)) << "information longer than the record";
  EXPECT_TRUE(is_damage(bytes, 36, 200)) << "a handle longer than handles are";
  EXPECT_TRUE(is_damage(bytes, 36, 100)) << "a handle longer than the information";
}

TEST(FanotifyDecoder, NoiseNeverLeadsOutside) {
  std::mt19937 random(1);
  const Bytes whole = record(kRename, {information(kOldNameType, 5, "old"), information(kNewNameType, 7, "new")});
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = whole + whole;
    for (int changes = 0; changes < 3; ++changes) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    Walk walk(bytes);
    std::size_t sum = 0;
    for (Record record; walk.decoder.next(record);) {
      for (const std::string_view part : {record.at.directory, record.at.name, record.to.name, record.target}) {
        for (const char byte : part) sum += static_cast<unsigned char>(byte);
      }
    }
    EXPECT_LT(sum, 1'000'000U);
  }
}

}  // namespace
}  // namespace vigil::backend::fanotify
