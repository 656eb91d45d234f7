// Records that call an entry by another of its names, as Windows may: short, or in other case.
#include "backend/windows/backend.hpp"
#include "sim/by_hand.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>

namespace vigil::sim {
namespace {

class OtherNames : public ByHand {
 protected:
  OtherNames()
      : ByHand(options(), [](fake::Kernel& kernel) {
          return std::make_unique<backend::windows::WindowsBackend>(kernel.open_directory_reads());
        }) {}

  static fake::KernelOptions options() {
    fake::KernelOptions options;
    options.reuse_inodes = false;
    return options;
  }

  // Until records are certain, and times tell before from after.
  void watch(const RootOptions& options = {}) {
    ByHand::watch(options);
    pass(std::chrono::seconds(1));
    (void)settle();
  }

  // What happens to these from now on is told by their short names.
  void call_by_short_name(const std::string& names) {
    kernel_.tells = [names](const std::string& name, const std::string& short_name) {
      return (' ' + names + ' ').find(' ' + name + ' ') != std::string::npos ? short_name : name;
    };
  }

  void call_in_upper_case(const std::string& which) {
    kernel_.tells = [which](const std::string& name, const std::string&) {
      std::string told = name;
      if (name == which) std::transform(told.begin(), told.end(), told.begin(), [](char c) { return std::toupper(c); });
      return told;
    };
  }

  void make_file(const std::string& path) { kernel_.close(kernel_.open(path, fake::Access::write, false).value); }

