// What a program and its helper process say to each other (docs/isolation.md). Pure: bytes to messages and back.
//
// A message is a length (four bytes, the least first), a type (one byte) and so many bytes of content. Both sides begin
// with `hello`. Numbers in a content are of one to ten bytes, seven bits each, the least first; a text is its length
// and its bytes. Whoever receives a message checks every length against what is there and against a bound, every number
// against what it may be, and that nothing is left over. What does not pass ends the conversation.
#pragma once

#include <vigil/event.hpp>
#include <vigil/options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::backend::isolated {

// The versions this code speaks. Both sides tell theirs, and the highest that both know is spoken.
inline constexpr std::uint64_t kVersionMin = 2;
inline constexpr std::uint64_t kVersionMax = 2;

inline constexpr std::size_t kHeaderBytes = 5;
inline constexpr std::size_t kContentBytesMax = std::size_t{4} << 20;
inline constexpr std::size_t kPathBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kNameBytesMax = 1024;
inline constexpr std::size_t kReasonBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kTextsMax = 1 << 16;

// Messages with many entries are sent when they have grown so far.
inline constexpr std::size_t kContentBytesUsual = 32 * 1024;

enum class MessageType : std::uint8_t {
  hello = 1,  // both

  // By the program.
  watch = 2,    // the one root this helper is for
  entries = 3,  // with Watch::known: what the consumer was told of so far, any number of messages
  begin = 4,    // after those
  sync = 5,     // a number, to be given back once all that was changed before is told
  ping = 6,     // a number, to be given back at once

  // By the helper.
  answer = 32,      // to `watch`, after `begin`
  events = 33,      // in order
  identities = 34,  // what was not known yet when an entry was told of
  told = 35,        // nothing waits to be told
  synced = 36,      // the number of a `sync`
  alive = 37,       // the number of a `ping`, or 0: work is under way
  failed = 38,      // a sentence: the helper cannot go on
};

struct Message {
  MessageType type{};
  std::string_view content;
};

// Puts messages together from the pieces in which they arrive. Holds at most one message and one piece. One thread at a
// time.
class Inbox {
 public:
  void add(std::string_view bytes);

  enum class State { message, nothing, nonsense };

  // The next message, valid until the next call of any member. Once there was nonsense there is nothing else.
  State next(Message& message);

  void clear();

 private:
  std::string bytes_;
  std::size_t read_ = 0;
  bool nonsense_ = false;
};

// Appends content to a string.
class Writer {
 public:
  // Begins a message; finish() or the destructor ends it.
  Writer(std::string& out, MessageType type);
  ~Writer() { finish(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void number(std::uint64_t value);
  void signed_number(std::int64_t value);
  void text(std::string_view text);
  std::size_t content_bytes() const { return out_.size() - begin_ - kHeaderBytes; }
  void finish();

 private:
  std::string& out_;
  std::size_t begin_;
  bool finished_ = false;
};

// Takes content apart. Once something was not as it has to be, failed() is true and all that follows is nothing.
class Reader {
 public:
  explicit Reader(std::string_view content) : rest_(content) {}

  std::uint64_t number(std::uint64_t max = UINT64_MAX);
  std::int64_t signed_number();
  std::string_view text(std::size_t bytes_max);
  bool flag() { return number(1) == 1; }

  void fail() { failed_ = true; }
  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty() || failed_; }

  // The content was right, and all of it was read.
  bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct Hello {
  enum class Role : std::uint8_t { program = 1, helper = 2 };
  Role role = Role::program;
  std::uint64_t version_min = kVersionMin;
  std::uint64_t version_max = kVersionMax;
  std::uint64_t capabilities = 0;  // one bit each; none yet
};

// A moment up to which all changes were told: by the clock of the files, and by the one that is never set.
struct ToldUntil {
  Timestamp time{};
  std::chrono::steady_clock::time_point moment{};

  bool operator==(const ToldUntil&) const = default;
};

struct Watch {
  std::string path;     // absolute
  std::string only;     // known, and a single file when last seen: its name
  RootOptions options;  // `initial`, `include` and `include_regex` are the program's business, and not sent
  Kinds kinds;
  std::size_t queue_bytes_max = 0;
  std::chrono::milliseconds hang_timeout{};
  bool known = false;  // was told of before: entries follow
  ToldUntil told_until;
  BackendChoice backend = BackendChoice::automatic;
  std::size_t max_watches = 0;
};

// One entry of a tree, parents before what is in them.
struct Entry {
  std::uint64_t up = 0;  // how many directories to go up from the one before, which is entered if it is a directory
  EntryType type = EntryType::unknown;
  std::uint64_t inode = 0;  // 0: not known
  std::string_view name;
};

struct Answer {
  int code = 0;  // an ErrorCode; 0: it is watched
  int os_code = 0;
  std::string message;
};

// Paths are relative to the root; empty for the root itself. The views point into the content.
struct ToldEvent {
  Event event;
  bool about_watcher = false;  // an error that concerns no path
  std::uint64_t inode = 0;     // created, renamed, modified: of what has the path now; 0: not known
};

struct Identity {
  std::string_view path;
  std::uint64_t inode = 0;
};

struct Counters {
  std::uint64_t records = 0;
  std::uint64_t losses = 0;
  std::uint64_t repairs = 0;
  std::uint64_t watches = 0;
  std::uint64_t directories_pending = 0;

  bool operator==(const Counters&) const = default;
};

struct Told {
  ToldUntil until;
  std::string only;  // a single file: its name
  Counters counters;
};

struct Alive {
  std::uint64_t number = 0;
  Counters counters;
};

// Append a whole message.
void write(std::string& out, const Hello& hello);
void write(std::string& out, const Watch& watch);
void write(std::string& out, const Answer& answer);
void write(std::string& out, const Told& told);
void write(std::string& out, const Alive& alive);
void write_number(std::string& out, MessageType type, std::uint64_t number);  // sync, ping, synced
void write_failed(std::string& out, std::string_view reason);
void write_begin(std::string& out);

// One of many in a message.
void write(Writer& writer, const Entry& entry);
void write(Writer& writer, const ToldEvent& event);
void write(Writer& writer, const Identity& identity);

// The whole content; false when it is not what it has to be.
bool read(std::string_view content, Hello& hello);
bool read(std::string_view content, Watch& watch);
bool read(std::string_view content, Answer& answer);
bool read(std::string_view content, Told& told);
bool read(std::string_view content, Alive& alive);
bool read_number(std::string_view content, std::uint64_t& number);
bool read_text(std::string_view content, std::string_view& text);

// The next of many; nothing more to be read from a reader that failed.
void read(Reader& reader, Entry& entry);
void read(Reader& reader, ToldEvent& event);
void read(Reader& reader, Identity& identity);

// The version to speak with the other side; nothing where there is none.
std::optional<std::uint64_t> common_version(const Hello& other);

// Whether a name can be that of an entry: not empty, no longer than kNameBytesMax, without '/' and NUL, not "." or
// "..".
bool is_name(std::string_view name);

}  // namespace vigil::backend::isolated
