// A file system and inotify(7) in memory, behind the same seams as the real ones. A test can act between any two calls
// of the code under test, let calls fail, and make the clock, the inode numbers and the watch numbers as unkind as a
// kernel may be. tests/fake/likeness_test.cpp compares it with the real kernel.
#pragma once

#include "fake/file_system.hpp"
#include "sys/directory_reads.hpp"
#include "sys/disk.hpp"
#include "sys/inotify.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace vigil::fake {

class FakeInotify;
class FakeReads;

// What the code under test asks the system.
enum class Call { open, list, status, resolve, clock, add_watch, remove_watch, read_records, pending, read_file };

struct KernelOptions {
  std::uint64_t seed = 1;  // of the order in which names are listed
  std::size_t queue_max = 16384;
  std::size_t watches_max = std::numeric_limits<std::size_t>::max();
  std::size_t block_entries = 8;      // a listing comes in blocks of so many names
  bool reuse_watches = false;         // a watch gets the lowest free number; Linux begins anew only after 2^31
  bool reuse_inodes = true;           // as ext4 does; NTFS does not
  bool keeps_birth_time = true;       // not all file systems do
  bool keeps_directory_times = true;  // when names come and go; not all do
  unsigned other_names_in_1000 = 0;   // of the names that readers are told: in upper case, or short
  std::chrono::nanoseconds tick = std::chrono::milliseconds(4);  // of the clock that stamps changes
};

// One entry of a snapshot.
struct Entry {
  EntryType type = EntryType::unknown;
  std::uint64_t inode = 0;
  std::uint64_t written = 0;     // count of operations when its content was last written
  bool had_other_names = false;  // a file that had more than one name since it was made
  bool moved_untold = false;  // the record of its move was merged with that of another's before it, as the kernel does
  bool operator==(const Entry&) const = default;
};

// Disk and inotify instances end before the kernel. One thread at a time.
class Kernel final : public FileSystem {
 public:
  explicit Kernel(const KernelOptions& options = {});
  ~Kernel() override;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // The seams. Permissions count for them, and not for the operations below.
  sys::Disk& disk();
  std::unique_ptr<sys::Disk> open_disk();
  std::unique_ptr<sys::Inotify> open_inotify();
  std::unique_ptr<sys::DirectoryReads> open_directory_reads();  // as if this were Windows

  // Called before each call of the code under test, where others may act. Not called for what it does itself.
  std::function<void(Call)> hook;

  // The error the call is to fail with, 0 for none.
  std::function<int(Call)> fault;

  // What a reader is told of a name, which has a short one besides. Unset: as the options say.
  std::function<std::string(const std::string& name, const std::string& short_name)> tells;

  // The file system's clock stands still unless it is moved.
  void advance(std::chrono::nanoseconds time) { clock_ += time; }  // or sets it back

  // A writer is taken off its processor within the next operation: what that changes is there, but after `count`
  // records the rest of them is queued only by finish_operation(), another operation, or a call that the writer's locks
  // keep waiting, as a listing, or asking for a name that is gone. For inotify.
  void pause_operation(std::size_t count) {
    finish_operation();
    records_to_pause_ = count + 1;
  }
  void finish_operation();

  // Everything has another inode number from now on, as where they are made up when something is looked at first.
  void renumber() { added_to_numbers_ += 1000; }

  // Count of changes so far.
  std::uint64_t operations() const { return operations_; }

  // Everything below `path`, by its path relative to it.
  std::map<std::string, Entry> snapshot(const std::string& path) const;

  // The directories at and below `path` that cannot be listed or entered, by their path relative to it.
  std::vector<std::string> closed_directories(const std::string& path) const;

  // What write_text() left in a file that may be read; empty for anything else.
  std::string text_of(const std::string& path) const;

  // What is there; unknown where nothing is.
  EntryType type_of(const std::string& path) const;

  std::size_t watches() const { return watches_; }

  // Records that wait in the queues of all instances: whether their descriptors are readable.
  std::size_t queued() const { return queued_; }

  int make_directory(const std::string& path) override;
  int remove_directory(const std::string& path) override;
  int make_fifo(const std::string& path) override;
  int make_link(const std::string& target, const std::string& path) override;
  int make_hard_link(const std::string& old_path, const std::string& path) override;
  int remove(const std::string& path) override;
  int rename(const std::string& from, const std::string& to) override;
  int exchange(const std::string& one, const std::string& other) override;
  int change_mode(const std::string& path, unsigned mode) override;
  int set_times(const std::string& path, std::chrono::seconds time, bool both) override;
  int truncate(const std::string& path) override;
  int write_text(const std::string& path, const std::string& text) override;
  sys::Outcome<int> open(const std::string& path, Access access, bool truncate) override;
  int close(int file) override;
  int read(int file) override;
  int write(int file) override;
  int truncate(int file) override;
  int change_mode(int file, unsigned mode) override;

