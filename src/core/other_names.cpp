// Records that call an entry by another of its names. On Windows an entry is known in upper and lower case alike, and
// by a short name besides its own, and a record may bear the name by which somebody opened it. The tree knows it by the
// name it is listed under.
//
// Who has a short name now need not be who had it when the record was made: its former owner was renamed or removed
// then, of which a record is yet to come. So what such names led to is noted until the queue is empty.
#include "base/short_name.hpp"
#include "core/engine.hpp"
#include "core/errors.hpp"
#include "core/flags.hpp"

#include <utility>

namespace vigil::core {

namespace {

// Of names in directories that are not where the tree has them yet. More are as good as lost.
constexpr std::size_t kUnaskedMax = 256;

char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Whatever the system takes for upper and lower case: by the first letter of ASCII that is another.
bool differ_surely(std::string_view one, std::string_view other) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  for (std::size_t at = 0; at < one.size() && at < other.size(); ++at) {
    if (!is_ascii(one[at]) || !is_ascii(other[at])) return false;
    if (in_lower_case(one[at]) != in_lower_case(other[at])) return true;
  }
  return false;
}

}  // namespace

// Of an entry that is named in the directory by a record. False: the record can tell no more than was noted.
bool Engine::call_by_listed_name(backend::Hint& hint) {
  using What = backend::Hint::What;
  const bool comes = hint.what == What::appeared || hint.what == What::moved_to;
  const bool goes = hint.what == What::vanished || hint.what == What::moved_from;
  bool is_named = true;
  if (tree_.find(hint.directory, hint.name) == tree::kNoNode) {
    is_named = comes ? call_new(hint) : call_known(hint, goes);
  }
  if (comes && is_named) {
    compare_who_is_back(hint);
    find_who_left(hint);
  }
  if (goes) compare_who_leaves(hint.directory, tree_.find(hint.directory, hint.name), hint.doubtful);
  return is_named;
}

// What comes bears its own name in all but ever. Where nothing has it any more, it is told of as it leaves if at all: a
// short name in the tree would be taken for whoever gets it next.
bool Engine::call_new(backend::Hint& hint) {
  Root* const root = root_of(hint.directory);
  if (root == nullptr || !base::may_be_short_name(hint.name)) return true;
  const ListedName listed = listed_name(hint.directory, hint.name);
  if (listed.state == Found::State::exists && listed.name == hint.name) return true;
  if (listed.state == Found::State::absent) return false;
  scan_later(hint.directory, *root, false);
  if (listed.state != Found::State::exists) return false;
  other_names_.used_in.insert(hint.directory);  // it may have had another name between this one and that
  use_name(hint, listed.name);
  hint.doubtful = true;
  return true;
}

bool Engine::call_known(backend::Hint& hint, bool goes) {
  const bool may_be_short = base::may_be_short_name(hint.name);
  if (!may_be_short && is_of_no_concern(hint.directory, hint.name, false)) return true;
  if (const NodeId node = find_in_other_case(hint.directory, hint.name); node != tree::kNoNode) {
    use_name(hint, tree_.name(node));
    return true;
  }
  return goes ? call_gone(hint, may_be_short) : call_changed(hint, may_be_short);
}

// The disk cannot say any more whose name it was.
bool Engine::call_gone(const backend::Hint& hint, bool may_be_short) {
  Root* const root = root_of(hint.directory);
  if (!may_be_short || root == nullptr) return true;
  scan_later(hint.directory, *root, false);
  other_names_.left.emplace(hint.directory, drained_at_);
  other_names_.left_from = hint.directory;
  other_names_.left_token = hint.what == backend::Hint::What::moved_from ? hint.token : 0;
  return false;
}

bool Engine::call_changed(backend::Hint& hint, bool may_be_short) {
  const ListedName listed = listed_name(hint.directory, hint.name);
  const bool is_own = listed.state == Found::State::exists && listed.name == hint.name;
  if (is_own || (!may_be_short && listed.state != Found::State::exists)) return true;
  other_names_.used_in.insert(hint.directory);
  if (listed.state == Found::State::unknown) ask_later(hint.directory, hint.name);
  if (listed.state != Found::State::exists) return false;
  use_name(hint, listed.name);
  return tree_.find(hint.directory, hint.name) != tree::kNoNode;  // or else it came after the record
}

// A directory that a path goes through. `name` becomes the one it is listed under, where there is one.
Engine::NodeId Engine::find_by_other_name(NodeId directory, std::string& name) {
  const bool may_be_short = base::may_be_short_name(name);
  if (!may_be_short && is_of_no_concern(directory, name, true)) return tree::kNoNode;
  if (const NodeId node = find_in_other_case(directory, name); node != tree::kNoNode) return node;
  if (!may_be_short && flag(directory, kScanDue)) return tree::kNoNode;  // it is new there
  ListedName listed = listed_name(directory, name);
  const bool is_other = listed.state == Found::State::exists && listed.name != name;
  if (!is_other && !may_be_short) return tree::kNoNode;
  other_names_.used_in.insert(directory);
  if (listed.state == Found::State::unknown) ask_later(directory, name);
  if (!is_other) return tree::kNoNode;
  name = std::move(listed.name);
  return tree_.find(directory, name);
}

