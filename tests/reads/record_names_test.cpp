#include "core/record_names.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>

namespace vigil::core {
namespace {

TEST(RecordNames, Utf8BecomesUtf16) {
  EXPECT_EQ(record_name(""), u"");
  EXPECT_EQ(record_name("a/b"), u"a/b");
  EXPECT_EQ(record_name("\u00e9\u4e2d\U0001f600"), u"\u00e9\u4e2d\U0001f600");
}

TEST(RecordNames, WhatIsNotUtf8KeepsItsBytes) {
  EXPECT_EQ(record_name("a\xff"
                        "b"),
            std::u16string({u'a', char16_t(0xDCFF), u'b'}));
  EXPECT_EQ(record_name("\xe4\xb8"), std::u16string({char16_t(0xDCE4), char16_t(0xDCB8)}));  // cut short
  EXPECT_EQ(record_name("\xc0\xaf"), std::u16string({char16_t(0xDCC0), char16_t(0xDCAF)}));  // overlong
  EXPECT_EQ(record_name("\xed\xb3\xbf"), std::u16string({char16_t(0xDCED), char16_t(0xDCB3), char16_t(0xDCBF)}));
  EXPECT_EQ(record_name("\xf8"
                        "abc"),
            std::u16string({char16_t(0xDCF8), u'a', u'b', u'c'}));
  EXPECT_EQ(record_name("\xe4"
                        "abc"),
            std::u16string({char16_t(0xDCE4), u'a', u'b', u'c'}));
}

// All texts of up to three bytes that are of interest.
TEST(RecordNames, DifferentNamesStayDifferent) {
  const unsigned char bytes[] = {'a', 0x80, 0xbf, 0xc3, 0xdc, 0xe0, 0xed, 0xb3, 0xa0, 0xf0, 0xff};
  std::map<std::u16string, std::string> seen;
  std::string name;
  const auto check = [&] {
    const auto [found, is_new] = seen.emplace(record_name(name), name);
    EXPECT_TRUE(is_new) << ::testing::PrintToString(name) << " and " << ::testing::PrintToString(found->second);
  };
  for (const unsigned char a : bytes) {
    name = {static_cast<char>(a)};
    check();
    for (const unsigned char b : bytes) {
      name = {static_cast<char>(a), static_cast<char>(b)};
      check();
      for (const unsigned char c : bytes) {
        name = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
        check();
      }
    }
  }
}

}  // namespace
}  // namespace vigil::core
