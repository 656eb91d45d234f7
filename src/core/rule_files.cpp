#include "core/rule_files.hpp"

#include "core/errors.hpp"
#include "event/git_settings.hpp"

#include <algorithm>
#include <utility>

namespace vigil::core {

namespace {

// As many as git follows.
constexpr int kIncludesMax = 10;

bool is_absolute(std::string_view path) { return path.starts_with('/') || (path.size() > 1 && path[1] == ':'); }

// A path as git's files have it, in the form of a Disk; relative ones are taken from `base`, which ends in "/". Empty
// where there is none.
std::string git_path(sys::Disk& disk, std::string_view path, const std::string& base, const std::string& home) {
  if (path.starts_with("~/")) return home.empty() ? std::string() : home + std::string(path.substr(1));
  if (path.empty() || path.starts_with('~')) return {};
  if (!is_absolute(path)) return base.empty() ? std::string() : base + std::string(path);
  const sys::Outcome<std::string> absolute = disk.absolute(std::string(path));
  return absolute ? absolute.value : std::string();
}

std::string_view first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

class SettingsReader {
 public:
  SettingsReader(sys::Disk& disk, GitIgnoreSettings& settings) : disk_(disk), settings_(settings) {
    places_ = disk.git_places();
    settings_.excludes = places_.excludes;
  }

  void read_all(const std::string& common) {
    for (const std::string& path : places_.settings) read(path, 0);
    if (!common.empty()) read(common + "/config", 0);
  }

 private:
  void read(const std::string& path, int depth) {
    const sys::Outcome<sys::FileContent> file = disk_.read_file(path, event::kGitSettingsBytesMax);
    if (!file) return;
    for (const event::GitSetting& setting : event::read_git_settings(file.value.bytes)) {
      const std::string_view value = setting.value ? std::string_view(*setting.value) : std::string_view();
      if (setting.key == "core.ignorecase") {
        settings_.ignore_case = event::read_git_bool(setting.value).value_or(settings_.ignore_case);
      } else if (setting.key == "core.excludesfile") {
        settings_.excludes = git_path(disk_, value, {}, places_.home);
      } else if (setting.key == "include.path" && depth < kIncludesMax) {
        const std::string included = git_path(disk_, value, path.substr(0, path.rfind('/') + 1), places_.home);
        if (!included.empty()) read(included, depth + 1);
      }
    }
  }

  sys::Disk& disk_;
  sys::GitPlaces places_;
  GitIgnoreSettings& settings_;
};

}  // namespace

std::optional<std::string> common_git_directory(sys::Disk& disk, const std::string& directory,
                                                const sys::FileContent& dot_git) {
  const std::string path = directory + std::string(kDotGit);
  if (dot_git.type != EntryType::file) return path;  // a link to a directory is as good as one
  constexpr std::string_view kPrefix = "gitdir: ";
  if (!dot_git.bytes.starts_with(kPrefix)) return std::nullopt;
  std::string own = git_path(disk, first_line(std::string_view(dot_git.bytes).substr(kPrefix.size())), directory, {});
  if (own.empty()) return std::nullopt;
  const sys::Outcome<sys::FileContent> common = disk.read_file(own + "/commondir", kDotGitBytesMax);
  if (!common || common.value.type != EntryType::file) return own;
  std::string shared = git_path(disk, first_line(common.value.bytes), own + '/', {});
  return shared.empty() ? std::move(own) : std::move(shared);
}

GitIgnoreSettings read_ignore_settings(sys::Disk& disk, const std::string& common) {
  GitIgnoreSettings settings;
  SettingsReader(disk, settings).read_all(common);
  return settings;
}

std::vector<std::string> directories_above(sys::Disk& disk, const std::string& root) {
  std::vector<std::string> above;
  const auto is_top = [&](const std::string& path) {
    return static_cast<bool>(disk.status((path == "/" ? path : path + '/') + std::string(kDotGit)));
  };
  if (root.empty() || root == "/" || is_top(root)) return above;
  for (std::string path = root; above.empty() || !is_top(path);) {
    if (path == "/") return {};
    path = directory_of(path);
    above.push_back(path);
  }
  std::reverse(above.begin(), above.end());
  return above;
}

RuleFile rule_file(const sys::Disk& disk, const std::string& path, sys::Outcome<sys::FileContent> found,
                   bool case_sensitive, const RuleFile& before) {
  if (is_gone(found.error)) return {};
  RuleFile now;
  now.case_sensitive = case_sensitive;
  now.code = found.error;
  const std::string name = readable(disk, path);
  const auto refuse = [&](std::string_view why) {
    now.trouble = "rules of " + name + ": " + std::string(why) + "; none of its rules is in force";
    return now;
  };
  if (!found) return refuse(sys::words_of(found.error));
  switch (found.value.type) {
    case EntryType::file: break;
    case EntryType::directory: return refuse("it is a directory");
    case EntryType::symlink: return refuse("it is a symbolic link, which git does not follow here");
    default: return refuse("it is no file");
  }
  if (found.value.size > event::IgnoreFile::kFileBytesMax) {
    now.trouble = event::IgnoreFile::too_large(name, found.value.size).message();
    return now;
  }
  const bool is_same_case = before.rules != nullptr && before.case_sensitive == case_sensitive;
  if (is_same_case && before.rules->bytes() == found.value.bytes && before.rules->name() == name) return before;
  now.rules = *event::IgnoreFile::parse(name, std::move(found.value.bytes), {case_sensitive});
  const std::vector<std::string>& problems = now.rules->problems();
  if (!problems.empty()) now.trouble = problems.front();
  if (problems.size() > 1) now.trouble += ", and " + std::to_string(problems.size() - 1) + " more";
  return now;
}

event::IgnoreFilesOfTree of_tree(const std::optional<RepositoryRules>& repository) {
  if (!repository) return {};
  return {repository->exclude.rules, repository->global.rules};
}

event::IgnoreFilesOfDirectory of_directory(const DirectoryRules& rules) {
  return {rules.ignore.rules, rules.gitignore.rules, {}};
}

std::string readable(const sys::Disk& disk, const std::string& path) {
  return disk.separator() == '/' || path.size() < 2 ? path : path.substr(1);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace vigil::core
