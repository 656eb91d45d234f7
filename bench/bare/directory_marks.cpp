// What marks of fanotify(7) on single directories cost beside watches of inotify(7), to a user without privilege: the
// measurement behind docs/decisions/0015-directory-marks.md. bench/fanotify --marks runs it.
//
//   directory_marks PLACE DIRECTORIES FILES ROUNDS [MEMORY]
//
// Both are used as somebody would who needs the path of every record: inotify looks up the watch's number in a table,
// fanotify the identity of the directory. Makes its tree in PLACE. Each round runs both on the same work, every other
// round the other way round. MEMORY is a file that tells the bytes charged to this process; a line on standard input is
// awaited before anything is allocated, so that the process can be entered there.

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kReadSize = 64 * 1024;

// So many files between two reads: what they leave fits into a queue of 16,384 records.
constexpr std::size_t kFilesAtOnce = 4000;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "directory_marks: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

// Of this thread.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Counts {
  std::size_t records = 0;
  std::size_t bytes = 0;
  std::size_t several = 0;  // records that tell of more than one thing, whose order is lost
  std::size_t unknown = 0;  // of a directory that is not in the table
  std::size_t foreign = 0;  // records that name the process
};

// One kernel interface. One thread at a time.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;
  virtual const char* name() const = 0;
  virtual void mark(int directory, std::uint32_t number) = 0;
  virtual void enter(int directory, std::uint32_t number) = 0;  // in the table by which records are resolved
  virtual void drain(Counts& counts) = 0;
};

class Inotify final : public Subject {
 public:
  Inotify() {
    if (descriptor_ < 0) fail("inotify_init1");
  }
  ~Inotify() override { close(descriptor_); }
  const char* name() const override { return "inotify"; }

  void mark(int directory, std::uint32_t number) override {
    const std::string path = "/proc/self/fd/" + std::to_string(directory);
    const int watch = inotify_add_watch(descriptor_, path.c_str(),
                                        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_ATTRIB |
                                            IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    if (watch < 0) fail("inotify_add_watch");
    last_ = {static_cast<std::size_t>(watch), number};
  }

  void enter(int /*directory*/, std::uint32_t /*number*/) override {
    if (last_.first >= numbers_.size()) numbers_.resize(last_.first + 1);
    numbers_[last_.first] = last_.second;
  }

  void drain(Counts& counts) override {
    alignas(inotify_event) char buffer[kReadSize];
    ssize_t size = 0;
    while ((size = read(descriptor_, buffer, sizeof buffer)) > 0) {
      counts.bytes += static_cast<std::size_t>(size);
      for (ssize_t offset = 0; offset < size;) {
        const auto* record = reinterpret_cast<const inotify_event*>(buffer + offset);
        offset += static_cast<ssize_t>(sizeof(inotify_event) + record->len);
        ++counts.records;
        const auto watch = static_cast<std::size_t>(record->wd);
        if (watch >= numbers_.size() || numbers_[watch] == 0 || record->len == 0) ++counts.unknown;
      }
    }
  }

 private:
  int descriptor_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  std::pair<std::size_t, std::uint32_t> last_;
  std::vector<std::uint32_t> numbers_;  // by watch
};

class Fanotify final : public Subject {
 public:
  Fanotify() {
    if (descriptor_ < 0) fail("fanotify_init without privilege");
  }
  ~Fanotify() override { close(descriptor_); }
  const char* name() const override { return "fanotify"; }

  void mark(int directory, std::uint32_t /*number*/) override {
    constexpr std::uint64_t kMask = FAN_CREATE | FAN_DELETE | FAN_RENAME | FAN_MODIFY | FAN_ATTRIB | FAN_CLOSE_WRITE |
                                    FAN_DELETE_SELF | FAN_MOVE_SELF | FAN_EVENT_ON_CHILD | FAN_ONDIR;
    if (fanotify_mark(descriptor_, FAN_MARK_ADD | FAN_MARK_ONLYDIR, kMask, directory, nullptr) != 0) {
      fail("fanotify_mark");
    }
  }

