#include "fake/fake_kernel.hpp"

#include "backend/inotify/decode.hpp"
#include "backend/windows/decode.hpp"
#include "fake/fake_reads.hpp"
#include "sys/error_codes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <type_traits>
#include <utility>

namespace vigil::fake {

using namespace backend::inotify;
using sys::Outcome;

namespace {

constexpr std::uint32_t kAllEvents = 0x00000fff | kUnmount;
constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kNameUnit = 16;
constexpr std::size_t kNameMax = 255;
constexpr int kLinksMax = 40;

std::size_t name_room(std::size_t size) { return size == 0 ? 0 : (size / kNameUnit + 1) * kNameUnit; }

// A number in the type of the system's descriptors.
template <typename D>
D descriptor_of(int number) {
  if constexpr (std::is_pointer_v<D>) {
    return reinterpret_cast<D>(static_cast<std::intptr_t>(number));
  } else {
    return number;
  }
}

std::string in_upper_case(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

}  // namespace

// A watch on an inode.
struct Kernel::Mark {
  FakeInotify* instance;
  int watch;
  std::uint32_t mask;
};

struct Kernel::Inode {
  Inode(EntryType node_type, std::uint64_t node_number, std::vector<std::uint64_t>& pool)
      : type(node_type), number(node_number), free_numbers(pool) {}
  ~Inode() { free_numbers.push_back(number); }
  Inode(const Inode&) = delete;
  Inode& operator=(const Inode&) = delete;

  bool is_directory() const { return type == EntryType::directory; }

  EntryType type;
  std::uint64_t number;
  std::vector<std::uint64_t>& free_numbers;
  unsigned mode = 0755;
  unsigned names = 0;
  bool had_other_names = false;
  bool moved_untold = false;
  bool has_content = false;
  std::string text;
  std::uint64_t written = 0;
  Timestamp modified{};
  Timestamp changed{};
  Timestamp born{};
  std::string target;                                      // of a link
  std::map<std::string, DentryPtr, std::less<>> children;  // of a directory
  std::vector<Mark> marks;
};

// A name, which outlives its removal for as long as something is open under it. It then keeps the directory, too.
struct Kernel::Dentry {
  std::string name;
  DentryPtr parent;  // null for the top
  InodePtr inode;
  bool removed = false;
  std::uint64_t listed_at = 0;  // where listings pass it
  std::string short_name;       // free again for others once this name is gone
};

// ---- the queue of one instance ----

class FakeInotify final : public sys::Inotify {
 public:
  explicit FakeInotify(Kernel& kernel) : kernel_(kernel) { kernel_.instances_.push_back(this); }

  ~FakeInotify() override {
    std::erase(kernel_.instances_, this);
    kernel_.records_to_pause_.reset();
    kernel_.queued_ -= records_.size();
    while (!watched_.empty()) take_mark(watched_.begin()->first);
  }

  Outcome<int> add(const sys::Directory& directory, std::uint32_t mask) override {
    if (const int error = kernel_.enter(Call::add_watch)) return Outcome<int>::failure(error);
    const auto open = kernel_.directories_.find(directory.descriptor());
    if (open == kernel_.directories_.end()) return Outcome<int>::failure(EBADF);
    const Kernel::InodePtr inode = open->second->inode;
    if ((inode->mode & 0400) == 0) return Outcome<int>::failure(sys::kDenied);
    for (Kernel::Mark& mark : inode->marks) {
      if (mark.instance != this) continue;
      mark.mask = (mask & kMaskAdd) != 0 ? mark.mask | (mask & ~kMaskAdd) : mask;
      return {mark.watch};
    }
    if (kernel_.watches_ >= kernel_.options_.watches_max) return Outcome<int>::failure(sys::kNoSpace);
    const int watch = new_watch();
    inode->marks.push_back({this, watch, mask});
    watched_[watch] = inode;
    ++kernel_.watches_;
    return {watch};
  }

  int remove(int watch) override {
    if (const int error = kernel_.enter(Call::remove_watch)) return error;
    if (!watched_.contains(watch)) return EINVAL;
    std::erase_if(late_, [&](const Queued& record) { return record.watch == watch; });
    end(watch);
    return 0;
  }

  Outcome<std::size_t> read(std::span<std::byte> buffer) override {
    if (const int error = kernel_.enter(Call::read_records)) return Outcome<std::size_t>::failure(error);
    if (records_.empty()) return Outcome<std::size_t>::failure(EAGAIN);
    std::size_t size = 0;
    while (!records_.empty() && size + size_of(records_.front()) <= buffer.size()) {
      size += write(buffer.subspan(size), records_.front());
      records_.pop_front();
      --kernel_.queued_;
    }
    if (size == 0) return Outcome<std::size_t>::failure(EINVAL);
    return {size};
  }

  Outcome<std::size_t> pending() override {
    if (const int error = kernel_.enter(Call::pending)) return Outcome<std::size_t>::failure(error);
    std::size_t size = 0;
    for (const Queued& record : records_) size += size_of(record);
    return {size};
  }

  Descriptor descriptor() const override { return descriptor_of<Descriptor>(-1); }

