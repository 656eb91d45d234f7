#include "conformance/editors.hpp"

#include "conformance/files.hpp"

#include <functional>
#include <initializer_list>

namespace vigil::conformance {
namespace {

using Step = std::function<Status()>;

constexpr std::string_view kContent = "what the editor has now\n";

// The names an editor derives from that of the file.
struct Names {
  explicit Names(const std::string& path)
      : directory(path.substr(0, path.rfind('/') + 1)), name(path.substr(path.rfind('/') + 1)) {}

  std::string backup() const { return directory + name + "~"; }
  std::string trial() const { return directory + "4913"; }
  std::string lock() const { return directory + ".#" + name; }
  std::string temporary() const { return directory + "." + name + ".new"; }

  std::string directory;
  std::string name;
};

Status in_turn(std::initializer_list<Step> steps) {
  for (const Step& step : steps) {
    if (auto status = step(); !status) return status;
  }
  return Done{};
}

Status write(const std::string& path) { return files::write(path, kContent); }

// Vim makes a file of an odd name first, to see whether it may.
Status save_like_vim(const std::string& path, const Names& names) {
  return in_turn({[&] { return files::create(names.trial()); }, [&] { return files::remove(names.trial()); },
                  [&] { return files::rename(path, names.backup()); }, [&] { return write(path); },
                  [&] { return files::set_mode(path, 0644); }});
}

Status save_like_emacs(const std::string& path, const Names& names) {
  return in_turn({[&] { return files::symbolic_link("someone@somewhere.1", names.lock()); },
                  [&] { return files::rename(path, names.backup()); }, [&] { return write(path); },
                  [&] { return files::remove(names.lock()); }});
}

}  // namespace

Status save_like_editor(const std::string& path, std::string_view style) {
  const Names names(path);
  if (style == "in-place") return write(path);
  if (style == "truncate") {
    return in_turn({[&] { return files::truncate(path, 0); }, [&] { return files::append(path, kContent); }});
  }
  if (style == "vim-backup") return save_like_vim(path, names);
  if (style == "vim") {
    return in_turn({[&] { return save_like_vim(path, names); }, [&] { return files::remove(names.backup()); }});
  }
  if (style == "emacs") return save_like_emacs(path, names);
  if (style == "atomic") {
    return in_turn({[&] { return write(names.temporary()); }, [&] { return files::rename(names.temporary(), path); }});
  }
  return Error(ErrorCode::invalid_argument, "no editor saves like " + std::string(style));
}

std::vector<std::string> names_used_by_editors(const std::string& path) {
  const Names names(path);
  return {path, names.backup(), names.trial(), names.lock(), names.temporary()};
}

}  // namespace vigil::conformance