  void enter(int directory, std::uint32_t number) override {
    struct statfs system {};
    alignas(file_handle) char bytes[sizeof(file_handle) + MAX_HANDLE_SZ];
    auto* const handle = reinterpret_cast<file_handle*>(bytes);
    handle->handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    if (fstatfs(directory, &system) != 0) fail("fstatfs");
    if (name_to_handle_at(directory, "", handle, &mount, AT_EMPTY_PATH) != 0) fail("name_to_handle_at");
    std::string identity(reinterpret_cast<const char*>(&system.f_fsid), sizeof system.f_fsid);
    numbers_[identity.append(bytes, sizeof(file_handle) + handle->handle_bytes)] = number;
  }

  void drain(Counts& counts) override {
    alignas(fanotify_event_metadata) char buffer[kReadSize];
    ssize_t size = 0;
    while ((size = read(descriptor_, buffer, sizeof buffer)) > 0) {
      counts.bytes += static_cast<std::size_t>(size);
      for (ssize_t offset = 0; offset < size;) {
        const auto* record = reinterpret_cast<const fanotify_event_metadata*>(buffer + offset);
        ++counts.records;
        if (record->pid != 0) ++counts.foreign;
        if (__builtin_popcountll(record->mask & ~std::uint64_t{FAN_ONDIR}) > 1) ++counts.several;
        const auto* place = reinterpret_cast<const fanotify_event_info_fid*>(buffer + offset + record->metadata_len);
        const auto* handle = reinterpret_cast<const file_handle*>(place->handle);
        const std::string_view identity(reinterpret_cast<const char*>(&place->fsid),
                                        sizeof place->fsid + sizeof(file_handle) + handle->handle_bytes);
        if (!numbers_.contains(identity)) ++counts.unknown;
        offset += static_cast<ssize_t>(record->event_len);
      }
    }
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  int descriptor_ = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY);
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;  // by identity
};

// Another process, which does what a byte asks of it, and answers with the processor time that it took.
class Writer {
 public:
  explicit Writer(const std::vector<std::string>& directories) {
    int to_writer[2], from_writer[2];
    if (pipe(to_writer) != 0 || pipe(from_writer) != 0) fail("pipe");
    process_ = fork();
    if (process_ < 0) fail("fork");
    if (process_ == 0) {
      close(to_writer[1]);
      serve(directories, to_writer[0], from_writer[1]);
    }
    close(to_writer[0]);
    close(from_writer[1]);
    order_ = to_writer[1];
    answer_ = from_writer[0];
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    close(order_);
    close(answer_);
    waitpid(process_, nullptr, 0);
  }

  double work(std::size_t files) const {
    double seconds = 0;
    if (write(order_, &files, sizeof files) != sizeof files) fail("order");
    if (read(answer_, &seconds, sizeof seconds) != sizeof seconds) fail("answer");
    return seconds;
  }

 private:
  [[noreturn]] static void serve(const std::vector<std::string>& directories, int order, int answer) {
    std::size_t files = 0, at = 0;
    while (read(order, &files, sizeof files) == sizeof files) {
      std::vector<std::string> paths;
      for (std::size_t file = 0; file < files; ++file)
        paths.push_back(directories[at++ % directories.size()] + "/" + std::to_string(file));
      const double begin = cpu_seconds();
      for (const std::string& path : paths) {
        const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (descriptor < 0 || ::write(descriptor, "text", 4) != 4) _exit(1);
        close(descriptor);
      }
      const double seconds = cpu_seconds() - begin;
      for (const std::string& path : paths) unlink(path.c_str());
      if (::write(answer, &seconds, sizeof seconds) != sizeof seconds) _exit(1);
    }
    _exit(0);
  }

