// A bare inotify loop: what somebody who knows inotify(7) writes in an afternoon. It is the yardstick of every ratio
// that bench/compare prints, so it is meant to be neither clumsy nor clever.
//
// It watches a tree, decodes each record and prints it, and follows new directories. It keeps no list of files: what
// the kernel's queue loses stays lost, and an entry of a new directory can be told twice. That is the work vigil does
// on top.
//
//   bare_loop count DIRECTORY   counts the records of each kind; the counts are printed at the end (SIGINT, SIGTERM)
//   bare_loop print DIRECTORY   prints a line for each record
//
// "ready" appears on stderr once the whole tree is watched.

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

// The same records that vigil asks for by default.
constexpr std::uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_ATTRIB |
                                IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW |
                                IN_EXCL_UNLINK;

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kRecordSizeMax = sizeof(inotify_event) + NAME_MAX + 1;

// Indexed by the number of the mask's bit. The last one is ours: an entry found when a new directory was listed.
constexpr std::size_t kFound = 16;
constexpr std::array<std::string_view, 17> kNames{
    "ACCESS",     "MODIFY",   "ATTRIB",     "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN",
    "MOVED_FROM", "MOVED_TO", "CREATE",     "DELETE",      "DELETE_SELF",   "MOVE_SELF",
    "12",         "UNMOUNT",  "Q_OVERFLOW", "IGNORED",     "FOUND"};

volatile std::sig_atomic_t stop_requested = 0;

// A signal that comes just before read(2) does not interrupt it; the alarm a second later does.
void request_stop(int /*signal*/) {
  stop_requested = 1;
  alarm(1);
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  for (const int signal : {SIGINT, SIGTERM, SIGALRM}) sigaction(signal, &action, nullptr);
}

[[noreturn]] void fail(const char* what, const std::string& path) {
  std::fprintf(stderr, "bare_loop: %s %s: %s\n", what, path.c_str(), std::strerror(errno));
  std::exit(1);
}

bool vanished(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write", "output");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Counts what happened or collects a line about it. One thread at a time.
class Report {
 public:
  explicit Report(bool print) : print_(print) {}

  void add(std::size_t kind, const std::string& directory, std::string_view name) {
    if (print_) {
      text_.append(kNames[kind]).append(" ").append(directory);
      if (!name.empty()) text_.append("/").append(name);
      text_ += '\n';
    } else {
      ++counts_[kind];
    }
  }

  void flush() {
    write_all(STDOUT_FILENO, text_);
    text_.clear();
  }

  void print_counts() {
    for (std::size_t kind = 0; !print_ && kind < counts_.size(); ++kind) {
      if (counts_[kind] != 0) text_.append(kNames[kind]).append(" ").append(std::to_string(counts_[kind])) += '\n';
    }
    flush();
  }

 private:
  bool print_;
  std::string text_;
  std::array<std::uint64_t, kNames.size()> counts_{};
};

// An inotify instance with the path of every watch. One thread at a time.
class Loop {
 public:
  Loop(std::string root, bool print) : report_(print) {
    if (inotify_ < 0) fail("cannot start inotify for", root);
    while (root.size() > 1 && root.back() == '/') root.pop_back();
    if (!watch(root)) fail("cannot watch", root);
    walk(std::move(root), false);
  }

  void run() {
    alignas(inotify_event) char buffer[kReadSize];
    while (stop_requested == 0) {
      const ssize_t size = read(inotify_, buffer, sizeof buffer);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) fail("cannot read", "the inotify queue");
      decode(buffer, static_cast<std::size_t>(size));
      // Room for another record was left, so the queue was empty at that moment.
      if (static_cast<std::size_t>(size) + kRecordSizeMax <= sizeof buffer) report_.flush();
    }
    report_.print_counts();
  }

 private:
  // A directory that is watched already keeps its watch and gets its new path: this is how a renamed one is followed.
  bool watch(const std::string& path) {
    const int watch = inotify_add_watch(inotify_, path.c_str(), kMask);
    if (watch < 0) return false;
    const auto index = static_cast<std::size_t>(watch);
    if (index >= paths_.size()) paths_.resize(index + 1);
    paths_[index] = path;
    return true;
  }

  // Watches all directories below one that is watched. Each is watched before it is listed, so that nothing falls
  // between the two.
  void walk(std::string top, bool tell) {
    std::vector<std::string> pending{std::move(top)};
    while (!pending.empty()) {
      const std::string directory = std::move(pending.back());
      pending.pop_back();
      list(directory, tell, pending);
    }
  }

  void list(const std::string& directory, bool tell, std::vector<std::string>& pending) {
    const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
      if (!vanished(errno))
        std::fprintf(stderr, "bare_loop: cannot list %s: %s\n", directory.c_str(), std::strerror(errno));
      return;
    }
    alignas(dirent64) char buffer[32 * 1024];
    ssize_t size = 0;
    while ((size = getdents64(descriptor, buffer, sizeof buffer)) > 0) {
      for (ssize_t offset = 0; offset < size;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer + offset);
        offset += entry->d_reclen;
        visit(directory, *entry, tell, pending);
      }
    }
    close(descriptor);
  }

  void visit(const std::string& directory, const dirent64& entry, bool tell, std::vector<std::string>& pending) {
    const std::string_view name = entry.d_name;
    if (name == "." || name == "..") return;
    if (tell) report_.add(kFound, directory, name);
    if (entry.d_type != DT_DIR) return;
    std::string path = directory + "/";
    path += name;
    if (watch(path)) {
      pending.push_back(std::move(path));
    } else if (!vanished(errno)) {
      fail("cannot watch", path);
    }
  }

  void decode(const char* buffer, std::size_t size) {
    for (std::size_t offset = 0; offset < size;) {
      const auto* record = reinterpret_cast<const inotify_event*>(buffer + offset);
      offset += sizeof(inotify_event) + record->len;
      handle(*record, record->len == 0 ? std::string_view{} : std::string_view{record->name});
    }
  }

  void handle(const inotify_event& record, std::string_view name) {
    static const std::string nowhere;
    const bool known = record.wd >= 0 && static_cast<std::size_t>(record.wd) < paths_.size();
    const std::string& directory = known ? paths_[static_cast<std::size_t>(record.wd)] : nowhere;
    report_.add(static_cast<std::size_t>(std::countr_zero(record.mask)), directory, name);
    if (!known) return;
    if ((record.mask & IN_ISDIR) != 0 && (record.mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
      std::string path = directory + "/";
      path += name;
      if (watch(path)) {
        walk(std::move(path), true);
      } else if (!vanished(errno)) {
        fail("cannot watch", path);
      }
    } else if ((record.mask & IN_IGNORED) != 0) {
      paths_[static_cast<std::size_t>(record.wd)] = {};
    }
  }

  int inotify_ = inotify_init1(IN_CLOEXEC);
  Report report_;
  std::vector<std::string> paths_;  // by watch descriptor; the kernel counts them up from 1
};

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string_view mode = argument_count == 3 ? arguments[1] : "";
  if (mode != "count" && mode != "print") {
    std::fprintf(stderr, "usage: bare_loop count|print DIRECTORY\n");
    return 2;
  }
  catch_signals();
  Loop loop(arguments[2], mode == "print");
  write_all(STDERR_FILENO, "ready\n");
  loop.run();
}
