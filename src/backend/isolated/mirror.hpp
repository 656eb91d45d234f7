// The program's copy of the tree of one root, as its helpers told of it.
#pragma once

#include "backend/isolated/protocol.hpp"
#include "tree/tree.hpp"

#include <cstddef>
#include <string_view>

namespace vigil::backend::isolated {

// Every event is checked against the tree before it changes it, so that whatever a helper says, what is passed on can
// be applied by a consumer. The file of a root that is a single file is an entry called kFileName. One thread at a
// time.
class Mirror {
 public:
  static constexpr std::string_view kFileName = ".";

  // A tree of its own within `tree`, which outlives it.
  explicit Mirror(tree::Tree& tree) : tree_(tree), root_(tree.add_root()) {}
  ~Mirror() {
    tree_.remove(root_, [](tree::NodeId) {});
  }
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  struct Applied {
    std::string_view fault{};      // why the event cannot be; nothing was changed then
    bool carries_entries = false;  // the entry has others in it, or had, where it was removed
    bool is_directory = false;
  };

  Applied apply(const ToldEvent& told);

  // The root is a single file that is there, or has entries of another kind.
  bool is_file() const { return tree_.find(root_, kFileName) != tree::kNoNode; }
  bool has_entries() const { return !is_file() && tree_.first_child(root_) != tree::kNoNode; }

  // Of an entry that may be gone or another by now: then nothing happens.
  void identify(const Identity& identity);

  // Walks the tree to tell another helper of it, a piece at a time. The tree must not change meanwhile.
  class Walk {
   public:
    explicit Walk(const Mirror& mirror)
        : mirror_(mirror), directory_(mirror.root_), next_(mirror.tree_.first_child(mirror.root_)) {}

    bool done() const { return next_ == tree::kNoNode; }

    // `only` is how the single file is called.
    void write_some(Writer& writer, std::size_t content_bytes_max, std::string_view only);

   private:
    const Mirror& mirror_;
    tree::NodeId directory_;
    tree::NodeId next_;
  };

 private:
  struct Place {
    tree::NodeId directory = tree::kNoNode;
    std::string_view name;
  };

  Place place_of(std::string_view path) const;
  tree::NodeId find(std::string_view path) const;
  Applied create(const ToldEvent& told);
  Applied remove(const ToldEvent& told);
  Applied rename(const ToldEvent& told);
  Applied change(const ToldEvent& told);
  void set_inode(tree::NodeId node, std::uint64_t inode);

  tree::Tree& tree_;
  tree::NodeId root_;
};

}  // namespace vigil::backend::isolated
