#include "conformance/subject_watchman.hpp"

#include "base/unique_fd.hpp"
#include "conformance/bser.hpp"
#include "conformance/child_process.hpp"
#include "conformance/files.hpp"
#include "conformance/subject_process.hpp"

#include <nlohmann/json.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace vigil::conformance {
namespace {

using namespace std::chrono_literals;

using Json = nlohmann::json;

Deadline now() { return std::chrono::steady_clock::now(); }

// A connection that carries one message each way. One thread at a time.
class Connection {
 public:
  bool open(const std::string& path) {
    socket_ = base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  // Null when no answer came in time, or none that is an object.
  Json ask(const Json& question, Deadline deadline) {
    const std::string message = encode_bser(question);
    if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size())) {
      return {};
    }
    auto size = bser_message_size(received_);
    while (!size || received_.size() < *size) {
      if (!receive(deadline)) return {};
      size = bser_message_size(received_);
    }
    const auto answer = decode_bser(std::string_view(received_).substr(0, *size));
    received_.erase(0, *size);
    return answer && answer->is_object() ? *answer : Json();
  }

 private:
  bool receive(Deadline deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now());
    pollfd polled{socket_.get(), POLLIN, 0};
    if (left <= 0ms || ::poll(&polled, 1, static_cast<int>(left.count())) <= 0) return false;
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) received_.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  base::UniqueFd socket_;
  std::string received_;
};

EntryType type_of_letter(const std::string& letter) {
  if (letter == "f") return EntryType::file;
  if (letter == "d") return EntryType::directory;
  if (letter == "l") return EntryType::symlink;
  return letter.empty() || letter == "?" ? EntryType::unknown : EntryType::other;
}

// A server of its own for each script, asked what changed since it was asked last. A query waits until watchman has
// caught up, by watchman's own means. Where it begins anew ("fresh instance") it names all that exists; what it named
// before and does not name then is gone.
class WatchmanSubject final : public Subject {
 public:
  ~WatchmanSubject() override { stop(); }

  bool can(Ability ability) const override { return ability == Ability::process; }

  Status start(const Setup& setup) override {
    const Deadline deadline = now() + 20s;
    const std::string socket = setup.working_directory + "/socket";
    ChildOptions options;
    options.arguments = {"watchman",
                         "--foreground",
                         "--no-save-state",
                         "--sockname=" + socket,
                         "--logfile=" + setup.working_directory + "/log",
                         "--pidfile=" + setup.working_directory + "/pid"};
    options.working_directory = setup.working_directory;
    options.user_limits = setup.user_limits;
    options.unprivileged = setup.unprivileged;
    auto child = ChildProcess::start(std::move(options));
    if (!child) return std::move(child).error();
    child_ = *std::move(child);
    // Nothing tells when the socket is there, short of another watcher.
    while (!connection_.open(socket)) {
      if (now() > deadline || child_->exited()) return Error(ErrorCode::system, "watchman: " + child_->error_text());
      std::this_thread::sleep_for(5ms);
    }
    return watch(setup.roots, deadline);
  }

  Told collect(std::chrono::milliseconds timeout) override {
    Told told;
    for (auto& [path, root] : roots_) query(path, root, now() + timeout, told);
    return told;
  }

  void pause() override { child_->pause(); }
  void resume() override { child_->resume(); }
  void stop() override { child_.reset(); }

 private:
  struct Root {
    std::string clock;
    Listing known;
    bool lost = false;
  };

  Status watch(const std::vector<WatchedRoot>& roots, Deadline deadline) {
    for (const WatchedRoot& root : roots) {
      const auto answer = connection_.ask({"watch", root.path}, deadline);
      if (answer.is_null() || answer.contains("error")) {
        return Error(ErrorCode::system, "watchman watch: " + (answer.is_null() ? "no answer" : answer.dump()));
      }
      Told listing;
      query(root.path, roots_[root.path], deadline, listing);
      if (!listing.failure.empty()) return Error(ErrorCode::system, "watchman query: " + listing.failure);
    }
    return Done{};
  }

  void query(const std::string& path, Root& root, Deadline deadline, Told& told) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now()).count();
    Json what{{"fields", {"name", "exists", "new", "type"}}, {"sync_timeout", left}};
    if (!root.clock.empty()) what["since"] = root.clock;
    const auto answer = connection_.ask({"query", path, what}, deadline);
    if (answer.is_null()) {
      told.failure =
          child_->exited() ? "has ended with status " + std::to_string(child_->stop()) : "does not answer any more";
    } else if (answer.contains("error")) {
      report_error(path, root, answer.value("error", ""), told);
    } else {
      root.clock = answer.value("clock", "");
      read(path, root, answer, told);
    }
  }

  static void report_error(const std::string& path, Root& root, const std::string& text, Told& told) {
    // It gives up a root that is gone, replaced or unmounted, and says so.
    const bool given_up = text.find("is not watched") != std::string::npos;
    if (!given_up && files::type_of(path) != EntryType::unknown) {
      told.failure = text;
      return;
    }
    if (std::exchange(root.lost, true)) return;
    Observation lost;
    lost.kind = Kind::lost;
    lost.path = path;
    lost.reason = text;
    told.events.push_back(std::move(lost));
  }

  static void read(const std::string& path, Root& root, const Json& answer, Told& told) {
    Listing changed;
    Listing gone;
    for (const Json& file : answer.value("files", Json::array())) {
      const std::string name = path + "/" + file.value("name", "");
      const EntryType type = type_of_letter(file.value("type", ""));
      (file.value("exists", false) ? changed : gone)[name] = type;
    }
    if (answer.value("is_fresh_instance", false) && !root.known.empty()) {
      tell(Kind::rescan, path, EntryType::directory, told);
      for (const auto& [known, type] : root.known) {
        if (changed.count(known) == 0) gone[known] = type;
      }
    }
    for (const auto& [name, type] : gone) {
      tell(Kind::removed, name, type, told);
      root.known.erase(name);
    }
    for (const auto& [name, type] : changed) {
      tell(root.known.insert_or_assign(name, type).second ? Kind::created : Kind::modified, name, type, told);
    }
  }

  static void tell(Kind kind, const std::string& path, EntryType type, Told& told) {
    Observation event;
    event.kind = kind;
    event.type = type;
    event.path = path;
    told.events.push_back(std::move(event));
  }

  std::unique_ptr<ChildProcess> child_;
  Connection connection_;
  std::map<std::string, Root> roots_;
};

}  // namespace

SubjectKind watchman_subject() {
  return {"watchman",
          [] {
            return program_version({"watchman", "--version"});
          },
          [] { return std::make_unique<WatchmanSubject>(); }};
}

}  // namespace vigil::conformance