// Where all that matters is one file, it may be told in other case.
bool Engine::is_of_no_concern(NodeId directory, std::string_view name, bool is_directory) {
  const Place& place = place_of(directory);
  if (!excluded(place, name, is_directory) || !excluded(place, name, true)) return false;
  // What is ignored as it is written here need not be as it is listed.
  if (place.root != nullptr && place.root->rules && find_in_other_case(directory, name) != tree::kNoNode) return false;
  return place.root == nullptr || !place.root->is_file() || !disk_.same_name(place.root->only, name);
}

// None where there are several.
Engine::NodeId Engine::find_in_other_case(NodeId directory, std::string_view name) const {
  NodeId found = tree::kNoNode;
  for (NodeId child = tree_.first_child(directory); child != tree::kNoNode; child = tree_.next_sibling(child)) {
    if (differ_surely(tree_.name(child), name) || !disk_.same_name(tree_.name(child), name)) continue;
    if (found != tree::kNoNode) return tree::kNoNode;
    found = child;
  }
  return found;
}

Engine::ListedName Engine::listed_name(NodeId directory, std::string_view name) {
  int error = 0;
  sys::Directory* const open = open_exactly(directory, error);
  if (open == nullptr) return {is_denied(error) ? Found::State::denied : Found::State::unknown, {}};
  sys::Outcome<std::string> listed = open->listed_name(name);
  if (!listed) return {not_found(listed.error), {}};
  return {Found::State::exists, std::move(listed.value)};
}

void Engine::use_name(backend::Hint& hint, std::string_view name) {
  other_names_.listed = name;
  hint.name = other_names_.listed;
}

// Something left under a name that nobody knows, and this comes: perhaps it is the same, which its identity tells.
void Engine::find_who_left(const backend::Hint& hint) {
  const NodeId from = other_names_.left_from;
  const std::uint32_t token = hint.what == backend::Hint::What::moved_to ? hint.token : 0;
  if (from == tree::kNoNode || token != other_names_.left_token) return;
  if (!tree_.alive(from) || tree_.root(from) != tree_.root(hint.directory)) return;
  const Found found = look(hint.directory, hint.name);
  if (!found.exists() || found.status.inode == 0) return;
  for (NodeId child = tree_.first_child(from); child != tree::kNoNode; child = tree_.next_sibling(child)) {
    if (tree_.inode(child) != found.status.inode || tree_.type(child) != found.status.type) continue;
    if (flag(child, kMoving) || flag(child, kHeld)) continue;
    other_names_.left_from = tree::kNoNode;
    compare_who_leaves(from, child, false);
    using What = backend::Hint::What;
    wait_for_other_half(
        {.what = token != 0 ? What::moved_from : What::vanished, .doubtful = true, .token = token, .directory = from},
        child);
    return;
  }
}

// Something left under a name that nobody knows, and this comes, which the tree holds as if it had never left: perhaps
// it is the same, and what was done to it elsewhere was not told.
void Engine::compare_who_is_back(const backend::Hint& hint) {
  const auto left = other_names_.left.find(hint.directory);
  const NodeId node = tree_.find(hint.directory, hint.name);
  if (left == other_names_.left.end() || node == tree::kNoNode) return;
  if (tree_.is_directory(node)) {
    compare_moved(node, left->second, {});
  } else if (tree_.type(node) == EntryType::file && !flag(node, kHeld)) {
    emit(Kind::modified, node, true);
  }
}

// What a name was looked up for may have been meant for this one, which had that name until it left. And where it is in
// doubt whether it left, it may be back, and was where it was not known.
void Engine::compare_who_leaves(NodeId directory, NodeId node, bool doubtful) {
  const bool is_known = node != tree::kNoNode;
  if (other_names_.used_in.contains(directory)) {
    if (!is_known || tree_.is_directory(node)) {
      compare_moved(directory, drained_at_, {});
    } else if (tree_.type(node) == EntryType::file && !flag(node, kHeld)) {
      emit(Kind::modified, node, true);
    }
  } else if (doubtful && is_known && tree_.is_directory(node)) {
    compare_moved(node, drained_at_, {});
  }
}

// The directory is not where the tree has it yet.
void Engine::ask_later(NodeId directory, std::string_view name) {
  if (other_names_.unasked.size() >= kUnaskedMax) {
    other_names_.unasked.clear();
    lost_records();
    return;
  }
  other_names_.unasked.push_back({directory, std::string(name), drained_at_});
}

// The queue is empty: whoever has a name has had it since.
void Engine::settle_other_names() {
  other_names_.used_in.clear();
  other_names_.left_from = tree::kNoNode;
  if (!is_listing() && doubts_.empty()) other_names_.left.clear();  // what left is not in the tree any more
  std::vector<OtherNames::Unasked> unasked;
  unasked.swap(other_names_.unasked);
  for (OtherNames::Unasked& each : unasked) {
    if (!tree_.alive(each.directory) || !tree_.is_directory(each.directory)) continue;
    const Root* const root = root_of(each.directory);
    if (root == nullptr || root->state == Root::State::waiting) continue;  // all is compared when it is restored
    const ListedName listed = listed_name(each.directory, each.name);
    if (listed.state == Found::State::unknown) other_names_.unasked.push_back(std::move(each));
    if (listed.state != Found::State::exists) continue;
    const NodeId node = tree_.find(each.directory, listed.name);
    if (node == tree::kNoNode) continue;
    if (tree_.is_directory(node)) {
      compare_moved(node, each.since, {});
    } else if (tree_.type(node) == EntryType::file && !flag(node, kHeld)) {
      emit(Kind::modified, node, true);
    }
  }
}

}  // namespace vigil::core