  // Without what is told of the directories above.
  Told settle() {
    Told told = ByHand::settle();
    std::erase_if(told, [](const std::string& text) { return text.starts_with("attributes"); });
    return told;
  }
};

TEST_F(OtherNames, OfWhatWasWritten) {
  make_file("/r/report");
  watch();
  call_by_short_name("report");
  write("/r/report");
  EXPECT_EQ(settle(), Told{"modified /r/report"});
  EXPECT_EQ(differences(), "");
}

TEST_F(OtherNames, OfWhatWasRemoved) {
  make_file("/r/report");
  kernel_.make_directory("/r/papers");
  make_file("/r/papers/old");
  watch();
  call_by_short_name("report papers");
  kernel_.remove("/r/report");
  kernel_.remove("/r/papers/old");
  Told told = settle();
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (Told{"removed /r/papers/old", "removed /r/report"}));
  kernel_.remove_directory("/r/papers");
  EXPECT_EQ(settle(), Told{"removed /r/papers"});
  EXPECT_EQ(differences(), "");
}

TEST_F(OtherNames, OfWhatWasRenamed) {
  make_file("/r/report");
  kernel_.make_directory("/r/papers");
  make_file("/r/papers/old");
  watch();
  call_by_short_name("report papers");
  kernel_.rename("/r/report", "/r/draft");
  kernel_.rename("/r/papers", "/r/archive");
  EXPECT_EQ(settle(), (Told{"renamed /r/draft", "renamed /r/archive"}));
  EXPECT_EQ(differences(), "");
}

TEST_F(OtherNames, OfWhatWasMovedToAnotherDirectory) {
  make_file("/r/report");
  kernel_.make_directory("/r/papers");
  watch();
  call_by_short_name("report");
  kernel_.rename("/r/report", "/r/papers/draft");
  EXPECT_EQ(settle(), Told{"renamed /r/papers/draft"});
  EXPECT_EQ(differences(), "");
}

TEST_F(OtherNames, OfADirectoryAbove) {
  kernel_.make_directory("/r/papers");
  make_file("/r/papers/old");
  make_file("/r/papers/older");
  watch();
  call_by_short_name("papers");
  write("/r/papers/old");
  make_file("/r/papers/new");
  kernel_.remove("/r/papers/older");
  EXPECT_EQ(settle(), (Told{"modified /r/papers/old", "created /r/papers/new", "removed /r/papers/older"}));
  EXPECT_EQ(differences(), "");
}

TEST_F(OtherNames, InOtherCase) {
  make_file("/r/report");
  kernel_.make_directory("/r/papers");
  make_file("/r/papers/old");
  watch();
  call_in_upper_case("report");
  write("/r/report");
  kernel_.rename("/r/report", "/r/draft");
  call_in_upper_case("papers");
  write("/r/papers/old");
  kernel_.remove("/r/papers/old");
  EXPECT_EQ(settle(),
            (Told{"modified /r/report", "renamed /r/draft", "modified /r/papers/old", "removed /r/papers/old"}));
  kernel_.remove_directory("/r/papers");
  EXPECT_EQ(settle(), Told{"removed /r/papers"});
  EXPECT_EQ(differences(), "");
}

// The short name is another's by the time the record is read.
TEST_F(OtherNames, GivenToAnotherMeanwhile) {
  kernel_.make_directory("/r/papers");
  make_file("/r/papers/old");
  make_file("/r/report");
  watch();
  call_by_short_name("papers report");
  write("/r/report");
  write("/r/papers/old");
  kernel_.remove("/r/papers/old");
  kernel_.tells = nullptr;
  kernel_.rename("/r/papers", "/r/archive");
  kernel_.rename("/r/report", "/r/archive/report");
  kernel_.make_directory("/r/letters");
  make_file("/r/letters/old");
  make_file("/r/notes");
  const Told told = settle();
  EXPECT_EQ(times(told, "modified /r/report"), 1U);
  EXPECT_EQ(times(told, "removed /r/archive/old"), 1U);
  EXPECT_EQ(times(told, "renamed /r/archive"), 1U);
  EXPECT_EQ(times(told, "renamed /r/archive/report"), 1U);
  EXPECT_EQ(differences(), "");
}

// What it is listed under by now is not what it was called when it was written in.
TEST_F(OtherNames, GivenToTheSameMeanwhile) {
  kernel_.make_directory("/r/papers");
  make_file("/r/papers/old");
  watch();
  call_by_short_name("archive");
  kernel_.rename("/r/papers", "/r/archive");
  kernel_.tells = nullptr;
  write("/r/archive/old");
  call_by_short_name("cellar");
  kernel_.rename("/r/archive", "/r/cellar");
  const Told told = settle();
  EXPECT_EQ(times(told, "renamed /r/cellar"), 1U);
  EXPECT_EQ(times(told, "modified /r/cellar/old"), 1U);
  EXPECT_EQ(differences(), "");
}

// It was elsewhere when its directory was not listed yet.
TEST_F(OtherNames, OfWhatLeftAndIsBack) {
  kernel_.make_directory("/r/papers");
  make_file("/r/papers/old");
  make_file("/r/papers/older");
  make_file("/r/report");
  watch();
  call_by_short_name("papers report");
  kernel_.rename("/r/papers", "/o/papers");
  kernel_.rename("/r/report", "/o/report");
  before(fake::Call::list, 1, [&] {
    kernel_.tells = nullptr;
    kernel_.remove("/o/papers/old");
    write("/o/papers/older");
    write("/o/report");
    kernel_.rename("/o/papers", "/r/papers");
    kernel_.rename("/o/report", "/r/report");
  });
  (void)settle();
  EXPECT_EQ(differences(), "");
}

// Its directory is somewhere else at first, then back, and then the root is gone.
TEST_F(OtherNames, AskedForWhenTheRootIsLost) {
  kernel_.make_directory("/r/papers");
  make_file("/r/papers/report");
  watch();
  call_by_short_name("report");
  write("/r/papers/report");
  kernel_.change_mode("/r/papers/report", 0600);
  int opens = 0;
  kernel_.hook = [&](fake::Call call) {
    if (call == fake::Call::open) ++opens;
    if (call == fake::Call::open && opens == 1) kernel_.rename("/r/papers", "/o/papers");
    if (call == fake::Call::open && opens == 2) kernel_.rename("/o/papers", "/r/papers");
    if (call == fake::Call::status && opens == 2) kernel_.rename("/r", "/o/r");
  };
  EXPECT_EQ(times(settle(), "lost /r"), 1U);  // and nothing after that, which the model sees to
  EXPECT_GE(opens, 2);
}

// Its directory is not where the tree has it when the record is read.
TEST_F(OtherNames, AskedForBelowADirectoryThatMoved) {
  kernel_.make_directory("/r/papers");
  kernel_.make_directory("/r/papers/old");
  make_file("/r/papers/old/a");
  make_file("/r/papers/report");
  watch();
  call_by_short_name("report old");
  write("/r/papers/report");
  write("/r/papers/old/a");
  kernel_.rename("/r/papers", "/r/archive");
  const Told told = settle();
  EXPECT_EQ(times(told, "modified /r/archive/report"), 1U);
  EXPECT_EQ(times(told, "modified /r/archive/old/a"), 1U);
  EXPECT_EQ(differences(), "");
}

TEST_F(OtherNames, OfTheRoot) {
  watch();
  call_by_short_name("r");
  kernel_.rename("/r", "/elsewhere");
  EXPECT_EQ(settle(), Told{"lost /r"});
  kernel_.rename("/elsewhere", "/r");
  EXPECT_EQ(times(settle(), "restored /r"), 1U);
}

// Any name may look like a short one.
TEST_F(OtherNames, ThatAreTheirOwn) {
  make_file("/r/DRAFT~1");
  watch();
  write("/r/DRAFT~1");
  make_file("/r/DRAFT~2");
  kernel_.rename("/r/DRAFT~1", "/r/DRAFT~3");
  kernel_.remove("/r/DRAFT~2");
  make_file("/r/DRAFT~4");
  EXPECT_EQ(settle(), (Told{"modified /r/DRAFT~1", "renamed /r/DRAFT~3", "created /r/DRAFT~4"}));
  EXPECT_EQ(differences(), "");
}

// However busy it is, nothing is listed for it.
TEST_F(OtherNames, OfADirectoryThatIsExcluded) {
  kernel_.make_directory("/r/build");
  make_file("/r/build/a");
  make_file("/r/report");
  RootOptions options;
  options.exclude = {"build"};
  watch(options);
  call_by_short_name("build");
  int listings = 0;
  kernel_.hook = [&](fake::Call call) { listings += call == fake::Call::list ? 1 : 0; };
  for (int i = 0; i < 10; ++i) write("/r/build/a");
  make_file("/r/build/b");
  EXPECT_EQ(settle(), Told{});
  EXPECT_EQ(listings, 0);
}

}  // namespace
}  // namespace vigil::sim