  pid_t process_ = -1;
  int order_ = -1;
  int answer_ = -1;
};

// In microseconds and bytes, for one directory or one file.
struct Figures {
  std::vector<double> mark, enter, memory, read_many, read_each, writer;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

std::size_t bytes_charged(const char* path) {
  std::FILE* const file = path == nullptr ? nullptr : std::fopen(path, "r");
  unsigned long long bytes = 0;
  if (file != nullptr) {
    if (std::fscanf(file, "%llu", &bytes) != 1) bytes = 0;
    std::fclose(file);
  }
  return bytes;
}

struct Round {
  const std::vector<std::string>& directories;
  const Writer& writer;
  std::size_t files;
  const char* memory;
};

void measure_marks(Subject& subject, const Round& round, Figures& figures) {
  double marking = 0, entering = 0;
  const std::size_t before = bytes_charged(round.memory);
  std::uint32_t number = 0;
  for (const std::string& path : round.directories) {
    const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) fail(path);
    const double begin = cpu_seconds();
    subject.mark(directory, ++number);
    const double marked = cpu_seconds();
    subject.enter(directory, number);
    entering += cpu_seconds() - marked;
    marking += marked - begin;
    close(directory);
  }
  const auto count = static_cast<double>(round.directories.size());
  const std::size_t after = bytes_charged(round.memory);
  figures.mark.push_back(marking * 1e6 / count);
  figures.enter.push_back(entering * 1e6 / count);
  if (after > before) figures.memory.push_back(static_cast<double>(after - before) / count);
}

// Many files lie in the queue when it is read, or the records of one.
Counts measure_reading(Subject& subject, const Round& round, std::size_t at_once, std::vector<double>& reading,
                       std::vector<double>* writing) {
  Counts counts;
  double reader = 0, writer = 0;
  for (std::size_t done = 0; done < round.files; done += at_once) {
    writer += round.writer.work(at_once);
    const double begin = cpu_seconds();
    subject.drain(counts);
    reader += cpu_seconds() - begin;
  }
  reading.push_back(reader * 1e6 / static_cast<double>(round.files));
  if (writing != nullptr) writing->push_back(writer * 1e6 / static_cast<double>(round.files));
  return counts;
}

void run(Subject& subject, const Round& round, Figures& figures, bool tell) {
  measure_marks(subject, round, figures);
  const Counts many = measure_reading(subject, round, kFilesAtOnce, figures.read_many, &figures.writer);
  const Counts each = measure_reading(subject, round, 1, figures.read_each, nullptr);
  if (!tell) return;
  const auto files = static_cast<double>(round.files);
  for (const auto& [what, counts] : {std::pair{"many at once", many}, std::pair{"one at a time", each}}) {
    std::printf(
        "%s, %s: %.2f records and %.0f bytes a file, %.2f of them of several changes in unknown order; "
        "%zu unresolved; %zu with the process\n",
        subject.name(), what, static_cast<double>(counts.records) / files, static_cast<double>(counts.bytes) / files,
        static_cast<double>(counts.several) / files, counts.unknown, counts.foreign);
  }
}

void show(const char* name, const Figures& figures) {
  std::printf(
      "%s: mark %.2f us and table %.2f us a directory, kernel memory %.0f bytes a directory; reading %.2f us a "
      "file of many, %.2f us one at a time; the writer takes %.2f us a file\n",
      name, median(figures.mark), median(figures.enter), median(figures.memory), median(figures.read_many),
      median(figures.read_each), median(figures.writer));
}

void show_ratio(const char* what, const std::vector<double>& fanotify, const std::vector<double>& inotify) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(fanotify.size(), inotify.size()); ++i)
    ratios.push_back(fanotify[i] / inotify[i]);
  if (ratios.empty()) return;
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  std::printf("fanotify / inotify, %s: %.2f (%.2f-%.2f)\n", what, median(ratios), *least, *most);
}

