#include "fake/operations.hpp"

#include <cerrno>

namespace vigil::fake {
namespace {

using What = Operation::What;

struct Share {
  What what;
  unsigned weight;
  const char* name;
};

// What a busy tree sees: things come and go and move, and most of what is tried succeeds.
constexpr Share kShares[] = {
    {What::make_directory, 14, "make_directory"},
    {What::remove_directory, 8, "remove_directory"},
    {What::make_fifo, 1, "make_fifo"},
    {What::make_link, 3, "make_link"},
    {What::make_hard_link, 3, "make_hard_link"},
    {What::remove, 9, "remove"},
    {What::rename, 20, "rename"},
    {What::exchange, 4, "exchange"},
    {What::change_mode, 3, "change_mode"},
    {What::set_times, 1, "set_times"},
    {What::set_content_time, 1, "set_content_time"},
    {What::truncate, 1, "truncate"},
    {What::write_file, 12, "write_file"},
    {What::append, 6, "append"},
    {What::read_file, 2, "read_file"},
    {What::hold_open, 3, "hold_open"},
    {What::write_held, 4, "write_held"},
    {What::truncate_held, 1, "truncate_held"},
    {What::change_mode_of_held, 1, "change_mode_of_held"},
    {What::let_go, 2, "let_go"},
    {What::remove_tree, 3, "remove_tree"},
    {What::make_tree, 4, "make_tree"},
    {What::write_rules, 0, "write_rules"},
};

const Share& share_at(unsigned point) {
  for (const Share& share : kShares) {
    if (point < share.weight) return share;
    point -= share.weight;
  }
  return kShares[0];
}

constexpr unsigned total_weight() {
  unsigned total = 0;
  for (const Share& share : kShares) total += share.weight;
  return total;
}

unsigned mode_for(unsigned number) {
  constexpr unsigned kModes[] = {0755, 0700, 0777, 0711};
  return kModes[number % std::size(kModes)];
}

}  // namespace

std::string to_string(const Operation& operation) {
  std::string text = "?";
  for (const Share& share : kShares) {
    if (share.what == operation.what) text = share.name;
  }
  if (!operation.path.empty()) text += ' ' + operation.path;
  if (!operation.other.empty()) text += ' ' + operation.other;
  return text + ' ' + std::to_string(operation.number);
}

// By which what the names of tests stand for comes and goes.
std::string rules_for(unsigned number) {
  constexpr const char* kRules[] = {"a\n",        "b/\n",    "/c\n",       "*\n!*/\n!d\n", "a/b\n",       "**/c/d\n",
                                    "!a\n",       "*\n!a\n", "d\n!/d\n",   ".*\n",         "a/*\n!a/b\n", "[ab]\n",
                                    "a\nb\n!a\n", "",        "# none\n[\n"};
  return kRules[number % std::size(kRules)];
}

std::string Work::path() {
  std::string path = options_.tops[static_cast<std::size_t>(random_() % options_.tops.size())];
  const auto depth = 1 + random_() % options_.depth;
  for (std::uint64_t level = 0; level < depth; ++level) {
    path += '/' + options_.names[static_cast<std::size_t>(random_() % options_.names.size())];
  }
  return path;
}

Operation Work::next() {
  Operation operation;
  operation.what = share_at(static_cast<unsigned>(random_() % total_weight())).what;
  operation.number = static_cast<unsigned>(random_() % 1000);
  operation.path = path();
  if (options_.ignore_files && random_() % 12 == 0) return with_rules(std::move(operation));
  switch (operation.what) {
    case What::exchange:
      if (!options_.exchanges) operation.what = What::rename;
      [[fallthrough]];
    case What::make_hard_link:
      if (!options_.hard_links) operation.what = What::rename;
      [[fallthrough]];
    case What::rename: operation.other = path(); break;
    case What::make_link:
      if (!options_.links) operation.what = What::make_fifo;
      operation.other = operation.number % 2 == 0 ? path() : options_.names[0];
      break;
    case What::write_file:
      if (!options_.opens_truncating) operation.what = What::append;
      break;
    case What::change_mode:
      // Modes that take away the right to read: a directory that is closed, to be opened by a later change.
      operation.number = mode_for(operation.number);
      if (options_.closes_directories && random_() % 3 == 0) operation.number = random_() % 2 == 0 ? 0 : 0300;
      break;
    case What::write_held:
    case What::truncate_held:
    case What::change_mode_of_held:
    case What::let_go: operation.path.clear(); break;
    default: break;
  }
  return operation;
}

// A file of rules, or what makes a directory the top of a repository, is made, moved or removed.
Operation Work::with_rules(Operation operation) {
  const std::string directory = operation.path.substr(0, operation.path.rfind('/'));
  const auto kind = random_() % 8;
  const std::string name = kind == 0 ? "/.git" : kind == 1 ? "/.ignore" : "/.gitignore";
  operation.path = directory + name;
  switch (random_() % 6) {
    case 0: operation.what = kind == 0 ? What::remove_directory : What::remove; break;
    case 1:
      operation.what = What::rename;
      operation.other = path();
      if (random_() % 2 == 0) operation.other = operation.other.substr(0, operation.other.rfind('/')) + name;
      if (random_() % 2 == 0) std::swap(operation.path, operation.other);
      break;
    case 2:
      if (random_() % 4 == 0) {
        operation.what = random_() % 2 == 0 ? What::make_directory : What::truncate;
        break;
      }
      [[fallthrough]];
    default: operation.what = kind == 0 ? What::make_directory : What::write_rules; break;
  }
  return operation;
}

int Worker::run(const Operation& operation) {
  const auto time = std::chrono::seconds(1'000'000 + operation.number);
  const int held = held_[operation.number % kHeldMax];
  switch (operation.what) {
    case What::make_directory: return files_.make_directory(operation.path);
    case What::remove_directory: return files_.remove_directory(operation.path);
    case What::make_fifo: return files_.make_fifo(operation.path);
    case What::make_link: return files_.make_link(operation.other, operation.path);
    case What::make_hard_link: return files_.make_hard_link(operation.path, operation.other);
    case What::remove: return files_.remove(operation.path);
    case What::rename: return files_.rename(operation.path, operation.other);
    case What::exchange: return files_.exchange(operation.path, operation.other);
    case What::change_mode: return files_.change_mode(operation.path, operation.number);
    case What::set_times: return files_.set_times(operation.path, time, true);
    case What::set_content_time: return files_.set_times(operation.path, time, false);
    case What::truncate: return files_.truncate(operation.path);
    case What::write_file: return use_file(operation.path, Access::write, true);
    case What::append: return use_file(operation.path, Access::write, false);
    case What::read_file: return use_file(operation.path, Access::read, false);
    case What::hold_open: return hold(operation.number, operation.path);
    case What::write_held: return held == -1 ? EBADF : files_.write(held);
    case What::truncate_held: return held == -1 ? EBADF : files_.truncate(held);
    case What::change_mode_of_held: return held == -1 ? EBADF : files_.change_mode(held, mode_for(operation.number));
    case What::let_go: return let_go(operation.number);
    case What::remove_tree: return remove_tree(operation.path);
    case What::make_tree: return make_tree(operation.path);
    case What::write_rules: return files_.write_text(operation.path, rules_for(operation.number));
  }
  return EINVAL;
}

void Worker::let_go_of_all() {
  for (unsigned which = 0; which < kHeldMax; ++which) let_go(which);
}

int Worker::use_file(const std::string& path, Access access, bool truncate) {
  const sys::Outcome<int> file = files_.open(path, access, truncate);
  if (!file) return file.error;
  const int error = access == Access::read ? files_.read(file.value) : files_.write(file.value);
  files_.close(file.value);
  return error;
}

int Worker::hold(unsigned which, const std::string& path) {
  let_go(which);
  const sys::Outcome<int> file = files_.open(path, Access::write, false);
  if (!file) return file.error;
  held_[which % kHeldMax] = file.value;
  return 0;
}

int Worker::let_go(unsigned which) {
  int& held = held_[which % kHeldMax];
  if (held == -1) return EBADF;
  const int error = files_.close(held);
  held = -1;
  return error;
}

// Tries all names that tests use: to list the directory would be seen by those who watch it.
int Worker::remove_tree(const std::string& path) {
  int error = files_.remove(path);
  if (error != EISDIR) return error;
  error = files_.remove_directory(path);
  if (error != ENOTEMPTY) return error;
  for (const char* name : {"a", "b", "c", "d", "f", "s", ".git", ".gitignore", ".ignore"})
    remove_tree(path + '/' + name);
  return files_.remove_directory(path);
}

int Worker::make_tree(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    files_.make_directory(path.substr(0, slash));
  }
  return use_file(path, Access::write, true);
}

}  // namespace vigil::fake
