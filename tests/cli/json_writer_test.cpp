#include "cli/json_writer.hpp"

#include "cli/events.hpp"
#include "cli/memory_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <ctime>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::cli {
namespace {

using nlohmann::json;

std::string text_of(const std::vector<Event>& events) {
  MemoryFile file;
  Output output(file.descriptor());
  JsonWriter writer;
  for (const Event& event : events) writer.write(event, output);
  EXPECT_TRUE(output.flush());
  return file.text();
}

std::string line_of(const Event& event) { return text_of({event}); }

// The parser is strict: it refuses text that is no UTF-8 or not JSON to the letter.
json parsed(const Event& event) { return json::parse(line_of(event)); }

json parsed_path(std::string_view path) { return parsed(event_of(Kind::created, EntryType::file, path)); }

std::vector<json> parsed_paths(const std::vector<std::string>& paths) {
  std::vector<Event> events;
  for (const std::string& path : paths) events.push_back(event_of(Kind::created, EntryType::file, path));
  std::vector<json> objects;
  std::istringstream lines(text_of(events));
  for (std::string line; std::getline(lines, line);) objects.push_back(json::parse(line));
  EXPECT_EQ(objects.size(), paths.size());
  objects.resize(paths.size());
  return objects;
}

std::string decode_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char digit : text.substr(0, text.find('='))) {
    bits = (bits << 6) | static_cast<unsigned>(kDigits.find(digit));
    count += 6;
    if (count >= 8) bytes += static_cast<char>((bits >> (count -= 8)) & 0xFF);
  }
  EXPECT_EQ(text.size() % 4, 0u) << text;
  return bytes;
}

TEST(JsonWriter, OneLineHasTheKeysInTheOrderOfTheSpecification) {
  Event event = event_of(Kind::created, EntryType::file, "/top/a");
  event.seq = 18446744073709551615u;
  event.time = Timestamp{std::chrono::nanoseconds{1'767'323'045'123'456'789}};
  EXPECT_EQ(line_of(event),
            "{\"kind\":\"created\",\"path\":\"/top/a\",\"type\":\"file\",\"seq\":18446744073709551615,"
            "\"time\":\"2026-01-02T03:04:05.123456789Z\"}\n");
}

TEST(JsonWriter, RareKeysComeOnlyWhereTheyApply) {
  Event event = renamed_event(EntryType::directory, "/top/old", "/top/new");
  event.replaced = true;
  event.synthetic = true;
  event.pid = 4711;
  const json object = parsed(event);
  EXPECT_EQ(object["from"], "/top/old");
  EXPECT_EQ(object["replaced"], true);
  EXPECT_EQ(object["synthetic"], true);
  EXPECT_EQ(object["pid"], 4711);
  EXPECT_EQ(object["type"], "directory");
  for (const char* key : {"backend", "reason", "code", "path_base64", "from_base64"}) {
    EXPECT_FALSE(object.contains(key)) << key;
  }
}

TEST(JsonWriter, NamesTheProcessWhereAsked) {
  Event event = event_of(Kind::created, EntryType::file, "/top");
  event.pid = 4711;
  MemoryFile file;
  Output output(file.descriptor());
  JsonWriter writer([](int pid) { return "\x01\"" + std::to_string(pid) + std::string(100, '\x02'); });
  writer.write(event, output);
  event.pid = 0;
  writer.write(event, output);
  EXPECT_TRUE(output.flush());
  std::istringstream lines(file.text());
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(json::parse(line)["process"], "\x01\"4711" + std::string(100, '\x02'));
  std::getline(lines, line);
  EXPECT_FALSE(json::parse(line).contains("process"));
}

TEST(JsonWriter, NoticesSayWhy) {
  Event event = event_of(Kind::error, EntryType::unknown, "/top");
  event.reason = "cannot read \"/top/x\":\tno";
  event.code = -13;
  const json object = parsed(event);
  EXPECT_EQ(object["kind"], "error");
  EXPECT_EQ(object["type"], "unknown");
  EXPECT_EQ(object["reason"], event.reason);
  EXPECT_EQ(object["code"], -13);

  Event ready = event_of(Kind::ready, EntryType::directory, "/top");
  ready.backend = "inotify";
  EXPECT_EQ(parsed(ready)["backend"], "inotify");
}

