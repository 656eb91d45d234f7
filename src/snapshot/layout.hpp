// The numbers of the format, for who writes it and who reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vigil::snapshot {

// The first byte is no letter, and the line ends are both kinds, so that a copy that took it for text shows.
inline constexpr std::string_view kMagic = "\x89VGL\r\n\x1a\n";

// Magic, version, flags, size; and at the end the checksum.
inline constexpr std::size_t kVersionOffset = 8;
inline constexpr std::size_t kFlagsOffset = 12;
inline constexpr std::size_t kSizeOffset = 16;
inline constexpr std::size_t kHeadSize = 24;
inline constexpr std::size_t kTailSize = 8;

inline constexpr std::uint32_t kHasHashes = 1;
inline constexpr std::uint32_t kIsWindows = 2;

inline constexpr char kOptionDirectOnly = 'd';
inline constexpr char kOptionExclude = 'x';
inline constexpr char kOptionInclude = 'i';
inline constexpr char kOptionExcludeRegex = 'X';
inline constexpr char kOptionIncludeRegex = 'I';
inline constexpr char kOptionIgnore = 'g';
inline constexpr char kOptionIgnoreFile = 'f';
inline constexpr char kOptionRuleCase = 'c';

// An entry's first byte: its type, and these.
inline constexpr std::uint8_t kTypeMask = 0x07;
inline constexpr std::uint8_t kListingKnown = 0x08;
inline constexpr std::uint8_t kListingProved = 0x10;
inline constexpr std::uint8_t kHashed = 0x20;

// No system has longer names: 255 bytes on Linux, 255 units of up to three bytes on Windows.
inline constexpr std::size_t kNameSizeMax = 4096;

// An entry takes so many bytes at least, a directory that was given one.
inline constexpr std::size_t kEntrySizeMin = 12;

inline constexpr std::uint64_t kChecksumSeed = 0x76696769'6c736e61;

}  // namespace vigil::snapshot
