// What a terminal shows while a large tree is being listed.
#pragma once

#include <vigil/descriptor.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace vigil::cli {

// "listing src: 123,456 entries", rewritten in place several times a second from a thread of its own. Nothing is shown
// before `patience` has passed, and nothing is left when the object is destroyed.
class Progress {
 public:
  // `count` is called from the other thread.
  Progress(Descriptor terminal, std::string_view path, std::function<std::size_t()> count,
           std::chrono::milliseconds patience = std::chrono::seconds{1});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void run(std::chrono::milliseconds patience);
  void show() const;
  void show_line(std::string_view text) const;

  Descriptor terminal_;
  bool obeys_escapes_;
  std::string path_;
  std::function<std::size_t()> count_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
  std::thread thread_;
};

// "1,234,567".
std::string with_thousands_separated(std::uint64_t number);

// The end of visible UTF-8 text, "..." before it, in at most `characters_max` characters (3 or more).
std::string shortened(std::string_view text, std::size_t characters_max);

}  // namespace vigil::cli