TEST(JsonWriter, EveryKindAndTypeHasItsName) {
  for (int kind = 0; kind < kKindCount; ++kind) {
    const json object = parsed(event_of(static_cast<Kind>(kind), EntryType::other, "/top/a"));
    EXPECT_EQ(object["kind"], to_string(static_cast<Kind>(kind)));
  }
  for (int type = 0; type <= static_cast<int>(EntryType::other); ++type) {
    const json object = parsed(event_of(Kind::created, static_cast<EntryType>(type), "/top/a"));
    EXPECT_EQ(object["type"], to_string(static_cast<EntryType>(type)));
  }
}

// Eight bytes are looked at at once: every byte has to be found in every place of the eight, and in the rest.
TEST(JsonWriter, EveryAsciiByteSurvivesInEveryPlace) {
  std::vector<std::string> paths;
  for (int byte = 1; byte < 0x80; ++byte) {
    for (const std::size_t size : {1u, 7u, 8u, 9u, 15u, 16u, 17u}) {
      for (std::size_t place = 0; place < size; ++place) {
        paths.emplace_back(size, 'x')[place] = static_cast<char>(byte);
      }
    }
  }
  const std::vector<json> objects = parsed_paths(paths);
  for (std::size_t index = 0; index < paths.size(); ++index) {
    ASSERT_EQ(objects[index]["path"], paths[index]);
    ASSERT_FALSE(objects[index].contains("path_base64"));
  }
}

TEST(JsonWriter, ControlCharactersAreEscapedToTheLetter) {
  EXPECT_NE(line_of(event_of(Kind::created, EntryType::file, "\b\f\n\r\t\x01\x1f\"\\\x7f"))
                .find(R"("path":"\b\f\n\r\t\u0001\u001f\"\\)"
                      "\x7f\""),
            std::string::npos);
}

TEST(JsonWriter, ValidUtf8StaysAsItIs) {
  for (const char* path : {"/häuser/日本語/😀", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "line\xE2\x80\xA8separator"}) {
    const json object = parsed_path(path);
    EXPECT_EQ(object["path"], path);
    EXPECT_FALSE(object.contains("path_base64")) << path;
  }
}

TEST(JsonWriter, WhatIsNoUtf8ComesAsBase64AsWell) {
  struct Case {
    std::string_view bytes;
    std::string_view shown;
  };
  // The number of U+FFFD is that of the Unicode standard's "maximal subparts".
  const std::vector<Case> cases = {
      {"\xFF", "\uFFFD"},
      {"a\x80z", "a\uFFFDz"},
      {"\xC0\xAF", "\uFFFD\uFFFD"},            // overlong
      {"\xC1\xBF", "\uFFFD\uFFFD"},            // overlong
      {"\xE0\x9F\xBF", "\uFFFD\uFFFD\uFFFD"},  // overlong
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},  // a surrogate
      {"\xF0\x8F\xBF\xBF", "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond U+10FFFF
      {"\xF5\x80", "\uFFFD\uFFFD"},
      {"\xE2\x82", "\uFFFD"},      // cut off
      {"\xF0\x9F\x98", "\uFFFD"},  // cut off
      {"\xE2\x82x", "\uFFFDx"},
      {"\xE2\x82\n", "\uFFFD\n"},
      {"\xC3\xC3\xA4", "\uFFFDä"},
      {"a long name in latin-1: caf\xE9", "a long name in latin-1: caf\uFFFD"},
  };
  for (const Case& test : cases) {
    const json object = parsed_path(test.bytes);
    EXPECT_EQ(object["path"], test.shown);
    ASSERT_TRUE(object.contains("path_base64"));
    EXPECT_EQ(decode_base64(object["path_base64"].get<std::string>()), test.bytes);
  }
}

