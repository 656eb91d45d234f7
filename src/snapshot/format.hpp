// The bytes of a snapshot: what a tree looked like, and what was told of it. Pure: no system calls, the same on every
// system. docs/catch-up.md has the format.
#pragma once

#include <vigil/event.hpp>
#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::snapshot {

// Of a file's content.
using ContentHash = std::array<std::uint8_t, 16>;

// Names are those of one system: bytes, or WTF-8 that stands for UTF-16.
enum class System : std::uint8_t { posix = 0, windows = 1 };

// Whether the options say what belongs to a root, and not only whatever is there.
inline bool has_filters(const RootOptions& options) {
  return !options.recursive || !options.exclude.empty() || !options.include.empty() || !options.exclude_regex.empty() ||
         !options.include_regex.empty() || options.ignore.any();
}

// What a snapshot says besides its entries.
struct Description {
  System system = System::posix;
  std::string path;        // of the root, as the caller wrote it
  std::string absolute;    // the same, absolute, as the system writes it
  std::string only;        // a single file: its name; empty for a directory
  RootOptions options;     // what belongs to it: recursive, the filters and the ignore files
  Timestamp taken{};       // by the clock of the system
  Timestamp told_until{};  // by that of the file systems, when it was last known that no record was left to read
  std::uint64_t entries = 0;
  bool has_hashes = false;
};

// Something that was to be told, but was not delivered when the snapshot was made. Paths go on below the root, as the
// system writes them; empty for the root itself.
struct Untold {
  Kind kind = Kind::created;
  EntryType type = EntryType::unknown;
  bool replaced = false;
  std::string_view path;
  std::string_view from;
};

// What is known of a directory's listing.
struct Listing {
  bool is_known = false;   // what is in it was told
  bool is_proved = false;  // while its times stay, so do its names
  std::uint64_t times = 0;
  std::uint64_t names = 0;
  std::uint64_t inodes = 0;
};

// An entry, or the root. The signature is a core::Signature.
struct Entry {
  std::string_view name;
  EntryType type = EntryType::unknown;
  std::uint64_t inode = 0;
  std::uint64_t signature = 0;
  Listing listing{};                  // of a directory
  std::optional<ContentHash> hash{};  // of a file
};

// Puts a snapshot together: the root's directory, and then what is in each directory, in the order in which the
// directories were given, with the names in the order of their bytes, each once. One thread at a time.
class Writer {
 public:
  explicit Writer(const Description& description);

  void add_untold(const Untold& untold);

  // The root; then begin_directory() for it and for each directory that was given.
  void begin(const Entry& root);
  void begin_directory(std::size_t entries);
  void add(const Entry& entry);

  // The bytes. The writer is of no use after that.
  std::string finish();

 private:
  void add_directory(const Listing& listing);

  std::string bytes_;
  std::string untold_;
  std::uint64_t untold_count_ = 0;
  std::string entries_;
  std::uint64_t entry_count_ = 0;
  std::string previous_;
  std::uint64_t last_inode_ = 0;
};

// Reads what a Writer wrote, in the order in which it was written. The bytes outlive it. One thread at a time.
class Reader {
 public:
  // Refuses what is no snapshot, of a newer vigil, cut off or damaged, with a sentence that begins with what it is:
  // "is no snapshot of vigil". All that follows is checked as well, so that what comes after cannot fail.
  static Result<Reader> open(std::string_view bytes);

  const Description& description() const { return description_; }
  const std::vector<Untold>& untold() const { return untold_; }
  const Entry& root() const { return root_; }

  // How many entries the next directory has; nothing after the last.
  std::optional<std::size_t> next_directory();

  // The next entry of that directory; its name is valid until the next call.
  const Entry& next();

 private:
  // The rest of the bytes, read piece by piece; once something is not there all that follows is empty.
  class Source {
   public:
    explicit Source(std::string_view rest) : rest_(rest) {}
    std::uint8_t byte();
    std::uint64_t number();
    std::uint64_t fixed();
    std::string_view text(std::uint64_t size);
    std::string_view text() { return text(number()); }
    void fail() { failed_ = true; }
    bool failed() const { return failed_; }
    std::size_t left() const { return failed_ ? 0 : rest_.size(); }

   private:
    std::string_view rest_;
    bool failed_ = false;
  };

  explicit Reader(std::string_view payload) : source_(payload) {}

  std::string_view read_description();
  void read_untold();
  void read_entry(Entry& entry, bool is_root);
  void read_name(Entry& entry);
  bool check_entries();

  Source source_;
  Description description_;
  std::vector<Untold> untold_;
  Entry root_;
  Entry entry_;
  std::string name_;
  std::uint64_t last_inode_ = 0;
  std::uint64_t directories_left_ = 1;  // whose entries were not begun yet
  std::uint64_t entries_left_ = 0;      // of the directory that was
};

// The version that is written.
inline constexpr std::uint32_t kVersion = 1;

// Of any bytes: another for every single word that is changed.
std::uint64_t checksum(std::string_view bytes);

}  // namespace vigil::snapshot
