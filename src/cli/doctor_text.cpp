#include "cli/doctor_report.hpp"
#include "cli/format.hpp"
#include "cli/json_text.hpp"
#include "cli/progress.hpp"
#include "cli/visible.hpp"

#include <vigil/version.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace vigil::cli {
namespace {

constexpr std::size_t kUsersShown = 3;

std::string number(std::uint64_t value) { return with_thousands_separated(value); }

double milliseconds(const Told& told) { return std::chrono::duration<double, std::milli>(told.after).count(); }

// --- for people ---

class Words {
 public:
  std::string run(const DoctorReport& report) {
    line("system", formatted("{}, vigil {}", report.system, VIGIL_VERSION));
    line("privilege", report.privilege);
    for (const Availability& each : report.backends) {
      line(each.name, each.available ? and_why("available", each.why) : and_why("not available", each.why));
    }
    line("backend", asked(report));
    limits(report.limits);
    for (const PathFound& path : report.paths) about(path);
    advice(report.advice);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kNameWidth = 15;

  // What is taken, and why.
  static std::string asked(const DoctorReport& report) {
    if (report.asked_backend != "auto") return report.asked_backend + ": it is asked for";
    if (!report.watches_each_directory) return "auto: there is one";
    return report.privileged ? "auto: inotify, and fanotify for directories beyond its limits"
                             : "auto: inotify; directories beyond its limits are polled, for fanotify is not available";
  }

  static std::string and_why(std::string_view what, std::string_view why) {
    return why.empty() ? std::string(what) : formatted("{}: {}", what, why);
  }

  void line(std::string_view name, std::string_view text, std::size_t indent = 0) {
    out_.append(indent, ' ');
    out_ += name;
    out_.append(kNameWidth > name.size() + indent ? kNameWidth - name.size() - indent : 1, ' ');
    append_visible(out_, text);
    out_ += '\n';
  }

  void limits(const std::vector<LimitFound>& limits) {
    if (limits.empty()) return;
    out_ += "\nlimits\n";
    std::size_t widest = 0;
    for (const LimitFound& limit : limits) widest = std::max(widest, limit.name.size());
    for (const LimitFound& limit : limits) {
      append_formatted(out_, "  {:<{}}  {:>11}", limit.name, widest, limit.value ? number(*limit.value) : "unknown");
      if (limit.used) use(limit);
      out_ += '\n';
    }
  }

  void use(const LimitFound& limit) {
    append_formatted(out_, "  {}{} in use", limit.complete ? "" : "at least ", number(*limit.used));
    std::string_view before = ": ";
    for (std::size_t index = 0; index < std::min(kUsersShown, limit.users.size()); ++index) {
      const LimitFound::User& user = limit.users[index];
      out_ += before;
      append_visible(out_, user.name);
      append_formatted(out_, " (process {}) {}", user.process, number(user.count));
      before = ", ";
    }
    if (limit.users.size() > kUsersShown) out_ += ", ...";
  }

  void about(const PathFound& path) {
    out_ += '\n';
    append_visible(out_, path.path);
    out_ += '\n';
    if (!path.failure.empty()) {
      out_ += "  ";
      append_visible(out_, path.failure);
      out_ += '\n';
      return;
    }
    line("on", file_system(path.file_system), 2);
    below(path.below);
    if (path.is_directory) {
      line("directories", (path.all_counted ? "" : "more than ") + number(path.directories), 2);
    }
    line("watched by", path.probe.backend, 2);
    for (const std::string& reason : path.probe.reasons) line("", reason, 2);
    if (!path.fanotify_obstacle.empty()) line("fanotify", path.fanotify_obstacle, 2);
    line("probe", probe(path), 2);
  }

  // One by one only those of which there is something to say.
  void below(const std::vector<FileSystemFound>& all) {
    std::size_t others = 0;
    for (const FileSystemFound& each : all) {
      if (each.way == Way::native) {
        ++others;
      } else {
        line("below", file_system(each), 2);
      }
    }
    if (others == all.size() && others != 0) line("below", formatted("{} mounts: native", number(others)), 2);
    if (others != all.size() && others != 0) line("below", formatted("{} other mounts: native", number(others)), 2);
  }

  static std::string file_system(const FileSystemFound& found) {
    std::string text = found.type.empty() ? "unknown file system" : found.type;
    if (!found.where.empty()) text += ", " + found.where;
    if (!found.point.empty()) text += " at " + found.point;
    text += ": ";
    text += to_string(found.way);
    if (!found.why.empty()) text += " (" + found.why + ")";
    return text;
  }

  static std::string probe(const PathFound& path) {
    if (!path.was_probed) return "none: " + path.not_probed;
    if (!path.probe.told()) return path.probe.failure;
    const bool compared = path.probe.created->was_compared || path.probe.removed->was_compared;
    return formatted("a new file was told after {:.2f} ms, its removal after {:.2f} ms{}",
                     milliseconds(*path.probe.created), milliseconds(*path.probe.removed),
                     compared ? ", by comparing" : "");
  }

  void advice(const std::vector<Advice>& advice) {
    if (advice.empty()) {
      out_ += "\nnothing needs attention\n";
      return;
    }
    out_ += '\n';
    for (const Advice& each : advice) {
      out_ += each.attention ? "attention: " : "note: ";
      append_visible(out_, each.text);
      out_ += '\n';
      for (const std::string& command : each.commands) {
        out_ += "    ";
        append_visible(out_, command);
        out_ += '\n';
      }
    }
  }

  std::string out_;
};

// --- for programs ---

class Json {
 public:
  std::string run(const DoctorReport& report) {
    json_.begin_object();
    json_.key("version").text(VIGIL_VERSION);
    json_.key("system").text(report.system);
    json_.key("privilege").text(report.privilege);
    json_.key("privileged").boolean(report.privileged);
    json_.key("asked_backend").text(report.asked_backend);
    json_.key("backends").begin_list();
    for (const Availability& each : report.backends) about(each);
    json_.end_list();
    json_.key("limits").begin_list();
    for (const LimitFound& each : report.limits) about(each);
    json_.end_list();
    json_.key("paths").begin_list();
    for (const PathFound& each : report.paths) about(each);
    json_.end_list();
    json_.key("advice").begin_list();
    for (const Advice& each : report.advice) about(each);
    json_.end_list();
    json_.key("attention").boolean(needs_attention(report));
    json_.end_object();
    return json_.result() + "\n";
  }

