#include "cli/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace vigil::cli {
namespace {

TEST(JsonText, CommasComeByThemselves) {
  JsonText json;
  json.begin_object();
  json.key("a").number(std::int64_t{-1});
  json.key("b").begin_list();
  json.number(std::uint64_t{18446744073709551615u});
  json.begin_object();
  json.end_object();
  json.boolean(true);
  json.null();
  json.end_list();
  json.key("c").number(0.25, 3);
  json.key("d").begin_list();
  json.end_list();
  json.end_object();
  EXPECT_EQ(R"({"a":-1,"b":[18446744073709551615,{},true,null],"c":0.250,"d":[]})", json.result());
}

TEST(JsonText, AnyTextComesBack) {
  std::string text;
  for (int byte = 0; byte < 128; ++byte) text += static_cast<char>(byte);
  text += "é日😀";
  JsonText json;
  json.text(text);
  EXPECT_EQ(text, nlohmann::json::parse(json.result()).get<std::string>());
}

TEST(JsonText, BytesThatAreNoUtf8ComeTwice) {
  JsonText json;
  json.begin_object();
  json.path("path",
            "/a\xff"
            "b");
  json.path("name", "fine");
  json.end_object();
  EXPECT_EQ(nlohmann::json::parse(R"({"path":"/a\ufffdb","path_base64":"L2H/Yg==","name":"fine"})"),
            nlohmann::json::parse(json.result()));
}

TEST(JsonText, Base64OfEveryLength) {
  const char* const expected[] = {"/w==", "/2E=", "/2Fi", "/2FiYw=="};
  for (std::size_t size = 1; size <= 4; ++size) {
    JsonText json;
    json.begin_object();
    json.path("path", std::string("\xff"
                                  "abc")
                          .substr(0, size));
    json.end_object();
    EXPECT_EQ(expected[size - 1], nlohmann::json::parse(json.result())["path_base64"]);
  }
}

}  // namespace
}  // namespace vigil::cli
