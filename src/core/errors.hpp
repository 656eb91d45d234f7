// What a system's error code means for the engine.
#pragma once

#include "sys/error_codes.hpp"

#include <cstdint>

namespace vigil::core {

// The path does not lead to what it was thought to lead to.
inline bool is_gone(int error) { return sys::meaning_of(error) == sys::ErrorMeaning::gone; }

// Something is used up; later there may be some again.
inline bool is_limit(int error) { return sys::meaning_of(error) == sys::ErrorMeaning::limit; }

// Later it may be otherwise, and nothing will tell so.
inline bool may_pass(int error) {
  return is_limit(error) || (error != 0 && sys::meaning_of(error) == sys::ErrorMeaning::other);
}

// Of inode numbers, of which 0 is not known.
inline bool is_other_inode(std::uint64_t one, std::uint64_t other) { return one != 0 && other != 0 && one != other; }

inline bool is_denied(int error) { return sys::meaning_of(error) == sys::ErrorMeaning::denied; }

}  // namespace vigil::core