  void tell(int watch, std::uint32_t mask, std::uint32_t cookie, std::string_view name) {
    if (kernel_.records_to_pause_.value_or(0) > 0) --*kernel_.records_to_pause_;
    if (kernel_.records_to_pause_ == 0u) {
      late_.push_back({watch, mask, cookie, std::string(name)});
      return;
    }
    queue(watch, mask, cookie, name);
  }

  void tell_late() {
    for (const Queued& record : std::exchange(late_, {})) queue(record.watch, record.mask, record.cookie, record.name);
  }

  // What does not fit is lost, and one record at the end of the queue says so, however much is lost while it waits.
  void queue(int watch, std::uint32_t mask, std::uint32_t cookie, std::string_view name) {
    if (records_.size() >= kernel_.options_.queue_max) {
      const auto tells_overflow = [](const Queued& record) { return (record.mask & kQueueOverflow) != 0; };
      if (std::none_of(records_.begin(), records_.end(), tells_overflow)) append({-1, kQueueOverflow, 0, {}});
      return;
    }
    if (!records_.empty()) {
      const Queued& last = records_.back();
      const bool same = last.watch == watch && last.mask == mask && last.name == name;
      if (same && (last.mask & kIgnored) == 0) {
        if (last.cookie != cookie) kernel_.merged_moves_ = true;
        return;
      }
    }
    append({watch, mask, cookie, std::string(name)});
  }

  // The kernel's end of a watch.
  void end(int watch) {
    tell(watch, kIgnored, 0, {});
    take_mark(watch);
  }

 private:
  struct Queued {
    int watch;
    std::uint32_t mask;
    std::uint32_t cookie;
    std::string name;
  };

  void append(Queued record) {
    records_.push_back(std::move(record));
    ++kernel_.queued_;
  }

  static std::size_t size_of(const Queued& record) { return kHeaderSize + name_room(record.name.size()); }

  static std::size_t write(std::span<std::byte> to, const Queued& record) {
    const auto room = static_cast<std::uint32_t>(name_room(record.name.size()));
    std::memcpy(to.data(), &record.watch, 4);
    std::memcpy(to.data() + 4, &record.mask, 4);
    std::memcpy(to.data() + 8, &record.cookie, 4);
    std::memcpy(to.data() + 12, &room, 4);
    std::memset(to.data() + kHeaderSize, 0, room);
    std::memcpy(to.data() + kHeaderSize, record.name.data(), record.name.size());
    return kHeaderSize + room;
  }

  int new_watch() {
    if (!kernel_.options_.reuse_watches) return ++last_watch_;
    kernel_.finish_operation();  // a number is not free before its end was told
    int watch = 1;
    while (watched_.contains(watch)) ++watch;
    return watch;
  }

  void take_mark(int watch) {
    const auto found = watched_.find(watch);
    std::erase_if(found->second->marks,
                  [&](const Kernel::Mark& mark) { return mark.instance == this && mark.watch == watch; });
    watched_.erase(found);
    --kernel_.watches_;
  }

  Kernel& kernel_;
  std::map<int, Kernel::InodePtr> watched_;
  std::deque<Queued> records_;
  std::vector<Queued> late_;
  int last_watch_ = 0;
};

// ---- the disk ----

class FakeDirectory final : public sys::Directory {
 public:
  FakeDirectory(Kernel& kernel, Kernel::DentryPtr dentry)
      : kernel_(kernel), dentry_(std::move(dentry)), descriptor_(descriptor_of<Descriptor>(kernel.next_file_++)) {
    kernel_.directories_[descriptor_] = dentry_;
    kernel_.tell_child_and_self(*dentry_, kOpen, true);
  }

  ~FakeDirectory() override {
    kernel_.tell_child_and_self(*dentry_, kCloseNoWrite, true);
    kernel_.directories_.erase(descriptor_);
    kernel_.put(std::move(dentry_));
  }

  Outcome<std::span<const sys::DirectoryEntry>> read() override {
    if (const int error = kernel_.enter(Call::list)) return failure(error);
    kernel_.finish_operation();
    names_.clear();
    entries_.clear();
    // As on Linux, "." and ".." come with the first block, which may hold nothing else.
    const bool is_first = !begun_;
    begun_ = true;
    if (dentry_->removed) return failure(sys::kNotFound);
    if (!ended_) fill();
    kernel_.tell_child_and_self(*dentry_, kAccess, true);
    if (is_first && entries_.empty()) return read();
    return {entries_};
  }

  Outcome<sys::FileStatus> status() override;
  Outcome<sys::FileStatus> status(std::string_view name) override;
  Outcome<std::string> listed_name(std::string_view name) override;
  Outcome<sys::FileContent> read_file(std::string_view name, std::size_t bytes_max) override;
  Descriptor descriptor() const override { return descriptor_; }

 private:
  using Block = Outcome<std::span<const sys::DirectoryEntry>>;
  static Block failure(int error) { return Block::failure(error); }

  // The names that listings pass next. A name made or moved meanwhile is passed or missed, and one renamed may come
  // twice or not at all.
  void fill() {
    std::map<std::uint64_t, const Kernel::Dentry*> ahead;
    for (const auto& [name, child] : dentry_->inode->children) {
      if (child->listed_at > position_) ahead.emplace(child->listed_at, child.get());
    }
    for (const auto& [at, child] : ahead) {
      if (entries_.size() == kernel_.options_.block_entries) return;
      position_ = at;
      names_.push_back(child->name);
      entries_.push_back({names_.back(), child->inode->type, kernel_.number_of(*child->inode)});
    }
    ended_ = true;
  }