 private:
  void about(const Availability& each) {
    json_.begin_object();
    json_.key("name").text(each.name);
    json_.key("available").boolean(each.available);
    optional_text("why", each.why);
    json_.end_object();
  }

  void about(const LimitFound& limit) {
    json_.begin_object();
    json_.key("what").text(limit.what);
    json_.key("name").text(limit.name);
    optional_number("value", limit.value);
    if (limit.used) {
      optional_number("used", limit.used);
      json_.key("complete").boolean(limit.complete);
      json_.key("users").begin_list();
      for (const LimitFound::User& user : limit.users) about(user);
      json_.end_list();
    }
    json_.end_object();
  }

  void about(const LimitFound::User& user) {
    json_.begin_object();
    json_.key("pid").number(std::int64_t{user.process});
    json_.key("name").text(user.name);
    json_.key("count").number(user.count);
    json_.end_object();
  }

  void about(const PathFound& path) {
    json_.begin_object();
    json_.path("path", path.path);
    if (!path.failure.empty()) {
      json_.key("failure").text(path.failure);
      json_.end_object();
      return;
    }
    json_.key("type").text(path.is_directory ? "directory" : "file");
    json_.key("file_system");
    about(path.file_system);
    json_.key("below").begin_list();
    for (const FileSystemFound& each : path.below) about(each);
    json_.end_list();
    if (path.is_directory) {
      json_.key("directories").number(path.directories);
      json_.key("all_counted").boolean(path.all_counted);
    }
    json_.key("backend").text(path.probe.backend);
    json_.key("reasons").begin_list();
    for (const std::string& reason : path.probe.reasons) json_.text(reason);
    json_.end_list();
    optional_text("fanotify_obstacle", path.fanotify_obstacle);
    json_.key("probe");
    probe(path);
    json_.end_object();
  }

  void about(const FileSystemFound& found) {
    json_.begin_object();
    if (!found.point.empty()) json_.path("point", found.point);
    optional_text("type", found.type);
    optional_text("where", found.where);
    json_.key("way").text(to_string(found.way));
    optional_text("why", found.why);
    json_.end_object();
  }

  void probe(const PathFound& path) {
    json_.begin_object();
    json_.key("tried").boolean(path.was_probed);
    if (!path.was_probed) {
      optional_text("why", path.not_probed);
    } else {
      json_.key("told").boolean(path.probe.told());
      told("created", path.probe.created);
      told("removed", path.probe.removed);
      optional_text("failure", path.probe.failure);
    }
    json_.end_object();
  }

  void told(const std::string& what, const std::optional<Told>& told) {
    if (!told) return;
    json_.key(what + "_ms").number(milliseconds(*told), 3);
    if (told->was_compared) json_.key(what + "_by_comparing").boolean(true);
  }

  void about(const Advice& each) {
    json_.begin_object();
    json_.key("attention").boolean(each.attention);
    json_.key("text").text(each.text);
    json_.key("commands").begin_list();
    for (const std::string& command : each.commands) json_.text(command);
    json_.end_list();
    json_.end_object();
  }

  void optional_text(std::string_view key, std::string_view value) {
    if (!value.empty()) json_.key(key).text(value);
  }

  void optional_number(std::string_view key, std::optional<std::uint64_t> value) {
    json_.key(key);
    if (value) {
      json_.number(*value);
    } else {
      json_.null();
    }
  }

  JsonText json_;
};

}  // namespace

std::string words_of(const DoctorReport& report) { return Words().run(report); }

std::string json_of(const DoctorReport& report) { return Json().run(report); }

}  // namespace vigil::cli
