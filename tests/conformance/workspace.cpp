#include "conformance/workspace.hpp"

#include "conformance/editors.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

namespace vigil::conformance {
namespace {

constexpr std::string_view kOutside = "@out";
constexpr std::string_view kRoot = "@root";

// Of a path in a message.
constexpr std::size_t kShownMax = 300;

Error misused(const std::string& what) { return Error(ErrorCode::invalid_argument, what); }

Result<int> number(const std::string& text, int base = 10) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return misused(text + " is no number");
  return value;
}

Result<std::vector<int>> numbers(const std::vector<std::string>& texts) {
  std::vector<int> values;
  for (const std::string& text : texts) {
    const auto value = number(text);
    if (!value) return value.error();
    values.push_back(*value);
  }
  return values;
}

std::string text_in(const std::vector<std::string>& arguments) { return arguments.size() > 1 ? arguments[1] : "text"; }

bool begins_with(const std::string& path, std::string_view prefix) {
  return path.compare(0, prefix.size(), prefix) == 0 && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

Status copy_file(const std::string& from, const std::string& to) {
  std::ifstream source(from, std::ios::binary);
  std::ostringstream content;
  content << source.rdbuf();
  if (!source) return misused("cannot read " + from);
  return files::write(to, content.str());
}

}  // namespace

Result<Workspace> Workspace::make(const std::string& parent) {
  auto scratch = files::Scratch::make(parent);
  if (!scratch) return std::move(scratch).error();
  Workspace workspace(*std::move(scratch));
  for (const std::string& path : {workspace.root_, workspace.scratch_.path() + "/out", workspace.cookie_directory(),
                                  workspace.subject_directory()}) {
    if (auto made = files::make_directory(path); !made) return std::move(made).error();
  }
  // A watcher that runs as another user may need to write there: watchman makes cookies in what it watches.
  for (const std::string& path : {workspace.root_, workspace.subject_directory()}) {
    if (auto mode = files::set_mode(path, 0777); !mode) return std::move(mode).error();
  }
  workspace.remember(workspace.root_);
  return workspace;
}

std::string Workspace::resolve(const std::string& path) const {
  if (begins_with(path, kOutside)) return scratch_.path() + "/out" + path.substr(kOutside.size());
  if (begins_with(path, kRoot)) return root_ + path.substr(kRoot.size());
  return path == "." ? root_ : root_ + "/" + path;
}

std::string Workspace::shown(const std::string& path) const {
  if (path == root_) return ".";
  if (path.size() > kShownMax) return "..." + path.substr(path.size() - kShownMax);
  if (is_within(path, root_)) return path.substr(root_.size() + 1);
  const std::string out = scratch_.path() + "/out";
  if (is_within(path, out)) return std::string(kOutside) + path.substr(out.size());
  return path;
}

const std::map<std::string, Workspace::Change, std::less<>>& Workspace::changes() {
  static const std::map<std::string, Change, std::less<>> all{
      {"append", &Workspace::append},
      {"bind", &Workspace::mount_same},
      {"burst", &Workspace::burst},
      {"chmod", &Workspace::set_mode},
      {"churn", &Workspace::churn},
      {"close", &Workspace::close},
      {"cp", &Workspace::copy},
      {"deep", &Workspace::make_deep},
      {"exchange", &Workspace::exchange},
      {"git", &Workspace::git},
      {"ln", &Workspace::link},
      {"mkdir", &Workspace::make_directory},
      {"mkfifo", &Workspace::make_fifo},
      {"mksocket", &Workspace::make_socket},
      {"mount-tmpfs", &Workspace::mount_memory},
      {"mv", &Workspace::move},
      {"open", &Workspace::open},
      {"put", &Workspace::put},
      {"read", &Workspace::read},
      {"rm", &Workspace::remove},
      {"save", &Workspace::save},
      {"setxattr", &Workspace::set_attribute},
      {"tick", &Workspace::tick},
      {"touch", &Workspace::touch},
      {"tree", &Workspace::make_tree},
      {"truncate", &Workspace::truncate},
      {"umount", &Workspace::unmount},
      {"utime", &Workspace::set_times},
      {"write", &Workspace::write},
  };
  return all;
}

bool Workspace::knows(std::string_view name) { return changes().count(name) != 0; }

Status Workspace::change(const std::string& name, const Arguments& arguments) {
  const auto change = changes().find(name);
  if (change == changes().end()) return misused(name + " does not change the disk");
  return (this->*change->second)(arguments);
}

bool Workspace::existed(const std::string& path) const {
  const std::lock_guard lock(past_->mutex);
  if (past_->paths.count(path) != 0) return true;
  return std::any_of(past_->unknown_below.begin(), past_->unknown_below.end(),
                     [&](const std::string& top) { return is_within(path, top); });
}

Status Workspace::make_directory(const Arguments& arguments) {
  const bool parents = arguments[0] == "-p";
  if (parents && arguments.size() < 2) return misused("mkdir -p what?");
  const std::string path = resolve(arguments.back());
  if (!parents) return made(files::make_directory(path), path);
  for (std::size_t end = path.size(); end > root_.size() && end != std::string::npos; end = path.rfind('/', end - 1)) {
    remember(path.substr(0, end));
  }
  return files::make_directories(path);
}

Status Workspace::touch(const Arguments& arguments) {
  const std::string path = resolve(arguments[0]);
  return made(files::create(path), path);
}

Status Workspace::write(const Arguments& arguments) {
  const std::string path = resolve(arguments[0]);
  return made(files::write(path, text_in(arguments)), path);
}

Status Workspace::append(const Arguments& arguments) {
  const std::string path = resolve(arguments[0]);
  return made(files::append(path, text_in(arguments)), path);
}

Status Workspace::read(const Arguments& arguments) { return files::read(resolve(arguments[0])); }

Status Workspace::truncate(const Arguments& arguments) {
  const auto size = number(arguments.size() > 1 ? arguments[1] : "0");
  if (!size) return size.error();
  return files::truncate(resolve(arguments[0]), static_cast<std::uint64_t>(*size));
}

Status Workspace::remove(const Arguments& arguments) {
  const std::string path = resolve(arguments.back());
  return arguments[0] == "-r" ? files::remove_tree(path) : files::remove(path);
}

Status Workspace::move(const Arguments& arguments) {
  const std::string to = resolve(arguments[1]);
  Status moved = files::rename(resolve(arguments[0]), to);
  if (moved) remember_tree(to);
  return moved;
}

Status Workspace::exchange(const Arguments& arguments) {
  const std::string a = resolve(arguments[0]);
  const std::string b = resolve(arguments[1]);
  Status exchanged = files::exchange(a, b);
  remember_tree(a);
  remember_tree(b);
  return exchanged;
}

Status Workspace::link(const Arguments& arguments) {
  const std::string path = resolve(arguments.back());
  if (arguments[0] != "-s") return made(files::hard_link(resolve(arguments[0]), path), path);
  if (arguments.size() < 3) return misused("ln -s what where?");
  const std::string& target = arguments[1];
  return made(files::symbolic_link(target.front() == '@' ? resolve(target) : target, path), path);
}

Status Workspace::make_fifo(const Arguments& arguments) {
  const std::string path = resolve(arguments[0]);
  return made(files::make_fifo(path), path);
}

Status Workspace::make_socket(const Arguments& arguments) {
  const std::string path = resolve(arguments[0]);
  return made(files::make_socket(path), path);
}

Status Workspace::set_mode(const Arguments& arguments) {
  const auto mode = number(arguments[0], 8);
  if (!mode) return mode.error();
  return files::set_mode(resolve(arguments[1]), static_cast<unsigned>(*mode));
}

Status Workspace::set_times(const Arguments& arguments) {
  const auto seconds = number(arguments[1]);
  if (!seconds) return seconds.error();
  return files::set_times(resolve(arguments[0]), std::chrono::seconds(*seconds));
}

Status Workspace::tick(const Arguments&) {
  const std::string path = scratch_.path() + "/tick";
  if (auto made = files::create(path); !made) return made;
  const auto made_at = files::change_time(path);
  while (files::coarse_time() <= made_at) std::this_thread::yield();
  return files::remove(path);
}

Status Workspace::set_attribute(const Arguments& arguments) {
  return files::set_attribute(resolve(arguments[0]), arguments[1], arguments[2]);
}

Status Workspace::copy(const Arguments& arguments) {
  const std::string from = resolve(arguments[arguments.size() - 2]);
  const std::string to = resolve(arguments.back());
  if (arguments[0] != "-r") return made(copy_file(from, to), to);
  for (const auto& [path, type] : files::list(from)) {
    const std::string copy = to + path.substr(from.size());
    Status copied = type == EntryType::directory ? files::make_directory(copy) : copy_file(path, copy);
    if (auto status = made(std::move(copied), copy); !status) return status;
  }
  return Done{};
}

Status Workspace::save(const Arguments& arguments) {
  const std::string path = resolve(arguments[0]);
  for (const std::string& name : names_used_by_editors(path)) remember(name);
  return save_like_editor(path, arguments[1]);
}

// Each directory is made and filled at once, then the next. Without directories the files go where it is said.
Status Workspace::burst(const Arguments& arguments) {
  const auto counts = numbers({arguments[0], arguments[1]});
  if (!counts) return counts.error();
  const std::int64_t count = (*counts)[0];
  const int directories = (*counts)[1];
  const std::string top = resolve(arguments[2]);
  if (directories == 0) return fill(top, 0, count);
  for (int i = 0; i < directories; ++i) {
    const std::string directory = top + "/d" + std::to_string(i);
    if (auto status = made(files::make_directory(directory), directory); !status) return status;
    if (auto status = fill(directory, count * i / directories, count * (i + 1) / directories); !status) return status;
  }
  return Done{};
}

Status Workspace::fill(const std::string& directory, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) {
    const std::string path = directory + "/f" + std::to_string(i);
    if (auto status = made(files::create(path), path); !status) return status;
  }
  return Done{};
}

