// Trees deeper than any path may be long.
#pragma once

#include "support/model.hpp"

#include <cstddef>
#include <string>

namespace vigil::filesystems {

// As testing::listing_of(), a level at a time.
testing::Listing listing_of_deep(const std::string& directory);

// Everything in it.
void remove_deep(const std::string& directory);

// Makes a chain of `depth` directories called `name`, and gives a descriptor of the last, to be closed.
int make_deep(const std::string& directory, const std::string& name, std::size_t depth);

}  // namespace vigil::filesystems
