// Writes one JSON value piece by piece, for answers of some kilobytes. (Events have a quicker writer, json_writer.hpp.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vigil::cli {

// Objects and lists are begun and ended in the order of the text; between, commas come by themselves. One thread at a
// time.
class JsonText {
 public:
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_list() { begin('['); }
  void end_list() { end(']'); }

  // What follows is the value of that key. Keys are of plain letters.
  JsonText& key(std::string_view name);

  // What is no UTF-8 comes as U+FFFD.
  void text(std::string_view value);
  void number(std::int64_t value);
  void number(std::uint64_t value);
  void number(double value, int digits);  // behind the point at most
  void boolean(bool value);
  void null();

  // "path", and where that is no UTF-8 the exact bytes as "path_base64".
  void path(std::string_view name, std::string_view value);

  const std::string& result() const { return out_; }

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();

  std::string out_;
  bool first_ = true;  // nothing comes before, on this level, or a key does
};

}  // namespace vigil::cli