  Kernel& kernel_;
  Kernel::DentryPtr dentry_;
  Descriptor descriptor_;
  bool begun_ = false;
  bool ended_ = false;
  std::uint64_t position_ = 0;
  std::deque<std::string> names_;
  std::vector<sys::DirectoryEntry> entries_;
};

class FakeDisk final : public sys::Disk {
 public:
  explicit FakeDisk(Kernel& kernel) : kernel_(kernel) {}

  Outcome<std::unique_ptr<sys::Directory>> open(const std::string& path) override {
    using Result = Outcome<std::unique_ptr<sys::Directory>>;
    if (const int error = kernel_.enter(Call::open)) return Result::failure(error);
    Kernel::Place place = kernel_.walk(path, {.refuse_links = true, .check_modes = true});
    if (place.error != 0) return Result::failure(place.error);
    if (place.dentry == nullptr) return Result::failure(sys::kNotFound);
    if (place.dentry->inode->type == EntryType::symlink) return Result::failure(sys::kIsALink);
    if (!place.dentry->inode->is_directory()) return Result::failure(sys::kNotADirectory);
    if ((place.dentry->inode->mode & 0400) == 0) return Result::failure(sys::kDenied);
    return {std::make_unique<FakeDirectory>(kernel_, std::move(place.dentry))};
  }

  Outcome<sys::FileStatus> status(const std::string& path) override {
    if (const int error = kernel_.enter(Call::status)) return Outcome<sys::FileStatus>::failure(error);
    const Kernel::Place place = kernel_.walk(path, {.check_modes = true});
    if (place.error != 0) return Outcome<sys::FileStatus>::failure(place.error);
    if (place.dentry != nullptr) return {status_of(kernel_, *place.dentry->inode)};
    kernel_.finish_operation();
    return Outcome<sys::FileStatus>::failure(sys::kNotFound);
  }

  // Only of a kernel that tells such names; else every name is one of its own.
  bool same_name(std::string_view one, std::string_view other) const override {
    const bool tells_others = kernel_.tells || kernel_.options_.other_names_in_1000 != 0;
    return one == other || (tells_others && in_upper_case(one) == in_upper_case(other));
  }

  Outcome<sys::FileContent> read_file(const std::string& path, std::size_t bytes_max) override {
    if (const int error = kernel_.enter(Call::read_file)) return Outcome<sys::FileContent>::failure(error);
    return kernel_.content_of(kernel_.walk(path, {.follow_last = true, .check_modes = true}), bytes_max);
  }

  // The working directory is "/".
  Outcome<std::string> absolute(const std::string& path) override {
    if (path.empty()) return Outcome<std::string>::failure(sys::kNotFound);
    return {path.front() == '/' ? path : '/' + path};
  }

  Outcome<std::string> resolve(const std::string& path) override {
    if (const int error = kernel_.enter(Call::resolve)) return Outcome<std::string>::failure(error);
    const Kernel::Place place = kernel_.walk(path, {.follow_last = true, .check_modes = true});
    if (place.error != 0) return Outcome<std::string>::failure(place.error);
    if (place.dentry == nullptr) return Outcome<std::string>::failure(sys::kNotFound);
    return {kernel_.path_of(*place.dentry)};
  }

  Outcome<sys::Step> last_step(const std::string& path) override {
    if (const int error = kernel_.enter(Call::resolve)) return Outcome<sys::Step>::failure(error);
    sys::Step last{"/", {}};
    const Kernel::Place place = kernel_.walk(path, {.follow_last = true, .check_modes = true}, &last);
    if (place.error == 0 || place.error == sys::kNotFound || place.error == sys::kNotADirectory) return {last};
    return Outcome<sys::Step>::failure(place.error);
  }

  Timestamp now() override {
    kernel_.enter(Call::clock);
    return kernel_.coarse_now();
  }

  void forget_inodes(std::uint64_t /*device*/) override { kernel_.gives_numbers_ = false; }

  static sys::FileStatus status_of(const Kernel& kernel, const Kernel::Inode& inode) {
    sys::FileStatus status{inode.type, kernel.number_of(inode), 1, inode.modified, inode.changed, std::nullopt};
    if (kernel.options_.keeps_birth_time) status.born = inode.born;
    status.access = inode.mode;
    return status;
  }

