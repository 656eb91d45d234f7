// Numbers for the directories that are watched.
#pragma once

#include "tree/hash.hpp"
#include "tree/id_table.hpp"
#include "tree/names.hpp"
#include "tree/pool.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vigil::backend::fanotify {

// An identity (see decode.hpp) is kept once and has a number, dense and from 1 on; those of identities that were
// removed are used again. Some 45 bytes a directory with the handles of ext4. One thread at a time.
class IdentityTable {
 public:
  // Its number, new or old.
  std::int32_t add(std::string_view identity) {
    if (const std::int32_t known = find(identity); known != 0) return known;
    const std::uint32_t number = numbers_.take();
    numbers_[number].name = names_.acquire(identity);
    index_.insert(hash_of(number), number, [this](std::uint32_t other) { return hash_of(other); });
    return static_cast<std::int32_t>(number);
  }

  // 0 where there is none: what is told of others on the same file system ends here.
  std::int32_t find(std::string_view identity) const {
    const tree::NameId name = names_.find(identity);
    if (name == tree::kNoName) return 0;
    return static_cast<std::int32_t>(
        index_.find(tree::spread(name), [&](std::uint32_t number) { return numbers_[number].name == name; }));
  }

  void remove(std::int32_t number) {
    const auto id = static_cast<std::uint32_t>(number);
    index_.erase(hash_of(id), id, [this](std::uint32_t other) { return hash_of(other); });
    names_.release(numbers_[id].name);
    numbers_.give_back(id);
  }

  std::size_t size() const { return index_.size(); }
  std::size_t memory_bytes() const { return names_.memory_bytes() + index_.memory_bytes() + numbers_.memory_bytes(); }

 private:
  struct Number {
    tree::NameId name = tree::kNoName;
  };

  std::uint32_t hash_of(std::uint32_t number) const { return tree::spread(numbers_[number].name); }

  tree::Names names_;
  tree::IdTable index_;
  tree::Pool<Number> numbers_;
};

}  // namespace vigil::backend::fanotify
