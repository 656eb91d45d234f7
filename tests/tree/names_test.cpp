#include "tree/names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::tree {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

TEST(Names, SameNameHasSameIdUntilItsLastUseIsGone) {
  Names names;
  const NameId id = names.acquire("name");
  ASSERT_NE(id, kNoName);
  EXPECT_EQ(names.acquire("name"), id);
  EXPECT_EQ(names.size(), 1U);
  EXPECT_EQ(names.text(id), "name");
  names.release(id);
  EXPECT_EQ(names.find("name"), id);
  names.release(id);
  EXPECT_EQ(names.find("name"), kNoName);
  EXPECT_EQ(names.size(), 0U);
}

TEST(Names, FindAddsNoUse) {
  Names names;
  EXPECT_EQ(names.find("name"), kNoName);
  const NameId id = names.acquire("name");
  EXPECT_EQ(names.find("name"), id);
  names.release(id);
  EXPECT_EQ(names.find("name"), kNoName);
}

TEST(Names, CountsMoreUsesThanSixteenBitsHold) {
  Names names;
  const NameId id = names.acquire("index.js");
  for (int use = 0; use < 100'000; ++use) ASSERT_EQ(names.acquire("index.js"), id);
  for (int use = 0; use < 100'000; ++use) names.release(id);
  EXPECT_EQ(names.text(id), "index.js");
  names.release(id);
  EXPECT_EQ(names.find("index.js"), kNoName);
}

TEST(Names, AnyBytesAreAName) {
  Names names;
  const std::string zero("a\0b", 3);
  const std::vector<std::string> distinct = {"",
                                             std::string(1, '\0'),
                                             std::string(2, '\0'),
                                             std::string(9, '\0'),
                                             "a",
                                             "a\n",
                                             zero,
                                             "\xff\xfe",
                                             "A",
                                             "\x7f",
                                             "\x80"};
  std::vector<NameId> ids;
  for (const std::string& name : distinct) ids.push_back(names.acquire(name));
  EXPECT_EQ(names.size(), distinct.size());
  for (std::size_t index = 0; index < distinct.size(); ++index) {
    EXPECT_EQ(names.text(ids[index]), distinct[index]);
    EXPECT_EQ(names.find(distinct[index]), ids[index]);
  }
}

TEST(Names, EveryByteOfANameCounts) {
  for (const std::size_t length : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 12U, 15U, 16U, 17U, 24U, 25U, 255U}) {
    Names names;
    const std::string name(length, 'x');
    names.acquire(name);
    for (std::size_t position = 0; position < length; ++position) {
      std::string other = name;
      other[position] = 'y';
      EXPECT_EQ(names.find(other), kNoName);
      EXPECT_EQ(names.text(names.acquire(other)), other);
    }
    EXPECT_EQ(names.find(name.substr(1)), kNoName);
    EXPECT_EQ(names.size(), length + 1);
  }
}

// The source need not be aligned; sanitizers tell.
TEST(Names, TakesNamesFromAnyAddress) {
  Names names;
  const std::string text = "0123456789abcdefghijklmnopqrstuvwxyz";
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t length = 0; length < 20; ++length) {
      const std::vector<char> exact(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                    text.begin() + static_cast<std::ptrdiff_t>(begin + length));
      const std::string_view view(exact.data(), exact.size());
      EXPECT_EQ(names.text(names.acquire(view)), view);
      EXPECT_EQ(names.find(std::string_view(text).substr(begin, length)), names.find(view));
    }
  }
}

TEST(Names, LongNamesUpToTheLimit) {
  Names names;
  std::vector<std::pair<NameId, std::string>> all;
  for (const std::size_t length : {250U, 255U, 256U, 1'017U, 1'018U, 1'024U, 40'000U, 65'534U, 65'535U}) {
    for (const char byte : {'a', 'b', 'c'}) {
      const std::string name(length, byte);
      all.emplace_back(names.acquire(name), name);
    }
  }
  for (const auto& [id, name] : all) {
    EXPECT_EQ(names.text(id), name);
    EXPECT_EQ(names.find(name), id);
  }
}

