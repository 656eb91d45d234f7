// What scripts do to the disk: one small function for each thing, one source file for each system.
#pragma once

#include <vigil/result.hpp>

#include "conformance/observation.hpp"
#include "conformance/script.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigil::conformance::files {

// Paths are absolute and may be longer than the system takes at once. Each call does what its name says with as few
// system calls as that takes, follows no link in the last name, and may be used from any thread.

Status make_directory(const std::string& path);
Status make_directories(const std::string& path);              // as mkdir -p: what exists is fine
Status create(const std::string& path);                        // opens for writing, made if missing, and closes
Status write(const std::string& path, std::string_view text);  // replaces the content in place
Status append(const std::string& path, std::string_view text);
Status read(const std::string& path);
Status truncate(const std::string& path, std::uint64_t size);
Status remove(const std::string& path);       // a file or an empty directory
Status remove_tree(const std::string& path);  // with all that is below
Status rename(const std::string& from, const std::string& to);
Status exchange(const std::string& a, const std::string& b);  // each takes the other's name, at once
Status hard_link(const std::string& from, const std::string& to);
Status symbolic_link(const std::string& target, const std::string& path);
Status make_fifo(const std::string& path);
Status make_socket(const std::string& path);
Status set_mode(const std::string& path, unsigned mode);
Status set_times(const std::string& path, std::chrono::seconds since_1970);
Status set_attribute(const std::string& path, const std::string& name, std::string_view value);
Status mount_memory(const std::string& directory);
Status mount_same(const std::string& directory, const std::string& at);
Status unmount(const std::string& directory);

// A file that is held open for writing. Closes in the destructor. One thread at a time.
class OpenFile {
 public:
  static Result<OpenFile> open(const std::string& path);
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();
  Status put(std::string_view text);

 private:
  struct File;  // as the system has it
  explicit OpenFile(std::unique_ptr<File> file);
  std::unique_ptr<File> file_;
};

// When content or attributes changed last, by the clock of the file system; 0 if there is nothing.
std::chrono::nanoseconds change_time(const std::string& path);

// That clock, as it stamps most changes: it moves on every 1 to 10 ms.
std::chrono::nanoseconds coarse_time();

EntryType type_of(const std::string& path);  // `unknown` if there is nothing; links are not followed

// What tells this entry from any other that had or will have its name; the same for all that is not there.
std::pair<std::uint64_t, std::uint64_t> identity(const std::string& path);

// The path itself, links in it followed, and all that is below it, links not followed. Empty if there is nothing. A
// directory that cannot be read is listed without content.
Listing list(const std::string& path, bool recursive = true);

// Leaves what a user sees who owns none of it.
void leave_out_what_others_cannot_list(Listing& listing);

// A path as a watcher on this system tells it, in the form of the scripts: with "/" between names.
std::string in_scripts(std::string path);

// Why this system cannot do what a script asks for, whatever machine, file system and user; empty if it can.
std::string why_not_on_this_system(const Script& script);

// Whether the system tells of all that happens, in time and in order; Wine does not. And of a file that was closed.
bool records_tell_everything();
bool records_tell_closing();

// A file system in memory where there is one, then one on a disk.
std::vector<std::string> default_scratch_parents();

// Whether this system, file system and user can do what a script requires, tried out in `directory`.
bool supports(std::string_view feature, const std::string& directory);

// Runs a program to its end without a shell. Fails when it cannot be started or does not exit with 0.
Status run(const std::vector<std::string>& arguments, const std::string& directory);

// A new empty directory of its own, removed with everything in it and mounted on it. One thread at a time.
class Scratch {
 public:
  static Result<Scratch> make(const std::string& parent);
  Scratch(Scratch&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();
  const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace vigil::conformance::files