TEST(JsonWriter, TheOldPathOfARenameHasItsOwnBase64) {
  const json object = parsed(renamed_event(EntryType::file, "/a\xFF", "/b"));
  EXPECT_EQ(object["from"], "/a\uFFFD");
  EXPECT_EQ(decode_base64(object["from_base64"].get<std::string>()), "/a\xFF");
  EXPECT_FALSE(object.contains("path_base64"));
}

// Base64 has three cases of padding; the bytes 0xFB, 0xFF give "+" and "/".
TEST(JsonWriter, Base64IsRightForEveryLength) {
  std::mt19937 random(1);
  for (std::size_t size = 1; size < 70; ++size) {
    std::string path(size, '\xFF');
    for (std::size_t at = 1; at < size; ++at) path[at] = static_cast<char>(random());
    EXPECT_EQ(decode_base64(parsed_path(path)["path_base64"].get<std::string>()), path);
  }
}

TEST(JsonWriter, RandomBytesAlwaysGiveALineThatParses) {
  std::mt19937 random(2);
  constexpr std::string_view kNasty = "\"\\\n\x1f /ax\x7f\x80\xBF\xC3\xE2\xED\xF0\xF4\xFF";
  std::vector<std::string> paths(5'000);
  for (std::string& path : paths) {
    path.resize(random() % 40);
    for (char& byte : path) {
      byte = random() % 2 == 0 ? kNasty[random() % kNasty.size()] : static_cast<char>(random() % 255 + 1);
    }
  }
  const std::vector<json> objects = parsed_paths(paths);
  for (std::size_t index = 0; index < paths.size(); ++index) {
    const json& object = objects[index];
    if (object.contains("path_base64")) {
      ASSERT_EQ(decode_base64(object["path_base64"].get<std::string>()), paths[index]);
    } else {
      ASSERT_EQ(object["path"], paths[index]);
    }
  }
}

TEST(JsonWriter, PathsOfAnyLengthFit) {
  for (const std::size_t size : {4096u, 65536u, 100'000u}) {
    for (const char byte : {'x', '\n', '\xFF'}) {
      const json object = parsed_path(std::string(size, byte));
      ASSERT_EQ(object.contains("path_base64"), byte == '\xFF');
    }
  }
}

TEST(JsonWriter, TimeOfAnyMomentIsWhatTheCalendarSays) {
  std::mt19937_64 random(3);
  TimeText text;
  const auto check = [&](std::int64_t nanoseconds) {
    const Timestamp time{std::chrono::nanoseconds{nanoseconds}};
    std::string ours(TimeText::kSize, '?');
    ASSERT_EQ(text.write(time, ours.data()), ours.data() + ours.size());

    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto midnight = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(midnight);
    const std::chrono::hh_mm_ss clock(seconds - midnight);
    char expected[64];
    const int size = std::snprintf(expected, sizeof expected, "%04d-%02u-%02uT%02d:%02d:%02d", int(date.year()),
                                   unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                                   int(clock.minutes().count()), int(clock.seconds().count()));
    std::string fraction = std::to_string((time - seconds).count());
    fraction.insert(0, 9 - fraction.size(), '0');
    ASSERT_EQ(ours, std::string(expected, static_cast<std::size_t>(size)).append(".").append(fraction).append("Z"));
  };
  // Around leap days and the turns of a year.
  for (const std::int64_t seconds :
       {0LL, 951'782'399LL, 951'868'799LL, 951'868'800LL, 1'767'323'045LL, 4'107'542'399LL}) {
    for (const std::int64_t fraction : {0, 1, 999'999'999, 100'000, 99'999}) check(seconds * 1'000'000'000 + fraction);
  }
  check(-1);
  check(std::numeric_limits<std::int64_t>::max());
  check(std::numeric_limits<std::int64_t>::min() + 1'000'000'000);
  for (int round = 0; round < 10'000; ++round) check(static_cast<std::int64_t>(random() >> 1));
}

}  // namespace
}  // namespace vigil::cli