TEST(Names, TextStaysWhereItIsWhileOthersComeAndGo) {
  Names names;
  const std::string_view text = names.text(names.acquire("the one that stays"));
  std::vector<NameId> others;
  for (int number = 0; number < 100'000; ++number) others.push_back(names.acquire(std::to_string(number)));
  for (const NameId id : others) names.release(id);
  EXPECT_EQ(text, "the one that stays");
  EXPECT_EQ(names.text(names.find(text)).data(), text.data());
}

TEST(Names, AcquiresFromItsOwnText) {
  Names names;
  // Enough to take room, chunks and a larger index while the view is in use.
  NameId id = names.acquire(std::string(1'000, 'x'));
  for (int round = 0; round < 900; ++round) {
    const std::string expected(names.text(id).substr(1));
    id = names.acquire(names.text(id).substr(1));
    ASSERT_EQ(names.text(id), expected);
  }
  EXPECT_EQ(names.acquire(names.text(id)), id);
}

class NamesModelTest : public testing::TestWithParam<unsigned> {};

TEST_P(NamesModelTest, HoldsWhatAMapHolds) {
  std::mt19937 random(GetParam());
  const auto below = [&](std::size_t end) { return random() % end; };
  const auto random_name = [&] {
    switch (below(20)) {
      case 0: return std::string(below(3'000), static_cast<char>('a' + below(3)));
      case 1: return std::string(GetParam() % 4 == 0 ? 30'000 + below(35'536) : below(600), 'z');
      default: return std::to_string(below(20'000)) + std::string(below(30), '.');
    }
  };
  Names names;
  std::map<std::string, std::pair<NameId, int>> model;
  std::map<NameId, std::string> by_id;
  const auto release = [&](const std::string& name) {
    const auto found = model.find(name);
    names.release(found->second.first);
    if (--found->second.second > 0) return;
    by_id.erase(found->second.first);
    model.erase(found);
  };
  for (int step = 0; step < 40'000; ++step) {
    const std::string name = random_name();
    const auto found = model.find(name);
    ASSERT_EQ(names.find(name), found == model.end() ? kNoName : found->second.first);
    if (below(2) == 0) {
      const NameId id = names.acquire(name);
      if (found == model.end()) {
        ASSERT_TRUE(by_id.emplace(id, name).second) << "the id was in use";
        model.emplace(name, std::pair(id, 1));
      } else {
        ASSERT_EQ(id, found->second.first);
        ++found->second.second;
      }
    } else if (!by_id.empty()) {
      // Any name in use, found by an arbitrary id.
      const auto any = by_id.lower_bound(static_cast<NameId>(below(by_id.rbegin()->first + 1)));
      release(std::string(any->second));
    }
    ASSERT_EQ(names.size(), model.size());
    // Now and then nearly all go at once, so that room is joined under those that stay.
    if (step % 8'000 == 7'999) {
      std::vector<std::string> gone;
      for (const auto& [gone_name, use] : model) {
        if (below(10) != 0) gone.insert(gone.end(), static_cast<std::size_t>(use.second), gone_name);
      }
      std::shuffle(gone.begin(), gone.end(), random);
      for (const std::string& gone_name : gone) release(gone_name);
    }
    if (step % 2'000 == 0) {
      for (const auto& [id, text] : by_id) ASSERT_EQ(names.text(id), text);
    }
  }
  for (const auto& [text, use] : model) ASSERT_EQ(names.find(text), use.first);
}

INSTANTIATE_TEST_SUITE_P(Seeds, NamesModelTest, testing::Range(0U, 8U));

TEST(Names, MemoryStaysFlatWhileNamesComeAndGo) {
  Names names;
  std::deque<NameId> in_use;
  std::size_t settled = 0;
  for (int number = 0; number < 300'000; ++number) {
    in_use.push_back(names.acquire("temporary." + std::to_string(number * 7919LL)));
    if (in_use.size() > 1'000) {
      names.release(in_use.front());
      in_use.pop_front();
    }
    if (number == 100'000) settled = names.memory_bytes();
  }
  EXPECT_LE(names.memory_bytes(), settled);
  EXPECT_LT(settled, kMiB / 4);
}

TEST(Names, MemoryStaysFlatForLongNamesToo) {
  Names names;
  for (int number = 0; number < 2'000; ++number) {
    const NameId short_one = names.acquire(std::to_string(number));
    names.release(names.acquire(std::string(static_cast<std::size_t>(40'000 + number * 7 % 25'000), 'x')));
    names.release(short_one);
  }
  EXPECT_LT(names.memory_bytes(), kMiB / 2);
}

// Nothing is lost of the free room on the way to a piece that is large enough.
TEST(Names, LongNamesTakeThePlaceOfSuchAsFit) {
  Names names;
  const auto acquire = [&](std::size_t length, char byte) { return names.acquire(std::string(length, byte)); };
  // They fill a chunk but for 4,000 bytes.
  acquire(45'000, 'a');
  acquire(42'000, 'a');
  NameId large = acquire(30'000, 'a');
  NameId small = acquire(10'000, 'a');
  std::size_t settled = 0;
  for (char byte = 'b'; byte < 'z'; ++byte) {
    names.release(large);
    names.release(small);
    large = acquire(30'000, byte);
    small = acquire(10'000, byte);
    if (byte == 'b') settled = names.memory_bytes();
    EXPECT_EQ(names.memory_bytes(), settled);
  }
}

TEST(Names, MemoryIsGivenBack) {
  Names names;
  const std::size_t empty = names.memory_bytes();
  // Many times as much room as is ever held at once, so that an account that is a little wrong comes out.
  for (int number = 0; number < 100'000; ++number) names.release(names.acquire(std::string(200, 'x')));
  std::vector<NameId> ids;
  for (int number = 0; number < 200'000; ++number) ids.push_back(names.acquire("name " + std::to_string(number)));
  EXPECT_GT(names.memory_bytes(), 4 * kMiB);
  std::shuffle(ids.begin(), ids.end(), std::mt19937(1));
  for (const NameId id : ids) names.release(id);
  EXPECT_LE(names.memory_bytes(), empty);
}

// The room of names of one length is of use to names of another, even where a few names stay.
TEST(Names, RoomServesNamesOfAnyLength) {
  Names names;
  std::size_t most = 0;
  for (std::size_t length = 8; length < 200; length += 12) {
    std::vector<NameId> ids;
    for (std::size_t bytes = 0; bytes < kMiB; bytes += length) {
      std::string name = std::to_string(bytes);
      ids.push_back(names.acquire(name + std::string(length - name.size(), '-')));
    }
    most = std::max(most, names.memory_bytes());
    for (std::size_t index = 0; index < ids.size(); ++index) {
      if (index % 1'000 != 0) names.release(ids[index]);
    }
  }
  EXPECT_LT(most, 5 * kMiB);
}

}  // namespace
}  // namespace vigil::tree