Status Workspace::make_tree(const Arguments& arguments) {
  const auto shape = numbers({arguments[0], arguments[1]});
  if (!shape) return shape.error();
  return grow(resolve(arguments[2]), (*shape)[0], (*shape)[1]);
}

Status Workspace::grow(const std::string& path, int breadth, int depth) {
  if (auto status = made(files::make_directory(path), path); !status) return status;
  if (auto status = made(files::write(path + "/file", "text"), path + "/file"); !status) return status;
  for (int i = 0; i < breadth && depth > 0; ++i) {
    if (auto status = grow(path + "/s" + std::to_string(i), breadth, depth - 1); !status) return status;
  }
  return Done{};
}

Status Workspace::make_deep(const Arguments& arguments) {
  const auto shape = numbers({arguments[0], arguments[1]});
  if (!shape) return shape.error();
  std::string path = resolve(arguments[2]);
  for (int i = 0; i < (*shape)[0]; ++i) {
    path += "/" + std::string(static_cast<std::size_t>((*shape)[1]), 'n');
    if (auto status = made(files::make_directory(path), path); !status) return status;
  }
  return made(files::write(path + "/file", "text"), path + "/file");
}

// Random work among a handful of names, so that they are reused all the time. What fails because another thread was
// there first is part of it.
Status Workspace::churn(const Arguments& arguments) {
  const auto shape = numbers({arguments[0], arguments[1]});
  if (!shape) return shape.error();
  const std::string top = resolve(arguments[2]);
  remember_everything_below(top);
  std::mt19937 random(static_cast<unsigned>((*shape)[1]));
  for (int i = 0; i < (*shape)[0]; ++i) static_cast<void>(churn_once(top, static_cast<unsigned>(random())).has_value());
  return Done{};
}

