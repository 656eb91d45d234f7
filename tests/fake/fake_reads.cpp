#include "fake/fake_reads.hpp"

#include "backend/windows/decode.hpp"
#include "base/utf.hpp"
#include "sys/error_codes.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vigil::fake {

using What = sys::Told::What;
namespace windows = backend::windows;

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// Without that many names at its beginning, each with a "/" before it, and the "/" that follows.
std::string_view without_names(std::string_view path, std::ptrdiff_t count) {
  for (; count >= 0; --count) path.remove_prefix(path.find('/') + 1);
  return path;
}

}  // namespace

FakeReads::FakeReads(Kernel& kernel, bool tells_old_paths) : kernel_(kernel), tells_old_paths_(tells_old_paths) {
  kernel_.readers_.push_back(this);
}

FakeReads::~FakeReads() {
  kernel_.queued_ -= queue_.size();
  std::erase(kernel_.readers_, this);
  while (!reads_.empty()) close(reads_.begin()->first);
}

sys::Outcome<std::uint32_t> FakeReads::open(const sys::Directory& directory, Scope scope) {
  using Failure = sys::Outcome<std::uint32_t>;
  if (const int error = kernel_.enter(Call::add_watch)) return Failure::failure(error);
  const auto open = kernel_.directories_.find(directory.descriptor());
  if (open == kernel_.directories_.end()) return Failure::failure(sys::kNotFound);
  if (kernel_.watches_ >= kernel_.options_.watches_max) return Failure::failure(sys::kNoMemory);
  if (!kernel_.path_if_there(*open->second)) return Failure::failure(sys::kNotFound);
  ++kernel_.watches_;
  reads_[++last_read_] = {.directory = open->second, .inode = &kernel_.inode_of(*open->second), .scope = scope};
  return {last_read_};
}

bool FakeReads::reads(std::uint32_t read, const sys::Directory& directory) const {
  const auto found = reads_.find(read);
  const auto open = kernel_.directories_.find(directory.descriptor());
  return found != reads_.end() && !found->second.ended && open != kernel_.directories_.end() &&
         found->second.inode == &kernel_.inode_of(*open->second);
}

void FakeReads::close(std::uint32_t read) {
  const auto found = reads_.find(read);
  if (found == reads_.end()) return;
  drop(read);
  Kernel::DentryPtr directory = std::move(found->second.directory);
  reads_.erase(found);
  --kernel_.watches_;
  if (directory != nullptr) kernel_.put(std::move(directory));
}

std::uint64_t FakeReads::mark() {
  kernel_.enter(Call::pending);
  queue({.what = What::is_there, .mark = ++last_mark_});
  return last_mark_;
}

bool FakeReads::take(sys::Told& told) {
  kernel_.enter(Call::read_records);
  if (queue_.empty()) return false;
  // Any that is not behind a mark, and the first of its directory.
  const auto end =
      std::find_if(queue_.begin(), queue_.end(), [](const Queued& each) { return each.what == What::is_there; });
  auto chosen = queue_.begin();
  if (end != queue_.begin()) {
    chosen += static_cast<std::ptrdiff_t>(kernel_.random_() % static_cast<std::size_t>(end - queue_.begin()));
    chosen = std::find_if(queue_.begin(), queue_.end(), [&](const Queued& each) { return each.read == chosen->read; });
  }
  told = {};
  told.what = chosen->what;
  told.read = chosen->read;
  told.mark = chosen->mark;
  if (chosen->what == What::records) {
    take_records(chosen->read, told);
  } else {
    queue_.erase(chosen);
    --kernel_.queued_;
  }
  return true;
}

// Some of the read's next records, but none behind a mark or a loss.
void FakeReads::take_records(std::uint32_t read, sys::Told& told) {
  std::vector<std::byte> buffer(kBufferBytes);
  windows::Encoder encoder(buffer);
  std::size_t limit = 1 + kernel_.random_() % 64;
  for (auto each = queue_.begin(); each != queue_.end() && limit > 0;) {
    if (each->what == What::is_there || (each->read == read && each->what != What::records)) break;
    if (each->read != read) {
      ++each;
      continue;
    }
    std::u16string name = *base::to_utf16(each->name);
    std::replace(name.begin(), name.end(), u'/', u'\\');
    if (!encoder.append(each->action, name)) break;
    each = queue_.erase(each);
    --kernel_.queued_;
    --reads_.at(read).waiting;
    --limit;
  }
  buffer.resize(encoder.size());
  told.bytes = std::move(buffer);
}

void FakeReads::changed(const std::string& above, const std::string& told, std::uint32_t action) {
  for (auto& [number, read] : reads_) {
    if (read.ended || (read.scope.names_only && action == windows::kActionModified)) continue;
    std::optional<std::string> top = kernel_.path_if_there(*read.directory);
    if (!top) continue;
    if (*top == "/") top->clear();
    if (above != *top && (!read.scope.subtree || !above.starts_with(*top + '/'))) continue;
    const auto depth = std::count(top->begin(), top->end(), '/');
    queue_record(number, read, action, std::string(without_names(told, depth)));
  }
}

void FakeReads::removed(const Kernel::Inode& inode) {
  for (auto& [number, read] : reads_) {
    if (read.inode != &inode || read.ended) continue;
    read.ended = true;
    queue({.what = What::ended, .read = number});
  }
}

void FakeReads::queue(Queued queued) {
  queue_.push_back(std::move(queued));
  ++kernel_.queued_;
}

void FakeReads::queue_record(std::uint32_t number, Read& read, std::uint32_t action, std::string name) {
  if (read.waiting >= kernel_.options_.queue_max) {
    drop(number);
    queue({.what = What::lost, .read = number});
    return;
  }
  ++read.waiting;
  queue({.what = What::records, .read = number, .action = action, .name = std::move(name)});
}

void FakeReads::drop(std::uint32_t read) {
  kernel_.queued_ -=
      std::erase_if(queue_, [&](const Queued& each) { return each.what != What::is_there && each.read == read; });
  reads_.at(read).waiting = 0;
}

}  // namespace vigil::fake
