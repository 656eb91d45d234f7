// The handles and the conversion of batches, from the inside.
#include "cabi/handles.hpp"
#include "cabi/batch.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace vigil::testing {
namespace {

struct Object {
  int value;
};
struct Handle;
using Objects = cabi::Handles<Object, Handle>;

TEST(HandlesTest, AHandleIsNeverUsedAgain) {
  Objects objects;
  Handle* const one = objects.give(std::make_shared<Object>(Object{1}));
  EXPECT_EQ(1, objects.take_back(one)->value);
  Handle* const two = objects.give(std::make_shared<Object>(Object{2}));
  EXPECT_NE(one, two);
  EXPECT_EQ(nullptr, objects.find(one));
  EXPECT_EQ(nullptr, objects.take_back(one));
  EXPECT_EQ(2, objects.find(two)->value);
  EXPECT_EQ(nullptr, objects.find(nullptr));
}

TEST(HandlesTest, WhatIsInUseOutlivesItsHandle) {
  Objects objects;
  Handle* const handle = objects.give(std::make_shared<Object>(Object{1}));
  const std::shared_ptr<Object> used = objects.find(handle);
  objects.take_back(handle);
  EXPECT_EQ(1, used->value);
}

TEST(HandlesTest, OneTakesBackWhatManyTry) {
  Objects objects;
  for (int round = 0; round < 100; ++round) {
    Handle* const handle = objects.give(std::make_shared<Object>(Object{1}));
    std::atomic<int> successes = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&] { successes += objects.take_back(handle) != nullptr ? 1 : 0; });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(1, successes);
  }
}

Event created(std::uint64_t seq, std::string_view path) {
  Event event;
  event.kind = Kind::created;
  event.seq = seq;
  event.path = path;
  return event;
}

// Every field, with texts that do not end in a NUL where they are.
Batch batch_of_all() {
  Batch batch;
  Event event;
  event.kind = Kind::renamed;
  event.type = EntryType::directory;
  event.synthetic = true;
  event.replaced = true;
  event.code = -5;
  event.pid = 7;
  event.seq = std::uint64_t{1} << 63;
  event.time = Timestamp(std::chrono::nanoseconds(-1));
  event.path = std::string_view("path and more").substr(0, 4);
  event.from = std::string_view("\xff\xfe and more").substr(0, 2);
  event.reason = "reason";
  event.backend = "backend";
  batch.append(event);
  batch.append(created(1, "b"));
  return batch;
}

TEST(EventArrayTest, GivesEveryFieldAndEndsTexts) {
  const Batch batch = batch_of_all();
  const cabi::EventArray array(batch);
  ASSERT_EQ(2U, array.events().size());
  const vigil_event& event = array.events()[0];
  EXPECT_EQ(VIGIL_RENAMED, event.kind);
  EXPECT_EQ(VIGIL_DIRECTORY, event.type);
  EXPECT_EQ(VIGIL_EVENT_SYNTHETIC | VIGIL_EVENT_REPLACED, event.flags);
  EXPECT_EQ(-5, event.code);
  EXPECT_EQ(7, event.pid);
  EXPECT_EQ(std::uint64_t{1} << 63, event.seq);
  EXPECT_EQ(-1, event.time);
  EXPECT_STREQ("path", event.path.data);
  EXPECT_STREQ("\xff\xfe", event.from.data);
  EXPECT_EQ(2U, event.from.size);
  EXPECT_STREQ("reason", event.reason.data);
  EXPECT_STREQ("backend", event.backend.data);
  EXPECT_STREQ("", array.events()[1].from.data);
}

TEST(ColumnsTest, LeavesOutWhatIsZero) {
  Batch batch;
  batch.append(created(1, "a"));
  batch.append(created(2, ""));
  const std::vector<std::uint64_t> block = cabi::columns_of(batch);
  vigil_columns columns;
  std::memcpy(&columns, block.data(), sizeof columns);
  EXPECT_EQ(0U, columns.code);
  EXPECT_EQ(0U, columns.pid);
  EXPECT_EQ(0U, columns.flags);
  EXPECT_EQ(0U, columns.from.offset);
  EXPECT_EQ(0U, columns.reason.offset);
  EXPECT_NE(0U, columns.kind);
  EXPECT_EQ(3U, columns.path.size);
}

TEST(ColumnsTest, GivesEveryFieldInPlace) {
  const Batch batch = batch_of_all();
  const std::vector<std::uint64_t> block = cabi::columns_of(batch);
  const auto* const bytes = reinterpret_cast<const char*>(block.data());
  vigil_columns columns;
  std::memcpy(&columns, bytes, sizeof columns);
  EXPECT_LE(columns.size, block.size() * sizeof block[0]);
  EXPECT_EQ(2U, columns.count);
  std::int32_t code = 0;
  std::memcpy(&code, bytes + columns.code, sizeof code);
  EXPECT_EQ(-5, code);
  std::int32_t pid = 0;
  std::memcpy(&pid, bytes + columns.pid, sizeof pid);
  EXPECT_EQ(7, pid);
  EXPECT_EQ(VIGIL_EVENT_SYNTHETIC | VIGIL_EVENT_REPLACED, bytes[columns.flags]);
  EXPECT_EQ(0, bytes[columns.flags + 1]);
  const auto texts = [&](const vigil_texts& place) { return std::string(bytes + place.offset, place.size); };
  EXPECT_EQ(std::string("path\0b\0", 7), texts(columns.path));
  EXPECT_EQ(std::string("\xff\xfe\0\0", 4), texts(columns.from));
  EXPECT_EQ(std::string("reason\0\0", 8), texts(columns.reason));
  EXPECT_EQ(std::string("backend\0\0", 9), texts(columns.backend));
}

}  // namespace
}  // namespace vigil::testing
