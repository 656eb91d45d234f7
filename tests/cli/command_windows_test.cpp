// The real command, as a user or a program would run it.
#include "base/unique_handle.hpp"
#include "base/utf.hpp"
#include "support/pipe_windows.hpp"

#include <vigil/version.h>

#include <gtest/gtest.h>
#include <windows.h>

#include <string>

namespace vigil::cli {
namespace {

using base::UniqueHandle;

struct Outcome {
  DWORD exit_code = ~DWORD{0};
  std::string output;
  std::string error;
};

std::string read_all(const UniqueHandle& pipe) {
  std::string text;
  char block[4096];
  for (DWORD size = 0; ::ReadFile(pipe.get(), block, sizeof block, &size, nullptr) != 0 && size > 0;) {
    text.append(block, size);
  }
  return text;
}

// Beside the folder of this program.
std::u16string path_of_command() {
  wchar_t path[MAX_PATH + 1];
  const DWORD size = ::GetModuleFileNameW(nullptr, path, MAX_PATH);
  std::u16string text(path, path + size);
  text.resize(text.find_last_of(u'\\'));
  text.resize(text.find_last_of(u'\\'));
  return text + u"\\bin\\" + base::to_utf16(VIGIL_COMMAND).value();
}

// `arguments` as on a command line. What the command writes must fit in a pipe.
Outcome run(const std::u16string& arguments) {
  testing::Pipe output = testing::make_pipe();
  testing::Pipe error = testing::make_pipe();
  EXPECT_NE(output.read.get(), nullptr);
  EXPECT_NE(error.read.get(), nullptr);
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = output.write.get();
  startup.hStdError = error.write.get();
  std::u16string line = u'"' + path_of_command() + u"\" " + arguments;
  PROCESS_INFORMATION process{};
  Outcome outcome;
  if (::CreateProcessW(nullptr, reinterpret_cast<wchar_t*>(line.data()), nullptr, nullptr, TRUE, 0, nullptr, nullptr,
                       &startup, &process) == 0) {
    ADD_FAILURE() << "the command cannot be started: error " << ::GetLastError();
    return outcome;
  }
  const UniqueHandle process_handle(process.hProcess);
  const UniqueHandle thread_handle(process.hThread);
  output.write.reset();
  error.write.reset();
  outcome.output = read_all(output.read);
  outcome.error = read_all(error.read);
  EXPECT_EQ(::WaitForSingleObject(process.hProcess, 30'000), WAIT_OBJECT_0);
  ::GetExitCodeProcess(process.hProcess, &outcome.exit_code);
  return outcome;
}

TEST(Command, AnswersAtOnce) {
  const Outcome version = run(u"--version");
  EXPECT_EQ(version.exit_code, 0U);
  EXPECT_EQ(version.output, "vigil " VIGIL_VERSION "\n");  // the same bytes as everywhere
  EXPECT_EQ(version.error, "");
  const Outcome help = run(u"watch --help");
  EXPECT_EQ(help.exit_code, 0U);
  EXPECT_TRUE(help.output.starts_with("Usage: vigil watch"));
}

TEST(Command, RefusesWhatMakesNoSense) {
  const Outcome outcome = run(u"watch --no-such-option");
  EXPECT_EQ(outcome.exit_code, 2U);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(outcome.error.starts_with("vigil: ")) << outcome.error;
}

// Arguments are UTF-16 and not matched with files.
TEST(Command, TakesAnyArgument) {
  const Outcome outcome = run(u"watch --format=\"\u00e4 \U0001F600 *.c\"");
  EXPECT_EQ(outcome.exit_code, 2U);
  EXPECT_NE(outcome.error.find("\xC3\xA4 \xF0\x9F\x98\x80 *.c"), std::string::npos) << outcome.error;
}

TEST(Command, RefusesAPathThatIsNotThere) {
  const Outcome outcome = run(u"watch C:\\no\\such\\folder");
  EXPECT_EQ(outcome.exit_code, 1U);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(outcome.error.starts_with("vigil: cannot ")) << outcome.error;
}

}  // namespace
}  // namespace vigil::cli
