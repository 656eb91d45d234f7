#include "sys/error_codes.hpp"

#include <gtest/gtest.h>
#include <windows.h>

namespace vigil::sys {
namespace {

TEST(ErrorCodes, HaveAMeaning) {
  for (const long code : std::initializer_list<long>{kNotFound, kNotADirectory, kIsALink, ERROR_PATH_NOT_FOUND,
                                                     ERROR_BAD_NETPATH, ERROR_DELETE_PENDING}) {
    EXPECT_EQ(meaning_of(static_cast<int>(code)), ErrorMeaning::gone) << code;
  }
  for (const long code : std::initializer_list<long>{kDenied, ERROR_SHARING_VIOLATION})
    EXPECT_EQ(meaning_of(static_cast<int>(code)), ErrorMeaning::denied) << code;
  for (const long code : std::initializer_list<long>{kTooManyOpen, kNoSpace, kNoMemory, ERROR_NO_SYSTEM_RESOURCES}) {
    EXPECT_EQ(meaning_of(static_cast<int>(code)), ErrorMeaning::limit) << code;
  }
  for (const long code : std::initializer_list<long>{0, kNotWatchable, ERROR_NETNAME_DELETED}) {
    EXPECT_EQ(meaning_of(static_cast<int>(code)), ErrorMeaning::other) << code;
  }
}

TEST(ErrorCodes, ComeWithWords) {
  const std::string words = words_of(ERROR_FILE_NOT_FOUND);
  EXPECT_FALSE(words.empty());
  EXPECT_EQ(words.find_last_of(".\r\n "), words.rfind(' ')) << words;
  EXPECT_NE(words.back(), ' ');
  EXPECT_EQ(words_of(0x3FFF'FFFF), "error 1073741823");
}

}  // namespace
}  // namespace vigil::sys
