#include "snapshot/content_hash.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace vigil::snapshot {

namespace {

constexpr std::array<std::uint64_t, 8> kStart{0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                              0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                              0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

// The order in which each round takes the words of the block.
constexpr std::uint8_t kOrder[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};
constexpr int kRounds = 12;

std::uint64_t word_at(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  for (int i = 0; i < 8; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
  return word;
}

using Working = std::array<std::uint64_t, 16>;

void mix(Working& v, int a, int b, int c, int d, std::uint64_t x, std::uint64_t y) {
  v[a] = v[a] + v[b] + x;
  v[d] = std::rotr(v[d] ^ v[a], 32);
  v[c] = v[c] + v[d];
  v[b] = std::rotr(v[b] ^ v[c], 24);
  v[a] = v[a] + v[b] + y;
  v[d] = std::rotr(v[d] ^ v[a], 16);
  v[c] = v[c] + v[d];
  v[b] = std::rotr(v[b] ^ v[c], 63);
}

}  // namespace

ContentHasher::ContentHasher() : state_(kStart) {
  // No key, fan-out and depth of one, and the length.
  state_[0] ^= 0x01010000 ^ std::tuple_size_v<ContentHash>;
}

void ContentHasher::add(std::string_view piece) {
  while (!piece.empty()) {
    if (used_ == kBlock) compress(false);
    const std::size_t size = std::min(piece.size(), kBlock - used_);
    std::memcpy(block_.data() + used_, piece.data(), size);
    used_ += size;
    piece.remove_prefix(size);
  }
}

ContentHash ContentHasher::finish() {
  std::fill(block_.begin() + static_cast<std::ptrdiff_t>(used_), block_.end(), std::uint8_t{0});
  compress(true);
  ContentHash hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::uint8_t>(state_[i / 8] >> (8 * (i % 8)));
  return hash;
}

void ContentHasher::compress(bool is_last) {
  count_ += used_;
  used_ = 0;
  std::array<std::uint64_t, 16> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = word_at(block_.data() + 8 * i);
  Working v{};
  std::copy(state_.begin(), state_.end(), v.begin());
  std::copy(kStart.begin(), kStart.end(), v.begin() + 8);
  v[12] ^= count_;
  if (is_last) v[14] = ~v[14];
  for (int round = 0; round < kRounds; ++round) {
    const auto& order = kOrder[round % 10];
    mix(v, 0, 4, 8, 12, words[order[0]], words[order[1]]);
    mix(v, 1, 5, 9, 13, words[order[2]], words[order[3]]);
    mix(v, 2, 6, 10, 14, words[order[4]], words[order[5]]);
    mix(v, 3, 7, 11, 15, words[order[6]], words[order[7]]);
    mix(v, 0, 5, 10, 15, words[order[8]], words[order[9]]);
    mix(v, 1, 6, 11, 12, words[order[10]], words[order[11]]);
    mix(v, 2, 7, 8, 13, words[order[12]], words[order[13]]);
    mix(v, 3, 4, 9, 14, words[order[14]], words[order[15]]);
  }
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] ^= v[i] ^ v[i + 8];
}

}  // namespace vigil::snapshot
