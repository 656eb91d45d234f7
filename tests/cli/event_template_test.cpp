#include "cli/event_template.hpp"

#include "cli/memory_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vigil::cli {
namespace {

using ::testing::HasSubstr;

std::string error_of(std::string_view text) {
  const Result<EventTemplate> parsed = EventTemplate::parse(text);
  return parsed ? "" : parsed.error().message();
}

std::string filled(std::string_view text, const Event& event) {
  Result<EventTemplate> parsed = EventTemplate::parse(text);
  if (!parsed) return parsed.error().message();
  MemoryFile file;
  Output output(file.descriptor());
  TemplateWriter writer(std::move(*parsed), "", [](int pid) { return "process " + std::to_string(pid); });
  writer.write(event, output);
  output.flush();
  return file.text();
}

Event renamed() {
  Event event;
  event.kind = Kind::renamed;
  event.type = EntryType::file;
  event.pid = 7;
  event.seq = 12;
  event.time = Timestamp(std::chrono::nanoseconds{1'000'000'001});
  event.path = "/a/b c";
  event.from = "/a/\xFF";
  return event;
}

const Event kEvent = renamed();

TEST(Template, EveryPlaceholderIsFilledIn) {
  EXPECT_EQ("renamed file /a/b c /a/\xFF 12 7 process 7\n",
            filled("{kind} {type} {path} {from} {seq} {pid} {process}", kEvent));
  EXPECT_EQ("1970-01-01T00:00:01.000000001Z\n", filled("{time}", kEvent));
}

TEST(Template, EscapesAreUnderstood) {
  EXPECT_EQ("a\tb\nc\\d{e}\n", filled("a\\tb\\nc\\\\d{{e}}", kEvent));
  EXPECT_EQ(std::string("x\0", 2), filled("x\\0", kEvent));
  EXPECT_EQ("\n", filled("", kEvent));
}

TEST(Template, NonsenseIsRefusedByName) {
  EXPECT_THAT(error_of("{knd}"), HasSubstr("'{knd}' (did you mean 'kind'?)"));
  EXPECT_THAT(error_of("{}"), HasSubstr("'{}'"));
  EXPECT_THAT(error_of("{kind"), HasSubstr("not closed"));
  EXPECT_THAT(error_of("kind}"), HasSubstr("without a '{'"));
  EXPECT_THAT(error_of("\\x"), HasSubstr("'\\x'"));
  EXPECT_THAT(error_of("x\\"), HasSubstr("none of"));
}

TEST(Template, NoticesAreNoChanges) {
  Event ready;
  ready.kind = Kind::ready;
  ready.path = "/a";
  EXPECT_EQ("", filled("{path}", ready));
}

}  // namespace
}  // namespace vigil::cli