// What the kernel refuses to a user without privilege.
void show_refusals(const std::string& place) {
  const auto refused = [](const char* what, bool is_refused) {
    std::printf("%s: %s\n", what, is_refused ? std::strerror(errno) : "allowed");
  };
  constexpr unsigned kNamed = FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_CLOEXEC;
  refused("FAN_UNLIMITED_QUEUE", fanotify_init(kNamed | FAN_UNLIMITED_QUEUE, O_RDONLY) < 0);
  refused("FAN_UNLIMITED_MARKS", fanotify_init(kNamed | FAN_UNLIMITED_MARKS, O_RDONLY) < 0);
  refused("FAN_REPORT_DFID_NAME_TARGET",
          fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME_TARGET | FAN_CLOEXEC, O_RDONLY) < 0);
  refused("FAN_REPORT_PIDFD", fanotify_init(kNamed | FAN_REPORT_PIDFD, O_RDONLY) < 0);
  const int group = fanotify_init(kNamed, O_RDONLY);
  refused("FAN_MARK_FILESYSTEM", fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_CREATE | FAN_ONDIR,
                                               AT_FDCWD, place.c_str()) != 0);
  refused("FAN_MARK_MOUNT",
          fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_MODIFY, AT_FDCWD, place.c_str()) != 0);
  refused("FAN_RENAME of a directory's entries",
          fanotify_mark(group, FAN_MARK_ADD, FAN_RENAME | FAN_ONDIR, AT_FDCWD, place.c_str()) != 0);
  close(group);
}

std::vector<std::string> make_directories(const std::string& place, std::size_t count) {
  std::vector<std::string> paths;
  for (std::size_t number = 0; number < count; ++number) {
    const std::string above = place + "/" + std::to_string(number / 1000);
    if (number % 1000 == 0 && mkdir(above.c_str(), 0755) != 0) fail(above);
    paths.push_back(above + "/" + std::to_string(number % 1000));
    if (mkdir(paths.back().c_str(), 0755) != 0) fail(paths.back());
  }
  return paths;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 5 || argument_count > 6) {
    std::fprintf(stderr, "usage: directory_marks PLACE DIRECTORIES FILES ROUNDS [MEMORY]\n");
    return 2;
  }
  const std::string place = arguments[1];
  const char* const memory = argument_count == 6 ? arguments[5] : nullptr;
  if (memory != nullptr && std::getchar() == EOF) return 1;
  const std::vector<std::string> paths = make_directories(place, std::strtoul(arguments[2], nullptr, 10));
  const Writer writer(paths);
  const std::size_t files = (std::strtoul(arguments[3], nullptr, 10) + kFilesAtOnce - 1) / kFilesAtOnce * kFilesAtOnce;
  const Round round{paths, writer, files, memory};
  const std::size_t rounds = std::strtoul(arguments[4], nullptr, 10);
  std::printf("user %u, %zu directories, %zu files created, written and closed, %zu rounds\n", getuid(), paths.size(),
              files, rounds);
  show_refusals(place);
  std::array<Figures, 2> figures;
  for (std::size_t number = 0; number < rounds; ++number) {
    for (std::size_t turn = 0; turn < 2; ++turn) {
      const std::size_t which = (number + turn) % 2;
      const std::unique_ptr<Subject> subject =
          which == 0 ? std::unique_ptr<Subject>(std::make_unique<Inotify>()) : std::make_unique<Fanotify>();
      run(*subject, round, figures[which], number == 0);
    }
  }
  show("inotify", figures[0]);
  show("fanotify", figures[1]);
  show_ratio("marking", figures[1].mark, figures[0].mark);
  show_ratio("memory of the kernel", figures[1].memory, figures[0].memory);
  show_ratio("reading many at once", figures[1].read_many, figures[0].read_many);
  show_ratio("reading one at a time", figures[1].read_each, figures[0].read_each);
  show_ratio("the writer", figures[1].writer, figures[0].writer);
}
