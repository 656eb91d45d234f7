// What the engine notes about a node, in the tree's eight bits.
#pragma once

#include <cstdint>

namespace vigil::core {

inline constexpr std::uint8_t kScanDue = 1;      // waits in the list of scans
inline constexpr std::uint8_t kHeld = 2;         // its creation is not told yet, for nobody could say what it is
inline constexpr std::uint8_t kDoubted = 4;      // waits in the list of doubts
inline constexpr std::uint8_t kMoving = 8;       // its name is known to be given up, where it went is not known yet
inline constexpr std::uint8_t kUnreadable = 16;  // a directory that could not be opened, which was told
inline constexpr std::uint8_t kSeen = 32;        // found by the listing under way
inline constexpr std::uint8_t kUnwatched = 64;   // a directory that the kernel would not watch
inline constexpr std::uint8_t kMissed = 128;     // was not there when it was last looked at

}  // namespace vigil::core