 private:
  Kernel& kernel_;
};

Outcome<sys::FileStatus> FakeDirectory::status() {
  if (const int error = kernel_.enter(Call::status)) return Outcome<sys::FileStatus>::failure(error);
  return {FakeDisk::status_of(kernel_, *dentry_->inode)};
}

Outcome<sys::FileStatus> FakeDirectory::status(std::string_view name) {
  if (const int error = kernel_.enter(Call::status)) return Outcome<sys::FileStatus>::failure(error);
  if ((dentry_->inode->mode & 0100) == 0) return Outcome<sys::FileStatus>::failure(sys::kDenied);
  const auto found = dentry_->inode->children.find(name);
  if (found != dentry_->inode->children.end()) return {FakeDisk::status_of(kernel_, *found->second->inode)};
  kernel_.finish_operation();
  return Outcome<sys::FileStatus>::failure(sys::kNotFound);
}

Outcome<sys::FileContent> FakeDirectory::read_file(std::string_view name, std::size_t bytes_max) {
  if (const int error = kernel_.enter(Call::read_file)) return Outcome<sys::FileContent>::failure(error);
  if ((dentry_->inode->mode & 0100) == 0) return Outcome<sys::FileContent>::failure(sys::kDenied);
  const auto found = dentry_->inode->children.find(name);
  const bool is_there = found != dentry_->inode->children.end();
  return kernel_.content_of({0, dentry_, std::string(name), is_there ? found->second : nullptr}, bytes_max);
}

Outcome<std::string> FakeDirectory::listed_name(std::string_view name) {
  if (const int error = kernel_.enter(Call::status)) return Outcome<std::string>::failure(error);
  for (const auto& [own, child] : dentry_->inode->children) {
    if (own == name || child->short_name == name || in_upper_case(own) == in_upper_case(name)) return {own};
  }
  return Outcome<std::string>::failure(sys::kNotFound);
}

// ---- the kernel ----

Kernel::Kernel(const KernelOptions& options)
    : options_(options), random_(options.seed), root_(std::make_shared<Dentry>()), disk_(open_disk()) {
  root_->inode = new_inode(EntryType::directory);
  root_->inode->names = 1;
}

Kernel::~Kernel() {
  hook = nullptr;
  files_.clear();
  // Parents and children hold each other.
  std::vector<DentryPtr> rest = {root_};
  while (!rest.empty()) {
    const DentryPtr next = rest.back();
    rest.pop_back();
    for (const auto& [name, child] : next->inode->children) rest.push_back(child);
    next->inode->children.clear();
  }
}

sys::Disk& Kernel::disk() { return *disk_; }

std::unique_ptr<sys::Disk> Kernel::open_disk() { return std::make_unique<FakeDisk>(*this); }

std::unique_ptr<sys::DirectoryReads> Kernel::open_directory_reads() { return std::make_unique<FakeReads>(*this); }

std::unique_ptr<sys::Inotify> Kernel::open_inotify() { return std::make_unique<FakeInotify>(*this); }

Outcome<sys::FileContent> Kernel::content_of(const Place& place, std::size_t bytes_max) {
  if (place.error != 0) return Outcome<sys::FileContent>::failure(place.error);
  finish_operation();
  if (place.dentry == nullptr) return Outcome<sys::FileContent>::failure(sys::kNotFound);
  const Inode& inode = *place.dentry->inode;
  sys::FileContent content{inode.type, inode.text.size(), {}};
  if (inode.type != EntryType::file || inode.text.size() > bytes_max) return {std::move(content)};
  if ((inode.mode & 0400) == 0) return Outcome<sys::FileContent>::failure(sys::kDenied);
  tell_child_and_self(*place.dentry, kOpen, true);
  content.bytes = inode.text;
  tell_child_and_self(*place.dentry, kAccess, true);
  tell_child_and_self(*place.dentry, kCloseNoWrite, true);
  return {std::move(content)};
}

int Kernel::enter(Call call) {
  if (in_hook_) return 0;
  if (hook) {
    in_hook_ = true;
    hook(call);
    in_hook_ = false;
  }
  return fault ? fault(call) : 0;
}

std::uint64_t Kernel::number_of(const Inode& inode) const {
  return gives_numbers_ ? inode.number + added_to_numbers_ : 0;
}

Timestamp Kernel::coarse_now() const { return Timestamp(clock_ - clock_ % options_.tick); }

Kernel::Place Kernel::failed(int error) { return {error, nullptr, {}, nullptr}; }

Kernel::Place Kernel::walk(std::string_view path, const Walk& how, sys::Step* last) const {
  DentryPtr here = root_;
  std::string rest(path);
  for (int links = 0;;) {
    rest.erase(0, rest.find_first_not_of('/'));
    if (rest.empty()) return {0, here->parent, here->name, here};
    const std::string name = rest.substr(0, rest.find('/'));
    rest.erase(0, name.size());
    const bool is_last = rest.find_first_not_of('/') == std::string::npos;
    const bool must_be_directory = !rest.empty();
    if (!here->inode->is_directory()) return failed(sys::kNotADirectory);
    if (how.check_modes && (here->inode->mode & 0100) == 0) return failed(sys::kDenied);
    if (name.size() > kNameMax) return failed(ENAMETOOLONG);
    if (name == ".") continue;
    if (name == "..") {
      if (here->parent != nullptr) here = here->parent;
      continue;
    }
    if (last != nullptr) *last = {path_of(*here), name};
    const auto found = here->inode->children.find(name);
    if (found == here->inode->children.end()) {
      if (!is_last) return failed(sys::kNotFound);
      return {0, here, name, nullptr};
    }
    const DentryPtr child = found->second;
    if (child->inode->type == EntryType::symlink && (must_be_directory || how.follow_last)) {
      if (how.refuse_links || ++links > kLinksMax) return failed(sys::kIsALink);
      if (child->inode->target.starts_with('/')) here = root_;
      rest.insert(0, child->inode->target);
      continue;
    }
    if (must_be_directory && !child->inode->is_directory()) return failed(sys::kNotADirectory);
    if (is_last) return {0, here, name, child};
    here = child;
  }
}

std::string Kernel::path_of(const Dentry& dentry) const {
  if (dentry.parent == nullptr) return "/";
  const std::string above = path_of(*dentry.parent);
  return above == "/" ? above + dentry.name : above + '/' + dentry.name;
}

// ---- telling the watchers ----

void Kernel::finish_operation() {
  if (records_to_pause_ != 0u) return;  // or it has not begun
  records_to_pause_.reset();
  for (FakeInotify* const instance : instances_) instance->tell_late();
}

void Kernel::tell(Inode& inode, std::uint32_t mask, std::string_view name, std::uint32_t cookie) {
  for (const Mark& mark : inode.marks) {
    if ((mask & mark.mask & kAllEvents) != 0) mark.instance->tell(mark.watch, mask, cookie, name);
  }
}

// What a reader is told by Windows of what inotify calls so. A name that comes or goes is a change of its directory.
void Kernel::tell_readers_of_change(const Dentry& dentry, std::uint32_t mask) {
  if ((mask & (kModify | kAttrib)) == 0) return;
  tell_readers(dentry.parent.get(), {dentry.name, dentry.short_name}, backend::windows::kActionModified);
}

void Kernel::tell_readers(const Dentry* directory, const Named& named, std::uint32_t action) {
  if (readers_.empty() || directory == nullptr) return;
  const std::optional<std::string> above = path_if_there(*directory);
  if (!above) return;
  const std::string told = told_path(*directory) + '/' + told_name(named, action);
  for (FakeReads* const reader : readers_) reader->changed(*above == "/" ? "" : *above, told, action);
  if (action != backend::windows::kActionModified) tell_readers_of_change(*directory, kModify);
}

// By any of its names, as somebody may have opened it. What is new was given its name just now, as it is written.
std::string Kernel::told_name(const Named& named, std::uint32_t action) {
  if (tells) return tells(named.name, named.short_name);
  if (options_.other_names_in_1000 == 0 || random_() % 1000 >= options_.other_names_in_1000) return named.name;
  const bool is_new = action == backend::windows::kActionAdded || action == backend::windows::kActionRenamedNewName;
  return is_new || random_() % 2 == 0 ? named.short_name : in_upper_case(named.name);
}

// "" for the top.
std::string Kernel::told_path(const Dentry& dentry) {
  if (dentry.parent == nullptr) return {};
  return told_path(*dentry.parent) + '/' +
         told_name({dentry.name, dentry.short_name}, backend::windows::kActionModified);
}

// The lowest that nothing in the directory has: all names there are alike, so that one soon becomes another's.
std::string Kernel::free_short_name(const Inode& directory) const {
  if (readers_.empty()) return {};  // not as if this were Windows, and directories may be large
  for (unsigned number = 1;; ++number) {
    const std::string name = "NAME~" + std::to_string(number);
    const auto has_it = [&](const auto& child) { return child.second->short_name == name; };
    if (std::none_of(directory.children.begin(), directory.children.end(), has_it)) return name;
  }
}

const Kernel::Inode& Kernel::inode_of(const Dentry& dentry) { return *dentry.inode; }

std::optional<std::string> Kernel::path_if_there(const Dentry& dentry) const {
  for (const Dentry* above = &dentry; above != nullptr; above = above->parent.get()) {
    if (above->removed) return std::nullopt;
  }
  return path_of(dentry);
}

void Kernel::tell_about_name(Inode& directory, std::uint32_t mask, const Inode& child, std::string_view name,
                             std::uint32_t cookie) {
  tell(directory, mask | (child.is_directory() ? kIsDirectory : 0), name, cookie);
}

void Kernel::tell_self(Inode& inode, std::uint32_t mask) {
  const bool says_what_it_is = inode.is_directory() && (mask & (kMoveSelf | kDeleteSelf)) == 0;
  tell(inode, mask | (says_what_it_is ? kIsDirectory : 0), {}, 0);
}

// With IN_EXCL_UNLINK, what happens through a file that is open under a removed name is not told. A change of
// attributes is told all the same.
void Kernel::tell_child_and_self(Dentry& dentry, std::uint32_t mask, bool through_open_file) {
  if (!dentry.removed) tell_readers_of_change(dentry, mask);
  const std::uint32_t whole_mask = mask | (dentry.inode->is_directory() ? kIsDirectory : 0);
  const auto tell_those = [&](Inode& inode, std::string_view name) {
    for (const Mark& mark : inode.marks) {
      if ((mask & mark.mask & kAllEvents) == 0) continue;
      if (through_open_file && dentry.removed && (mark.mask & kExcludeUnlinked) != 0) continue;
      mark.instance->tell(mark.watch, whole_mask, 0, name);
    }
  };
  if (dentry.parent != nullptr) tell_those(*dentry.parent->inode, dentry.name);
  tell_those(*dentry.inode, {});
}

void Kernel::tell_move(Inode& old_directory, const std::string& old_name, Dentry& moved) {
  const std::uint32_t cookie = ++next_cookie_;
  tell_about_name(old_directory, kMovedFrom, *moved.inode, old_name, cookie);
  merged_moves_ = false;
  tell_about_name(*moved.parent->inode, kMovedTo, *moved.inode, moved.name, cookie);
  if (merged_moves_) moved.inode->moved_untold = true;
}

void Kernel::end_marks(Inode& inode) {
  while (!inode.marks.empty()) inode.marks.back().instance->end(inode.marks.back().watch);
}

// ---- names and inodes ----

Kernel::InodePtr Kernel::new_inode(EntryType type) {
  std::uint64_t number = next_inode_;
  if (free_inodes_.empty() || !options_.reuse_inodes) {
    ++next_inode_;
  } else {
    // As ext4 does: the lowest number that is free, which is often that of what was removed just now.
    const auto lowest = std::min_element(free_inodes_.begin(), free_inodes_.end());
    number = *lowest;
    free_inodes_.erase(lowest);
  }
  auto inode = std::make_shared<Inode>(type, number, free_inodes_);
  inode->born = inode->modified = inode->changed = coarse_now();
  inode->written = operations_;
  return inode;
}

void Kernel::changed_content(Inode& inode) {
  if (!inode.is_directory() || options_.keeps_directory_times) inode.modified = inode.changed = coarse_now();
  inode.written = operations_;
}

void Kernel::changed_attributes(Inode& inode) { inode.changed = coarse_now(); }

void Kernel::link(const Place& place, const InodePtr& inode) {
  auto dentry = std::make_shared<Dentry>();
  dentry->name = place.name;
  dentry->parent = place.parent;
  dentry->inode = inode;
  dentry->listed_at = random_();
  dentry->short_name = free_short_name(*place.parent->inode);
  place.parent->inode->children[place.name] = dentry;
  changed_content(*place.parent->inode);
  if (++inode->names > 1) inode->had_other_names = true;
}

// The name is gone; what it named lives on while it has other names or is open.
void Kernel::unlink(const DentryPtr& dentry) {
  dentry->parent->inode->children.erase(dentry->name);
  dentry->removed = true;
  changed_content(*dentry->parent->inode);
  changed_attributes(*dentry->inode);
  --dentry->inode->names;
}

void Kernel::relink(const DentryPtr& dentry, const DentryPtr& parent, const std::string& name) {
  dentry->parent = parent;
  dentry->name = name;
  dentry->listed_at = random_();
  dentry->short_name = free_short_name(*parent->inode);
  parent->inode->children[name] = dentry;
  changed_content(*parent->inode);
  changed_attributes(*dentry->inode);
}

// One user less of a name. With the last user of a removed directory its watches end.
void Kernel::put(DentryPtr dentry) {
  while (dentry != nullptr && dentry->removed && dentry.use_count() == 1) {
    if (dentry->inode->names == 0) {
      for (FakeReads* const reader : readers_) reader->removed(*dentry->inode);
      tell_self(*dentry->inode, kDeleteSelf);
      end_marks(*dentry->inode);
    }
    dentry = std::exchange(dentry->parent, nullptr);
  }
}

// ---- operations ----

Kernel::Named Kernel::named_in(const Place& place) {
  const auto found = place.parent->inode->children.find(place.name);
  return {place.name, found->second->short_name};
}

int Kernel::make_node(const std::string& path, EntryType type, const std::string& target) {
  finish_operation();
  const Place place = walk(path, {});
  if (place.error != 0) return place.error;
  if (place.dentry != nullptr) return EEXIST;
  ++operations_;
  const InodePtr inode = new_inode(type);
  inode->target = target;
  link(place, inode);
  tell_about_name(*place.parent->inode, kCreate, *inode, place.name);
  tell_readers(place.parent.get(), named_in(place), backend::windows::kActionAdded);
  return 0;
}

int Kernel::make_directory(const std::string& path) { return make_node(path, EntryType::directory, {}); }

int Kernel::make_fifo(const std::string& path) { return make_node(path, EntryType::other, {}); }

int Kernel::make_link(const std::string& target, const std::string& path) {
  return target.empty() ? sys::kNotFound : make_node(path, EntryType::symlink, target);
}

int Kernel::make_hard_link(const std::string& old_path, const std::string& path) {
  finish_operation();
  const Place old_place = walk(old_path, {});
  if (old_place.error != 0) return old_place.error;
  if (old_place.dentry == nullptr) return sys::kNotFound;
  const Place place = walk(path, {});
  if (place.error != 0) return place.error;
  if (place.dentry != nullptr) return EEXIST;
  if (old_place.dentry->inode->is_directory()) return EPERM;
  ++operations_;
  link(place, old_place.dentry->inode);
  changed_attributes(*old_place.dentry->inode);
  tell_about_name(*place.parent->inode, kCreate, *old_place.dentry->inode, place.name);
  tell_readers(place.parent.get(), named_in(place), backend::windows::kActionAdded);
  return 0;
}

int Kernel::remove(const std::string& path) {
  finish_operation();
  Place place = walk(path, {});
  if (place.error != 0) return place.error;
  if (place.dentry == nullptr) return sys::kNotFound;
  if (place.dentry->inode->is_directory()) return EISDIR;
  ++operations_;
  unlink(place.dentry);
  tell_about_name(*place.parent->inode, kDelete, *place.dentry->inode, place.name);
  tell_readers(place.parent.get(), {place.name, place.dentry->short_name}, backend::windows::kActionRemoved);
  put(std::move(place.dentry));
  return 0;
}

int Kernel::remove_directory(const std::string& path) {
  finish_operation();
  Place place = walk(path, {});
  if (place.error != 0) return place.error;
  if (place.dentry == nullptr) return sys::kNotFound;
  if (place.parent == nullptr) return EBUSY;
  if (!place.dentry->inode->is_directory()) return sys::kNotADirectory;
  if (!place.dentry->inode->children.empty()) return ENOTEMPTY;
  ++operations_;
  unlink(place.dentry);
  const InodePtr inode = place.dentry->inode;
  const Named named{place.name, place.dentry->short_name};
  put(std::move(place.dentry));
  tell_about_name(*place.parent->inode, kDelete, *inode, place.name);
  tell_readers(place.parent.get(), named, backend::windows::kActionRemoved);
  return 0;
}

int Kernel::move(const Place& from, const Place& to) {
  const DentryPtr moved = from.dentry;
  const Named old_name{from.name, moved->short_name};
  ++operations_;
  from.parent->inode->children.erase(from.name);
  changed_content(*from.parent->inode);
  if (to.dentry != nullptr) unlink(to.dentry);
  relink(moved, to.parent, to.name);
  tell_move(*from.parent->inode, from.name, *moved);
  if (to.dentry != nullptr) {
    tell_readers(to.parent.get(), {to.name, to.dentry->short_name}, backend::windows::kActionRemoved);
  }
  const bool stays = from.parent == to.parent;
  tell_readers(from.parent.get(), old_name,
               stays ? backend::windows::kActionRenamedOldName : backend::windows::kActionRemoved);
  tell_readers(to.parent.get(), {to.name, moved->short_name},
               stays ? backend::windows::kActionRenamedNewName : backend::windows::kActionAdded);
  if (to.dentry != nullptr) tell_self(*to.dentry->inode, kAttrib);
  tell_self(*moved->inode, kMoveSelf);
  return 0;
}

int Kernel::rename(const std::string& from_path, const std::string& to_path) {
  finish_operation();
  Place from = walk(from_path, {});
  if (from.error != 0) return from.error;
  Place to = walk(to_path, {});
  if (to.error != 0) return to.error;
  if (from.dentry == nullptr) return sys::kNotFound;
  if (from.parent == nullptr || to.parent == nullptr) return EBUSY;
  for (DentryPtr above = to.parent; above != nullptr; above = above->parent) {
    if (above == from.dentry) return EINVAL;
  }
  for (DentryPtr above = from.parent; above != nullptr; above = above->parent) {
    if (above == to.dentry) return ENOTEMPTY;
  }
  if (to.dentry != nullptr) {
    if (to.dentry->inode == from.dentry->inode) return 0;
    const bool moves_directory = from.dentry->inode->is_directory();
    if (moves_directory && !to.dentry->inode->is_directory()) return sys::kNotADirectory;
    if (!moves_directory && to.dentry->inode->is_directory()) return EISDIR;
    if (!to.dentry->inode->children.empty()) return ENOTEMPTY;
  }
  const int error = move(from, to);
  put(std::move(to.dentry));
  return error;
}

int Kernel::exchange(const std::string& one_path, const std::string& other_path) {
  finish_operation();
  const Place one = walk(one_path, {});
  if (one.error != 0) return one.error;
  const Place other = walk(other_path, {});
  if (other.error != 0) return other.error;
  if (one.dentry == nullptr || other.dentry == nullptr) return sys::kNotFound;
  if (one.parent == nullptr || other.parent == nullptr) return EBUSY;
  for (DentryPtr above = other.parent; above != nullptr; above = above->parent) {
    if (above == one.dentry) return EINVAL;
  }
  for (DentryPtr above = one.parent; above != nullptr; above = above->parent) {
    if (above == other.dentry) return EINVAL;
  }
  if (one.dentry->inode == other.dentry->inode) return 0;
  ++operations_;
  relink(one.dentry, other.parent, other.name);
  relink(other.dentry, one.parent, one.name);
  tell_move(*one.parent->inode, one.name, *one.dentry);
  tell_self(*one.dentry->inode, kMoveSelf);
  tell_move(*other.parent->inode, other.name, *other.dentry);
  tell_self(*other.dentry->inode, kMoveSelf);
  return 0;
}

int Kernel::set_mode(Dentry& dentry, unsigned mode) {
  finish_operation();
  ++operations_;
  dentry.inode->mode = mode;
  changed_attributes(*dentry.inode);
  tell_child_and_self(dentry, kAttrib, false);
  return 0;
}

// Cutting a file that is empty is told all the same, and as on tmpfs it leaves the times alone unless opening it did
// so.
int Kernel::set_empty(Dentry& dentry, bool by_opening) {
  finish_operation();
  ++operations_;
  if (dentry.inode->has_content || by_opening) changed_content(*dentry.inode);
  dentry.inode->has_content = false;
  dentry.inode->text.clear();
  tell_child_and_self(dentry, kModify, false);
  return 0;
}

int Kernel::change_mode(const std::string& path, unsigned mode) {
  const Place place = walk(path, {.follow_last = true});
  if (place.error != 0) return place.error;
  if (place.dentry == nullptr) return sys::kNotFound;
  return set_mode(*place.dentry, mode);
}

int Kernel::set_times(const std::string& path, std::chrono::seconds time, bool both) {
  finish_operation();
  const Place place = walk(path, {.follow_last = true});
  if (place.error != 0) return place.error;
  if (place.dentry == nullptr) return sys::kNotFound;
  ++operations_;
  changed_attributes(*place.dentry->inode);
  place.dentry->inode->modified = Timestamp(time);
  tell_child_and_self(*place.dentry, both ? kAttrib : kModify, false);
  return 0;
}

int Kernel::truncate(const std::string& path) {
  const Place place = walk(path, {.follow_last = true});
  if (place.error != 0) return place.error;
  if (place.dentry == nullptr) return sys::kNotFound;
  if (place.dentry->inode->is_directory()) return EISDIR;
  if (place.dentry->inode->type != EntryType::file) return EINVAL;
  return set_empty(*place.dentry, false);
}

int Kernel::write_text(const std::string& path, const std::string& text) {
  const Outcome<int> file = open(path, Access::write, true);
  if (!file) return file.error;
  file_of(file.value)->dentry->inode->text = text;
  if (!text.empty()) write(file.value);
  close(file.value);
  return 0;
}

Outcome<int> Kernel::open(const std::string& path, Access access, bool truncate) {
  finish_operation();
  Place place = walk(path, {.follow_last = true});
  if (place.error != 0) return Outcome<int>::failure(place.error);
  if (place.dentry == nullptr && access == Access::read) return Outcome<int>::failure(sys::kNotFound);
  if (place.dentry != nullptr && place.dentry->inode->type != EntryType::file) return Outcome<int>::failure(ENXIO);
  if (place.dentry == nullptr) {
    ++operations_;
    link(place, new_inode(EntryType::file));
    place.dentry = place.parent->inode->children[place.name];
    tell_about_name(*place.parent->inode, kCreate, *place.dentry->inode, place.name);
    tell_readers(place.parent.get(), named_in(place), backend::windows::kActionAdded);
    tell_child_and_self(*place.dentry, kOpen, true);
  } else {
    tell_child_and_self(*place.dentry, kOpen, true);
    if (truncate) set_empty(*place.dentry, true);
  }
  const int file = next_file_++;
  files_[file] = {place.dentry, access};
  return {file};
}

Kernel::OpenFile* Kernel::file_of(int file) {
  const auto found = files_.find(file);
  return found == files_.end() ? nullptr : &found->second;
}

int Kernel::close(int file) {
  finish_operation();
  OpenFile* const open = file_of(file);
  if (open == nullptr) return EBADF;
  tell_child_and_self(*open->dentry, open->access == Access::write ? kCloseWrite : kCloseNoWrite, true);
  DentryPtr dentry = std::move(open->dentry);
  files_.erase(file);
  put(std::move(dentry));
  return 0;
}

int Kernel::read(int file) {
  finish_operation();
  OpenFile* const open = file_of(file);
  if (open == nullptr || open->access != Access::read) return EBADF;
  if (open->dentry->inode->has_content) tell_child_and_self(*open->dentry, kAccess, true);
  return 0;
}

int Kernel::write(int file) {
  finish_operation();
  OpenFile* const open = file_of(file);
  if (open == nullptr || open->access != Access::write) return EBADF;
  ++operations_;
  open->dentry->inode->has_content = true;
  changed_content(*open->dentry->inode);
  tell_child_and_self(*open->dentry, kModify, true);
  return 0;
}

int Kernel::truncate(int file) {
  OpenFile* const open = file_of(file);
  if (open == nullptr) return EBADF;
  if (open->access != Access::write) return EINVAL;
  return set_empty(*open->dentry, false);
}

int Kernel::change_mode(int file, unsigned mode) {
  OpenFile* const open = file_of(file);
  return open == nullptr ? EBADF : set_mode(*open->dentry, mode);
}

// ---- looking on ----

template <typename Visit>
void Kernel::visit_below(const Inode& directory, const std::string& prefix, Visit&& visit) const {
  for (const auto& [name, child] : directory.children) {
    visit(prefix + name, *child->inode);
    if (child->inode->is_directory()) visit_below(*child->inode, prefix + name + '/', visit);
  }
}

std::map<std::string, Entry> Kernel::snapshot(const std::string& path) const {
  std::map<std::string, Entry> all;
  const Place place = walk(path, {});
  if (place.error != 0 || place.dentry == nullptr) return all;
  visit_below(*place.dentry->inode, "", [&](const std::string& below, const Inode& inode) {
    all[below] = {inode.type, inode.number, inode.written, inode.had_other_names, inode.moved_untold};
  });
  return all;
}

std::vector<std::string> Kernel::closed_directories(const std::string& path) const {
  std::vector<std::string> all;
  const Place place = walk(path, {});
  if (place.error != 0 || place.dentry == nullptr) return all;
  const auto visit = [&](const std::string& below, const Inode& inode) {
    if (inode.is_directory() && (inode.mode & 0500) != 0500) all.push_back(below);
  };
  visit("", *place.dentry->inode);
  visit_below(*place.dentry->inode, "", visit);
  return all;
}

std::string Kernel::text_of(const std::string& path) const {
  const Place place = walk(path, {});
  const bool is_readable = place.error == 0 && place.dentry != nullptr && (place.dentry->inode->mode & 0400) != 0;
  return is_readable ? place.dentry->inode->text : std::string();
}

EntryType Kernel::type_of(const std::string& path) const {
  const Place place = walk(path, {});
  return place.error == 0 && place.dentry != nullptr ? place.dentry->inode->type : EntryType::unknown;
}

}  // namespace vigil::fake
