// The seam to the file system: list a directory, ask about a name. Faked in tests.
#pragma once

#include <vigil/descriptor.hpp>
#include <vigil/event.hpp>

#include "sys/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::sys {

struct DirectoryEntry {
  std::string_view name;  // valid until the next read()
  EntryType type = EntryType::unknown;
  std::uint64_t inode = 0;
};

struct FileStatus {
  EntryType type = EntryType::unknown;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  Timestamp modified{};           // content
  Timestamp changed{};            // content or attributes
  std::optional<Timestamp> born;  // where the file system keeps it
  std::uint64_t size = 0;         // on Windows not given: the change time tells
  std::uint64_t access = 0;       // who may do what: mode, user and group; on Windows the attributes
};

// What a name leads to, and what is in it.
struct FileContent {
  EntryType type = EntryType::unknown;
  std::uint64_t size = 0;
  std::string bytes;  // of a file that is not too large; else empty
};

// An open directory. One thread at a time.
class Directory {
 public:
  virtual ~Directory() = default;

  // The next entries, "." and ".." left out; an empty span at the end. Valid until the next call. An entry's type is
  // never unknown unless it vanished meanwhile. The first call begins the listing: what is there by then is in it.
  virtual Outcome<std::span<const DirectoryEntry>> read() = 0;

  // Of the directory itself.
  virtual Outcome<FileStatus> status() = 0;

  // Of a name in it; a link is not followed.
  virtual Outcome<FileStatus> status(std::string_view name) = 0;

  // The name, as listed, of the entry that the system finds by `name`: to Windows, upper and lower case are the same,
  // and an entry may have a short name besides ("PROGRA~1").
  virtual Outcome<std::string> listed_name(std::string_view name) = 0;

  // Reads a file in it whole, if it has no more than `bytes_max`. What is no file is not opened, a link not followed.
  virtual Outcome<FileContent> read_file(std::string_view name, std::size_t bytes_max) = 0;

  // Names exactly this directory to a backend, whatever becomes of its path. On Windows a HANDLE, opened for
  // synchronous use with all sharing allowed: the backend opens the directory anew, relative to it and with an empty
  // name, for reads of its own.
  virtual Descriptor descriptor() const = 0;
};

// Where git keeps its settings, as absolute paths of a Disk. Any may be missing, on the disk or here.
struct GitPlaces {
  std::vector<std::string> settings;  // files: of the system, then of the user; what comes later overrules
  std::string home;                   // what "~" stands for
  std::string excludes;               // the file of rules for all repositories, unless the settings name another
};

// A name in a directory, the path of the directory being absolute and without links.
struct Step {
  std::string directory;
  std::string name;

  bool operator==(const Step&) const = default;
};

// A Disk has one form of absolute path, which begins with "/" and has "/" between names; absolute() gives it, and all
// other calls take it. On Linux it is the path itself. On Windows it is the path behind "\\\\?", with "\\" turned into
// "/":
// "/C:/Users", "/UNC/server/share/folder", "/Volume{...}/folder". It may be of any length, has names exactly as they
// are on the disk (in UTF-8, see base/utf.hpp), and "/", "/UNC" and "/UNC/server" are no directories that could be
// opened.
//
// The directories it opened end before it. Thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;

  // The absolute path that a path as the user writes it stands for: relative to the working directory, links and all.
  // It need not exist.
  virtual Outcome<std::string> absolute(const std::string& path) = 0;

  // How the user's paths go on below a root that was written so: "src" as "src/". Names are then separated by
  // separator().
  virtual std::string prefix(const std::string& root) const;
  virtual char separator() const { return '/'; }

  // Whether the system takes both for the same name in one directory: on Windows if only upper and lower case differ.
  virtual bool same_name(std::string_view one, std::string_view other) const = 0;

  // Opens a directory by its absolute path, of any length. No component may be a link (ELOOP, ENOTDIR).
  virtual Outcome<std::unique_ptr<Directory>> open(const std::string& path) = 0;

  // Of a path of any length; its last component is not followed.
  virtual Outcome<FileStatus> status(const std::string& path) = 0;

  // Of a directory by its absolute path, as by open(), and of names in it, each of which ends with a NUL: for less than
  // one by one, and without the right to list the directory where the system allows that. `statuses` are those of the
  // names, in their order.
  virtual Outcome<FileStatus> statuses(const std::string& path, std::string_view names,
                                       std::vector<Outcome<FileStatus>>& statuses);

  // Reads a file whole, if it has no more than `bytes_max`. What is no file is not opened; links are followed.
  virtual Outcome<FileContent> read_file(const std::string& path, std::size_t bytes_max) = 0;

  virtual GitPlaces git_places() const { return {}; }

  // Whether the times of a directory change with the names in it, where the file system does not say otherwise.
  virtual bool times_tell_of_names() const { return true; }

  // The inode numbers of a file system (FileStatus::device) turned out to change by themselves: from now on they are
  // given as 0.
  virtual void forget_inodes(std::uint64_t /*device*/) {}

  // The absolute path without links.
  virtual Outcome<std::string> resolve(const std::string& path) = 0;

  // The last step of following a path, its links included: what the path names, or the first name on the way that is
  // missing or no directory. The name is empty for "/".
  virtual Outcome<Step> last_step(const std::string& path) = 0;

  // The clock that stamps changes in local file systems: never ahead of a change time it gives from now on.
  virtual Timestamp now() = 0;
};

// The real one.
std::unique_ptr<Disk> make_disk();

}  // namespace vigil::sys
