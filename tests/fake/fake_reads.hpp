// ReadDirectoryChangesW over the simulated kernel: the same changes as Windows would tell them.
#pragma once

#include "fake/fake_kernel.hpp"
#include "sys/directory_reads.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace vigil::fake {

// As unkind as Windows may be: records of different directories come in any order between two marks, a read ends
// between any two records, and what does not fit in a directory's buffer costs all of it. One thread at a time.
class FakeReads final : public sys::DirectoryReads {
 public:
  // As Wine: what is told below a directory that was renamed may have its old path.
  explicit FakeReads(Kernel& kernel, bool tells_old_paths = false);
  ~FakeReads() override;
  FakeReads(const FakeReads&) = delete;
  FakeReads& operator=(const FakeReads&) = delete;

  sys::Outcome<std::uint32_t> open(const sys::Directory& directory, Scope scope) override;
  bool reads(std::uint32_t read, const sys::Directory& directory) const override;
  void close(std::uint32_t read) override;
  bool take(sys::Told& told) override;
  std::uint64_t mark() override;
  Descriptor descriptor() const override { return {}; }
  bool tells_old_paths() const override { return tells_old_paths_; }
  std::size_t memory_bytes() const override { return 0; }

  // By the kernel: what happened to a name in the directory of that path ("" is the top), and its path as it is told; a
  // directory is gone.
  void changed(const std::string& above, const std::string& told, std::uint32_t action);
  void removed(const Kernel::Inode& inode);

 private:
  struct Read {
    Kernel::DentryPtr directory;
    const Kernel::Inode* inode;
    Scope scope;
    std::size_t waiting = 0;  // records of it in the queue
    bool ended = false;
  };

  struct Queued {
    sys::Told::What what;
    std::uint32_t read = 0;
    std::uint64_t mark = 0;
    std::uint32_t action = 0;
    std::string name{};
  };

  void queue(Queued queued);
  void queue_record(std::uint32_t number, Read& read, std::uint32_t action, std::string name);
  void drop(std::uint32_t read);
  void take_records(std::uint32_t read, sys::Told& told);

  Kernel& kernel_;
  const bool tells_old_paths_;
  std::map<std::uint32_t, Read> reads_;
  std::deque<Queued> queue_;
  std::uint32_t last_read_ = 0;
  std::uint64_t last_mark_ = 0;
};

}  // namespace vigil::fake
