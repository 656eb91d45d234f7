#include "event/ignore_rules.hpp"

#include <algorithm>
#include <utility>

namespace vigil::event {

IgnoreDirectory::Pointer IgnoreDirectory::top(const IgnoreFilesOfTree& tree, const IgnoreFilesOfDirectory& files) {
  const std::shared_ptr<IgnoreDirectory> directory(new IgnoreDirectory);
  for (const auto& file : {tree.exclude, tree.global}) directory->add(directory->sources_.size(), file);
  directory->add_files(files);
  return directory;
}

std::shared_ptr<IgnoreDirectory> IgnoreDirectory::begin(std::string_view name, IgnoreDecision decision) const {
  std::shared_ptr<IgnoreDirectory> directory(new IgnoreDirectory);
  directory->path_.reserve(path_.size() + name.size() + 1);
  directory->path_.append(path_).append(name).append("/");
  directory->decision_ = decision;
  directory->ignore_count_ = ignore_count_;
  directory->asks_for_path_ = asks_for_path_;
  return directory;
}

void IgnoreDirectory::inherit(const std::vector<Source>& sources) {
  sources_.reserve(sources.size() + 2);
  for (const Source& source : sources) {
    Source& inherited = sources_.emplace_back();
    inherited.file = source.file;
    inherited.base_bytes = source.base_bytes;
    if (!decision_.ignored) narrow(inherited, source.deeper);
  }
}

IgnoreDirectory::Pointer IgnoreDirectory::enter(std::string_view name, const IgnoreFilesOfDirectory& files) const {
  const std::shared_ptr<IgnoreDirectory> directory = begin(name, decide(name, true));
  directory->inherit(sources_);
  if (!directory->decision_.ignored) directory->add_files(files);
  return directory;
}

IgnoreDirectory::Pointer IgnoreDirectory::enter_anyway(std::string_view name,
                                                       const IgnoreFilesOfDirectory& files) const {
  const std::shared_ptr<IgnoreDirectory> directory = begin(name, {});
  directory->inherit(sources_);
  directory->add_files(files);
  return directory;
}

IgnoreDirectory::Pointer IgnoreDirectory::enter_repository(std::string_view name, const IgnoreFilesOfTree& tree,
                                                           const IgnoreFilesOfDirectory& files) const {
  const std::shared_ptr<IgnoreDirectory> directory = begin(name, decide(name, true));
  if (directory->decision_.ignored) {
    directory->inherit(sources_);
    return directory;
  }
  directory->inherit({sources_.begin(), sources_.begin() + static_cast<std::ptrdiff_t>(ignore_count_)});
  for (const auto& file : {tree.exclude, tree.global}) directory->add(directory->sources_.size(), file);
  directory->add_files(files);
  return directory;
}

void IgnoreDirectory::add_files(const IgnoreFilesOfDirectory& files) {
  add(ignore_count_, files.gitignore);
  add(0, files.ignore);
  if (files.ignore) ++ignore_count_;
  // Of these the last is asked first, as if they were one file.
  for (const auto& file : files.named) {
    add(0, file);
    if (file) ++ignore_count_;
  }
}

void IgnoreDirectory::add(std::size_t at, const std::shared_ptr<const IgnoreFile>& file) {
  if (!file) return;
  Source source;
  source.file = file;
  source.base_bytes = path_.size();
  narrow(source, file->path_wildcards());
  asks_for_path_ = asks_for_path_ || file->asks_for_path();
  sources_.insert(sources_.begin() + static_cast<std::ptrdiff_t>(at), std::move(source));
}

void IgnoreDirectory::narrow(Source& source, const std::vector<std::uint32_t>& rules) const {
  const std::string_view directory = std::string_view(path_).substr(source.base_bytes);
  if (rules.empty()) return;
  const auto depth = static_cast<std::size_t>(std::count(directory.begin(), directory.end(), '/'));
  for (const std::uint32_t number : rules) {
    const IgnorePattern& pattern = source.file->rules()[number].pattern;
    if (pattern.can_match_in(directory, depth)) source.here.push_back(number);
    if (pattern.can_match_deeper(directory, depth)) source.deeper.push_back(number);
  }
}

IgnoreDecision IgnoreDirectory::decide(std::string_view name, bool is_directory) const {
  if (decision_.ignored) return decision_;
  std::string path;
  if (asks_for_path_) {
    path.reserve(path_.size() + name.size());
    path.append(path_).append(name);
  }
  for (const Source& source : sources_) {
    const std::string_view below = asks_for_path_ ? std::string_view(path).substr(source.base_bytes) : name;
    const IgnoreRule* const rule = source.file->last_match({below, name, is_directory}, source.here);
    if (rule != nullptr) return {!rule->negated, source.file.get(), rule, path_.size() + name.size()};
  }
  return {};
}

void IgnoreRules::set_directory(std::string_view directory, IgnoreFilesOfDirectory files) {
  const auto known = directories_.find(directory);
  const bool is_empty = !files.ignore && !files.gitignore;
  if (known == directories_.end()) {
    if (!is_empty) directories_.emplace(directory, std::move(files));
  } else if (is_empty) {
    directories_.erase(known);
  } else {
    known->second = std::move(files);
  }
}

IgnoreFilesOfDirectory IgnoreRules::files_of(std::string_view directory) const {
  const auto known = directories_.find(directory);
  return known == directories_.end() ? IgnoreFilesOfDirectory{} : known->second;
}

IgnoreDecision IgnoreRules::decide(std::string_view path, bool is_directory) const {
  if (path.empty()) return {};
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return directory({})->decide(path, is_directory);
  return directory(path.substr(0, slash))->decide(path.substr(slash + 1), is_directory);
}

IgnoreDirectory::Pointer IgnoreRules::directory(std::string_view path) const {
  IgnoreDirectory::Pointer directory = IgnoreDirectory::top(tree_, files_of({}));
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    directory = directory->enter(path.substr(begin, end - begin), files_of(path.substr(0, end)));
    begin = end + 1;
  }
  return directory;
}

}  // namespace vigil::event
