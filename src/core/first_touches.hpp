// What the records that are held say about names, for src/core/early.cpp.
#pragma once

#include <vigil/event.hpp>

#include "backend/backend.hpp"
#include "tree/tree.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace vigil::core {

// The first that is said of each name.
struct FirstTouches final : backend::Backend::TouchSink {
  using Touch = backend::Backend::Touch;

  struct First {
    Touch touch;  // whose names are those below
    std::string name;
    std::string new_name;
    EntryType type = EntryType::unknown;
    bool came_later = false;  // so that it is no wonder if it is there
  };

  void on_touch(const Touch& touch) override {
    some_directory_moved = some_directory_moved || (touch.is_move && touch.is_directory);
    const auto [known, is_first] = numbers_.try_emplace({touch.directory, std::string(touch.name)}, first.size());
    if (is_first) {
      first.push_back({touch, std::string(touch.name), std::string(touch.new_name)});
    } else if (!touch.existed && !touch.came_and_went) {
      first[known->second].came_later = true;
    }
  }

  std::vector<First> first;
  bool some_directory_moved = false;

 private:
  struct Name {
    tree::NodeId directory;
    std::string name;

    bool operator==(const Name&) const = default;
  };
  struct NameHash {
    std::size_t operator()(const Name& name) const { return std::hash<std::string>()(name.name) * 31 + name.directory; }
  };

  std::unordered_map<Name, std::size_t, NameHash> numbers_;
};

}  // namespace vigil::core
