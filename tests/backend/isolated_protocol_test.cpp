// What a program and its helper say to each other, and what is refused.
#include "backend/isolated/protocol.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace vigil::backend::isolated {
namespace {

std::string_view content_of(const std::string& message) { return std::string_view(message).substr(kHeaderBytes); }

template <typename Value>
Value through(const Value& value) {
  std::string bytes;
  write(bytes, value);
  Value read_back{};
  EXPECT_TRUE(read(content_of(bytes), read_back));
  // Nothing that is cut off passes.
  for (std::size_t size = 0; size < content_of(bytes).size(); ++size) {
    Value cut{};
    EXPECT_FALSE(read(content_of(bytes).substr(0, size), cut)) << size;
  }
  return read_back;
}

ToldEvent through(const ToldEvent& told, std::string& bytes) {
  {
    Writer writer(bytes, MessageType::events);
    write(writer, told);
  }
  Reader reader(content_of(bytes));
  ToldEvent read_back;
  read(reader, read_back);
  EXPECT_TRUE(reader.complete());
  for (std::size_t size = 0; size < content_of(bytes).size(); ++size) {
    Reader cut(content_of(bytes).substr(0, size));
    ToldEvent event;
    read(cut, event);
    EXPECT_TRUE(cut.failed()) << size;
  }
  return read_back;
}

bool passes(const Event& event, bool about_watcher = false) {
  std::string bytes;
  {
    Writer writer(bytes, MessageType::events);
    write(writer, ToldEvent{event, about_watcher, 0});
  }
  Reader reader(content_of(bytes));
  ToldEvent told;
  read(reader, told);
  return reader.complete();
}

Event created(std::string_view path) {
  Event event;
  event.kind = Kind::created;
  event.path = path;
  return event;
}

TEST(IsolatedProtocol, Numbers) {
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{1} << 63,
                                     std::numeric_limits<std::uint64_t>::max()}) {
    std::string bytes;
    write_number(bytes, MessageType::sync, number);
    std::uint64_t read_back = 1;
    EXPECT_TRUE(read_number(content_of(bytes), read_back));
    EXPECT_EQ(number, read_back);
  }
  std::uint64_t number = 0;
  EXPECT_FALSE(read_number("", number));
  EXPECT_FALSE(read_number("\x01\x01", number)) << "something is left over";
  EXPECT_FALSE(read_number("\x80", number)) << "cut off";
  EXPECT_FALSE(read_number(std::string_view("\x81\x00", 2), number)) << "longer than need be";
  EXPECT_FALSE(read_number("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", number)) << "above 64 bits";
}

TEST(IsolatedProtocol, SignedNumbers) {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()}) {
    std::string bytes;
    Writer(bytes, MessageType::told).signed_number(number);
    Reader reader(content_of(bytes));
    EXPECT_EQ(number, reader.signed_number());
    EXPECT_TRUE(reader.complete());
  }
}

TEST(IsolatedProtocol, MessagesComeThroughWhole) {
  Watch watch;
  watch.path = "/a/b\xff\n";
  watch.only = "f";
  watch.options = {.recursive = false, .exclude = {"a", "{b,c}/**"}, .exclude_regex = {"x+"}, .await_missing = true};
  watch.options.ignore = {.standard = true, .more = {"/r", ""}, .rule_case = RuleCase::insensitive};
  watch.kinds = {Kind::created, Kind::accessed};
  watch.queue_bytes_max = 1 << 20;
  watch.hang_timeout = std::chrono::milliseconds(1234);
  watch.known = true;
  watch.told_until = {Timestamp(std::chrono::nanoseconds(-5)), {}};
  watch.backend = BackendChoice::poll;
  watch.max_watches = 300;
  const Watch same = through(watch);
  EXPECT_EQ(watch.path, same.path);
  EXPECT_EQ(watch.only, same.only);
  EXPECT_EQ(watch.options.exclude, same.options.exclude);
  EXPECT_EQ(watch.options.exclude_regex, same.options.exclude_regex);
  EXPECT_TRUE(same.options.ignore.standard);
  EXPECT_EQ(watch.options.ignore.more, same.options.ignore.more);
  EXPECT_EQ(RuleCase::insensitive, same.options.ignore.rule_case);
  EXPECT_FALSE(same.options.recursive);
  EXPECT_TRUE(same.options.await_missing);
  EXPECT_EQ(watch.kinds, same.kinds);
  EXPECT_EQ(watch.queue_bytes_max, same.queue_bytes_max);
  EXPECT_EQ(watch.hang_timeout, same.hang_timeout);
  EXPECT_TRUE(same.known);
  EXPECT_EQ(watch.told_until, same.told_until);
  EXPECT_EQ(watch.backend, same.backend);
  EXPECT_EQ(watch.max_watches, same.max_watches);

  const Answer answer = through(Answer{3, -2, "no"});
  EXPECT_EQ(3, answer.code);
  EXPECT_EQ(-2, answer.os_code);
  EXPECT_EQ("no", answer.message);

  const Told told = through(Told{watch.told_until, "name", {1, 2, 3, 4, 5}});
  EXPECT_EQ("name", told.only);
  EXPECT_EQ((Counters{1, 2, 3, 4, 5}), told.counters);
  EXPECT_EQ(7u, through(Alive{7, {}}).number);
}

