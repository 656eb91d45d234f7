#include "conformance/bser.hpp"

#include <gtest/gtest.h>

namespace vigil::conformance {
namespace {

using Json = nlohmann::json;

TEST(Bser, BringsBackWhatWasWritten) {
  Json value{{"name", "a\xff\n"}, {"list", {1, -2, 1'000'000'000'000, true, false, nullptr}}, {"empty", Json::array()}};
  const std::string message = encode_bser(value);
  EXPECT_EQ(bser_message_size(message), message.size());
  EXPECT_EQ(decode_bser(message), value);
}

TEST(Bser, ReadsTables) {
  // Two rows of "a" and "b"; the second has no "b".
  const std::string body("\x0b\0\3\2\2\3\1a\2\3\1b\3\2\3\1\3\2\3\3\x0c", 21);
  const std::string message = std::string("\0\1\3", 3) + static_cast<char>(body.size()) + body;
  EXPECT_EQ(decode_bser(message), (Json{{{"a", 1}, {"b", 2}}, {{"a", 3}}}));
}

TEST(Bser, NoMessageCutShortIsTakenForAWholeOne) {
  const std::string message = encode_bser(Json{{"files", {{{"name", "x"}, {"exists", true}}}}, {"clock", "c:1"}});
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_FALSE(decode_bser(message.substr(0, size))) << size;
    const auto needed = bser_message_size(message.substr(0, size));
    EXPECT_TRUE(!needed || *needed > size) << size;
  }
}

TEST(Bser, CountsThatLieAreRefused) {
  const std::string huge = std::string("\0\1\3\7", 4) + std::string("\0\6\xff\xff\xff\xff\xff\xff\xff\x7f", 10);
  EXPECT_FALSE(decode_bser(huge));
  const std::string negative = std::string("\0\1\3\4", 4) + std::string("\2\3\xff", 3);
  EXPECT_FALSE(decode_bser(negative));
}

TEST(Bser, DeepNestingIsRefused) {
  std::string body;
  for (int i = 0; i < 100000; ++i) body.append("\0\3\1", 3);
  EXPECT_FALSE(decode_bser(std::string("\0\1\3\1", 4) + body));
}

}  // namespace
}  // namespace vigil::conformance