 private:
  friend class FakeDisk;
  friend class FakeDirectory;
  friend class FakeInotify;
  friend class FakeReads;

  struct Inode;
  struct Dentry;
  struct Mark;
  using InodePtr = std::shared_ptr<Inode>;
  using DentryPtr = std::shared_ptr<Dentry>;

  // Where a path leads: the last name may be missing, then `dentry` is null.
  struct Place {
    int error = 0;
    DentryPtr parent;
    std::string name;
    DentryPtr dentry;
  };
  // As the system knows an entry on Windows.
  struct Named {
    std::string name;
    std::string short_name;
  };
  struct Walk {
    bool follow_last = false;
    bool refuse_links = false;
    bool check_modes = false;
  };
  struct OpenFile {
    DentryPtr dentry;
    Access access = Access::read;
  };

  // Lets others act, then gives the error to fail with.
  int enter(Call call);

  sys::Outcome<sys::FileContent> content_of(const Place& place, std::size_t bytes_max);

  static Place failed(int error);
  Place walk(std::string_view path, const Walk& how, sys::Step* last = nullptr) const;  // notes its last step
  std::string path_of(const Dentry& dentry) const;
  Timestamp coarse_now() const;
  std::uint64_t number_of(const Inode& inode) const;

  InodePtr new_inode(EntryType type);
  void link(const Place& place, const InodePtr& inode);
  void unlink(const DentryPtr& dentry);
  void relink(const DentryPtr& dentry, const DentryPtr& parent, const std::string& name);
  int make_node(const std::string& path, EntryType type, const std::string& target);
  void put(DentryPtr dentry);
  void changed_content(Inode& inode);
  void changed_attributes(Inode& inode);
  int move(const Place& from, const Place& to);
  OpenFile* file_of(int file);
  int set_mode(Dentry& dentry, unsigned mode);
  int set_empty(Dentry& dentry, bool by_opening);

  // Telling the watchers, by the names of the kernel's own hooks' meanings.
  void tell(Inode& inode, std::uint32_t mask, std::string_view name, std::uint32_t cookie);
  void tell_about_name(Inode& directory, std::uint32_t mask, const Inode& child, std::string_view name,
                       std::uint32_t cookie = 0);
  void tell_self(Inode& inode, std::uint32_t mask);
  void tell_child_and_self(Dentry& dentry, std::uint32_t mask, bool through_open_file);
  void tell_move(Inode& old_directory, const std::string& old_name, Dentry& moved);
  void end_marks(Inode& inode);
  void tell_readers(const Dentry* directory, const Named& named, std::uint32_t action);
  std::string told_name(const Named& named, std::uint32_t action);
  std::string told_path(const Dentry& dentry);
  static Named named_in(const Place& place);
  std::string free_short_name(const Inode& directory) const;
  void tell_readers_of_change(const Dentry& dentry, std::uint32_t mask);

  // Nothing where it, or a directory above, was removed.
  std::optional<std::string> path_if_there(const Dentry& dentry) const;
  static const Inode& inode_of(const Dentry& dentry);

  template <typename Visit>
  void visit_below(const Inode& directory, const std::string& prefix, Visit&& visit) const;

  KernelOptions options_;
  std::mt19937_64 random_;
  std::chrono::nanoseconds clock_ = std::chrono::hours(24 * 365 * 50);
  std::vector<std::uint64_t> free_inodes_;
  std::uint64_t next_inode_ = 2;
  std::uint64_t added_to_numbers_ = 0;
  bool gives_numbers_ = true;
  std::uint32_t next_cookie_ = 0;
  bool merged_moves_ = false;                    // by the last record that was queued
  std::optional<std::size_t> records_to_pause_;  // the pause included, 0 during it
  std::uint64_t operations_ = 0;
  std::size_t watches_ = 0;
  std::size_t queued_ = 0;
  bool in_hook_ = false;
  DentryPtr root_;
  std::map<int, OpenFile> files_;
  std::vector<FakeInotify*> instances_;
  std::vector<FakeReads*> readers_;
  std::map<Descriptor, DentryPtr> directories_;  // what the descriptors of the code under test stand for
  int next_file_ = 3;
  std::unique_ptr<sys::Disk> disk_;
};

}  // namespace vigil::fake
