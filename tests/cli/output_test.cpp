#include "cli/output.hpp"

#include "base/unique_fd.hpp"
#include "cli/memory_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>

namespace vigil::cli {
namespace {

struct Pipe {
  explicit Pipe(int flags = 0) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | flags), 0);
    reader.reset(ends[0]);
    writer.reset(ends[1]);
  }

  base::UniqueFd reader;
  base::UniqueFd writer;
};

std::string read_all(int descriptor) {
  std::string text;
  char buffer[1000];
  while (true) {
    const ssize_t size = ::read(descriptor, buffer, sizeof buffer);
    if (size > 0) {
      text.append(buffer, static_cast<std::size_t>(size));
    } else if (size == 0 || errno != EAGAIN) {
      return text;
    }
  }
}

TEST(Output, WritesNothingUntilFlushed) {
  MemoryFile file;
  Output output(file.descriptor());
  output.append("one ");
  output.append("");
  output.append("two");
  EXPECT_EQ(file.text(), "");
  EXPECT_TRUE(output.flush());
  EXPECT_EQ(file.text(), "one two");
  EXPECT_TRUE(output.flush());
  EXPECT_EQ(file.text(), "one two");
}

TEST(Output, KeepsTheOrderWhateverTheSizes) {
  MemoryFile file;
  Output output(file.descriptor());
  std::string expected;
  for (const std::size_t size : {1u, 60'000u, 5'535u, 1u, 65'536u, 0u, 65'537u, 200'000u, 3u, 65'536u}) {
    const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
    expected += piece;
    output.append(piece);
  }
  EXPECT_TRUE(output.flush());
  EXPECT_EQ(file.text(), expected);
}

TEST(Output, OnlyWhatIsCommittedIsWritten) {
  MemoryFile file;
  Output output(file.descriptor());
  char* room = output.reserve(1000);
  std::fill_n(room, 1000, 'x');
  output.commit(room + 3);
  output.append("yz");
  EXPECT_TRUE(output.flush());
  EXPECT_EQ(file.text(), "xxxyz");
}

TEST(Output, WaitsForAReaderThatIsSlow) {
  for (const int flags : {0, O_NONBLOCK}) {
    Pipe pipe(flags);
    const std::string text(1'000'000, 'x');
    std::string received;
    std::thread reader([&] { received = read_all(pipe.reader.get()); });
    {
      Output output(pipe.writer.get());
      output.append(text);
      EXPECT_TRUE(output.flush());
      EXPECT_EQ(output.error(), 0);
    }
    pipe.writer.reset();
    reader.join();
    EXPECT_EQ(received.size(), text.size());
  }
}

TEST(Output, DropsEverythingAfterAFailedWrite) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader.reset();
  Output output(pipe.writer.get());
  output.append("lost");
  EXPECT_FALSE(output.flush());
  EXPECT_EQ(output.error(), EPIPE);
  output.append(std::string(200'000, 'x'));
  EXPECT_FALSE(output.flush());
  EXPECT_EQ(output.error(), EPIPE);
}

TEST(Output, SaysWhyTheDiskTookNoMore) {
  const base::UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  Output output(full.get());
  output.append("x");
  EXPECT_FALSE(output.flush());
  EXPECT_EQ(output.error(), ENOSPC);
}

}  // namespace
}  // namespace vigil::cli