TEST(IsolatedProtocol, EventsComeThroughWhole) {
  ToldEvent told;
  told.event.kind = Kind::renamed;
  told.event.type = EntryType::symlink;
  told.event.synthetic = told.event.replaced = true;
  told.event.pid = 77;
  told.event.time = Timestamp(std::chrono::nanoseconds(123));
  told.event.path = "a/b";
  told.event.from = "c\xff";
  told.inode = 99;
  std::string bytes;
  const ToldEvent same = through(told, bytes);
  EXPECT_EQ(Kind::renamed, same.event.kind);
  EXPECT_EQ(EntryType::symlink, same.event.type);
  EXPECT_TRUE(same.event.synthetic && same.event.replaced);
  EXPECT_EQ(77, same.event.pid);
  EXPECT_EQ(told.event.time, same.event.time);
  EXPECT_EQ("a/b", same.event.path);
  EXPECT_EQ("c\xff", same.event.from);
  EXPECT_EQ(99u, same.inode);

  ToldEvent notice;
  notice.event.kind = Kind::error;
  notice.event.code = -13;
  notice.event.reason = "why";
  notice.about_watcher = true;
  std::string more;
  const ToldEvent again = through(notice, more);
  EXPECT_EQ(-13, again.event.code);
  EXPECT_EQ("why", again.event.reason);
  EXPECT_TRUE(again.about_watcher);
}

TEST(IsolatedProtocol, PathsThatCannotBeAreRefused) {
  EXPECT_TRUE(passes(created("")));
  EXPECT_TRUE(passes(created("a/b.c/...")));
  EXPECT_TRUE(passes(created(std::string(kNameBytesMax, 'x'))));
  for (const std::string& path :
       {std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."), std::string("a/../b"),
        std::string("a\0b", 3), std::string(kNameBytesMax + 1, 'x'), std::string(2 * kPathBytesMax, 'x')}) {
    EXPECT_FALSE(passes(created(path))) << path.substr(0, 20);
  }
  std::string deep;
  while (deep.size() + 2 <= kPathBytesMax) deep += deep.empty() ? "d" : "/d";
  EXPECT_TRUE(passes(created(deep)));
  EXPECT_FALSE(passes(created(deep + "/dd")));
}

TEST(IsolatedProtocol, EventsThatCannotBeAreRefused) {
  Event event = created("a");
  event.replaced = true;
  EXPECT_FALSE(passes(event)) << "only a renamed can replace";
  event = created("a");
  event.kind = static_cast<Kind>(kKindCount);
  EXPECT_FALSE(passes(event));
  event = created("a");
  event.type = static_cast<EntryType>(5);
  EXPECT_FALSE(passes(event));
  EXPECT_FALSE(passes(created(""), true)) << "a change is about an entry";
}

TEST(IsolatedProtocol, VersionsAreAgreedOn) {
  EXPECT_EQ(kVersionMax, common_version({.version_min = kVersionMin, .version_max = kVersionMax}));
  EXPECT_EQ(kVersionMax, common_version({.version_min = 0, .version_max = kVersionMax + 9}));
  EXPECT_EQ(std::nullopt, common_version({.version_min = kVersionMax + 1, .version_max = kVersionMax + 9}));
  EXPECT_EQ(std::nullopt, common_version({.version_min = 0, .version_max = kVersionMin - 1}));
  // What a later version adds behind is left alone.
  std::string bytes;
  write(bytes, Hello{.role = Hello::Role::helper});
  Hello hello;
  EXPECT_TRUE(read(std::string(content_of(bytes)) + "more", hello));
  EXPECT_EQ(Hello::Role::helper, hello.role);
  EXPECT_FALSE(read("\x05vogil\x01\x01\x01", hello));
}

TEST(IsolatedProtocol, MessagesArriveInAnyPieces) {
  std::string bytes;
  write_number(bytes, MessageType::sync, 300);
  write_begin(bytes);
  write_failed(bytes, "why");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Inbox inbox;
    std::vector<MessageType> types;
    for (std::size_t begin = 0; begin < bytes.size(); begin += piece) {
      inbox.add(std::string_view(bytes).substr(begin, piece));
      for (Message message; inbox.next(message) == Inbox::State::message;) types.push_back(message.type);
    }
    EXPECT_EQ((std::vector{MessageType::sync, MessageType::begin, MessageType::failed}), types) << piece;
  }
}

TEST(IsolatedProtocol, AMessageThatIsTooLongEndsIt) {
  Inbox inbox;
  Message message;
  std::string bytes("\0\0\0\0\x04", 5);
  bytes[2] = static_cast<char>(kContentBytesMax >> 16);
  inbox.add(bytes);
  EXPECT_EQ(Inbox::State::nothing, inbox.next(message)) << "the greatest there may be";
  inbox.clear();
  bytes[0] = 1;
  inbox.add(bytes);
  EXPECT_EQ(Inbox::State::nonsense, inbox.next(message));
  inbox.add(std::string("\0\0\0\0\x04", 5));
  EXPECT_EQ(Inbox::State::nonsense, inbox.next(message)) << "nothing is believed any more";
}

}  // namespace
}  // namespace vigil::backend::isolated