Status Workspace::churn_once(const std::string& top, unsigned random) {
  const auto pick = [&random](unsigned choices) {
    const unsigned choice = random % choices;
    random /= choices;
    return choice;
  };
  const auto name = [&] {
    std::string path = top;
    for (unsigned depth = 1 + pick(3); depth > 0; --depth)
      path += "/" + std::string(1, static_cast<char>('a' + pick(4)));
    return path;
  };
  const unsigned what = pick(8);
  const std::string path = name();
  switch (what) {
    case 0:
    case 1: return files::make_directory(path);
    case 2:
    case 3: return files::write(path, "text");
    case 4:
    case 5: return files::rename(path, name());
    case 6: return files::remove(path);
    default: return files::remove_tree(path);
  }
}

Status Workspace::mount_memory(const Arguments& arguments) { return files::mount_memory(resolve(arguments[0])); }

Status Workspace::mount_same(const Arguments& arguments) {
  const std::string at = resolve(arguments[1]);
  const std::string directory = resolve(arguments[0]);
  remember_everything_below(directory);
  remember_everything_below(at);
  return files::mount_same(directory, at);
}

Status Workspace::unmount(const Arguments& arguments) { return files::unmount(resolve(arguments[0])); }

Status Workspace::git(const Arguments& arguments) {
  const std::string directory = resolve(arguments[0]);
  remember_everything_below(directory);
  std::vector<std::string> command{"git",
                                   "-c",
                                   "user.name=nobody",
                                   "-c",
                                   "user.email=nobody@localhost",
                                   "-c",
                                   "init.defaultBranch=main",
                                   "-c",
                                   "gc.auto=0",
                                   "-c",
                                   "core.fsmonitor=false"};
  command.insert(command.end(), arguments.begin() + 1, arguments.end());
  return files::run(command, directory);
}

Status Workspace::open(const Arguments& arguments) {
  const std::string path = resolve(arguments[1]);
  auto file = files::OpenFile::open(path);
  if (!file) return std::move(file).error();
  remember(path);
  if (!open_.emplace(arguments[0], *std::move(file)).second) return misused(arguments[0] + " is open already");
  return Done{};
}

Status Workspace::put(const Arguments& arguments) {
  const auto file = open_.find(arguments[0]);
  return file == open_.end() ? misused(arguments[0] + " is not open") : file->second.put(arguments[1]);
}

Status Workspace::close(const Arguments& arguments) {
  return open_.erase(arguments[0]) == 0 ? Status(misused(arguments[0] + " is not open")) : Done{};
}

void Workspace::remember(const std::string& path) {
  const std::lock_guard lock(past_->mutex);
  past_->paths.insert(path);
}

void Workspace::remember_tree(const std::string& path) {
  for (const auto& [below, type] : files::list(path)) remember(below);
  remember(path);
}

void Workspace::remember_everything_below(const std::string& path) {
  const std::lock_guard lock(past_->mutex);
  past_->unknown_below.push_back(path);
}

Status Workspace::made(Status status, const std::string& path) {
  if (status) remember(path);
  return status;
}

}  // namespace vigil::conformance
