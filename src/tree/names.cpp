#include "tree/names.hpp"

#include "tree/hash.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>

namespace vigil::tree {

namespace {

// A piece in use: uses (32 bits), length of the name in bytes (16 bits), the name.
// A free piece: the next free piece, marked by the highest bit (32 bits); its size in units (16 bits); nothing.
// Pieces lie on even addresses only.
constexpr std::uint32_t kFree = std::uint32_t{1} << 31;
constexpr std::size_t kHeaderBytes = 6;
constexpr std::uint32_t kPieceUnitsMin = 4;
constexpr std::size_t kUnitBytes = 2;
constexpr std::size_t kChunksMax = std::size_t{1} << 15;  // of 2^16 units: numbers of pieces stay below kFree

struct Header {
  std::uint32_t first;
  std::uint16_t second;
};

Header header(const char* piece) {
  Header header{};
  std::memcpy(&header.first, piece, sizeof header.first);
  std::memcpy(&header.second, piece + sizeof header.first, sizeof header.second);
  return header;
}

void set_header(char* piece, std::uint32_t first, std::size_t second) {
  std::memcpy(piece, &first, sizeof first);
  const auto narrow = static_cast<std::uint16_t>(second);
  std::memcpy(piece + sizeof first, &narrow, sizeof narrow);
}

std::uint32_t units_for(std::size_t name_bytes) {
  return std::max(kPieceUnitsMin, static_cast<std::uint32_t>((kHeaderBytes + name_bytes + 1) / kUnitBytes));
}

bool is_free(const Header& header) { return (header.first & kFree) != 0; }
std::uint32_t next_free(const Header& header) { return header.first & ~kFree; }
std::uint32_t units_of(const Header& header) { return is_free(header) ? header.second : units_for(header.second); }

// Whether a piece can be cut off: what is left, if anything, must be a piece too.
bool fits(std::uint32_t units, std::uint32_t room) { return room == units || room >= units + kPieceUnitsMin; }

}  // namespace

char* Names::at(std::uint32_t unit) const {
  return static_cast<char*>(chunks_[unit >> kChunkShift].data()) + (unit % kChunkUnits) * kUnitBytes;
}

std::string_view Names::text(NameId id) const {
  const char* const piece = at(id);
  return {piece + kHeaderBytes, header(piece).second};
}

NameId Names::find(std::uint32_t hash, std::string_view name) const {
  return index_.find(hash, [&](NameId id) { return text(id) == name; });
}

NameId Names::find(std::string_view name) const { return find(hash_bytes(name), name); }

NameId Names::acquire(std::string_view name) {
  assert(name.size() <= std::numeric_limits<std::uint16_t>::max());
  const std::uint32_t hash = hash_bytes(name);
  NameId id = find(hash, name);
  if (id != kNoName) {
    const Header old = header(at(id));
    assert(old.first + 1 < kFree);
    set_header(at(id), old.first + 1, old.second);
    return id;
  }
  id = take(units_for(name.size()));
  set_header(at(id), 1, name.size());
  std::copy(name.begin(), name.end(), at(id) + kHeaderBytes);
  index_.insert(hash, id, [this](NameId other) { return hash_bytes(text(other)); });
  return id;
}

void Names::release(NameId id) {
  const Header old = header(at(id));
  assert(!is_free(old) && old.first != 0);
  if (old.first > 1) {
    set_header(at(id), old.first - 1, old.second);
    return;
  }
  index_.erase(hash_bytes(text(id)), id, [this](NameId other) { return hash_bytes(text(other)); });
  give_back(id, units_of(old));
}

std::uint32_t Names::take(std::uint32_t units) {
  if (units < kListedUnits && free_[units] != 0) {
    const std::uint32_t piece = free_[units];
    free_[units] = next_free(header(at(piece)));
    free_units_ -= units;
    return piece;
  }
  if (!fits(units, fresh_units_)) renew_fresh(units);
  const std::uint32_t piece = fresh_;
  set_fresh(fresh_ + units, fresh_units_ - units);
  return piece;
}

void Names::give_back(std::uint32_t piece, std::uint32_t units) {
  add_free(piece, units);
  units_given_back_ += units;
  // Joining looks at every piece, at each in use and each given back: so as much must have been given back to pay.
  const std::size_t units_in_use = units_held() - free_units_ - fresh_units_;
  if (free_units_ > units_held() / 2 && units_given_back_ > units_in_use) join_free();
}

void Names::add_free(std::uint32_t piece, std::uint32_t units) {
  std::uint32_t& list = free_[std::min(units, kListedUnits)];
  set_header(at(piece), kFree | list, units);
  list = piece;
  free_units_ += units;
}

void Names::set_fresh(std::uint32_t piece, std::uint32_t units) {
  fresh_ = piece;
  fresh_units_ = units;
}

void Names::renew_fresh(std::uint32_t units) {
  if (fresh_units_ != 0) add_free(fresh_, fresh_units_);
  set_fresh(0, 0);
  std::uint32_t previous = 0;
  for (std::uint32_t piece = free_[kListedUnits]; piece != 0;) {
    const Header found = header(at(piece));
    if (fits(units, found.second)) {
      if (previous == 0) {
        free_[kListedUnits] = next_free(found);
      } else {
        set_header(at(previous), found.first, header(at(previous)).second);
      }
      free_units_ -= found.second;
      set_fresh(piece, found.second);
      return;
    }
    previous = piece;
    piece = next_free(found);
  }
  add_chunk();
}

void Names::add_chunk() {
  if (absent_chunks_.empty()) {
    if (chunks_.size() == kChunksMax) throw std::bad_alloc();
    absent_chunks_.reserve(chunks_.size() + 1);
    chunks_.emplace_back();
    absent_chunks_.push_back(static_cast<std::uint32_t>(chunks_.size() - 1));
  }
  const std::uint32_t chunk = absent_chunks_.back();
  chunks_[chunk] = base::Pages(kChunkUnits * kUnitBytes);
  absent_chunks_.pop_back();
  set_fresh((chunk << kChunkShift) + 1, kChunkUnits - 1);
}

void Names::join_free() {
  if (fresh_units_ != 0) add_free(fresh_, fresh_units_);
  set_fresh(0, 0);
  free_.fill(0);
  free_units_ = 0;
  units_given_back_ = 0;
  for (std::uint32_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    if (chunks_[chunk].data() != nullptr) join_free(chunk);
  }
}

void Names::join_free(std::uint32_t chunk) {
  const std::uint32_t first = (chunk << kChunkShift) + 1;
  const std::uint32_t end = first + (kChunkUnits - 1);
  std::uint32_t free_from = first;  // everything from here to `piece` is free
  for (std::uint32_t piece = first; piece != end;) {
    const Header found = header(at(piece));
    const std::uint32_t next = piece + units_of(found);
    if (!is_free(found)) {
      if (free_from != piece) add_free(free_from, piece - free_from);
      free_from = next;
    }
    piece = next;
  }
  if (free_from == first) {
    chunks_[chunk] = base::Pages();
    absent_chunks_.push_back(chunk);
  } else if (free_from != end) {
    add_free(free_from, end - free_from);
  }
}

std::size_t Names::units_held() const { return (chunks_.size() - absent_chunks_.size()) * kChunkUnits; }

std::size_t Names::memory_bytes() const { return index_.memory_bytes() + (units_held() - fresh_units_) * kUnitBytes; }

}  // namespace vigil::tree
