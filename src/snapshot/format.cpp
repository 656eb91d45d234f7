#include "snapshot/format.hpp"

#include "snapshot/layout.hpp"
#include "tree/hash.hpp"

#include <cassert>
#include <cstring>

namespace vigil::snapshot {

namespace {

void put_fixed(std::string& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

void put_number(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

// Each a byte and a text, so that others can be added.
void put_options(std::string& out, const RootOptions& options) {
  std::string all;
  std::uint64_t count = 0;
  const auto put = [&](char option, std::string_view value) {
    ++count;
    all.push_back(option);
    put_text(all, value);
  };
  const auto put_each = [&](char option, const std::vector<std::string>& values) {
    for (const std::string& value : values) put(option, value);
  };
  if (!options.recursive) put(kOptionDirectOnly, {});
  put_each(kOptionExclude, options.exclude);
  put_each(kOptionInclude, options.include);
  put_each(kOptionExcludeRegex, options.exclude_regex);
  put_each(kOptionIncludeRegex, options.include_regex);
  if (options.ignore.standard) put(kOptionIgnore, {});
  put_each(kOptionIgnoreFile, options.ignore.more);
  const auto rule_case = static_cast<char>('0' + static_cast<int>(options.ignore.rule_case));
  if (options.ignore.rule_case != RuleCase::automatic) put(kOptionRuleCase, {&rule_case, 1});
  put_number(out, count);
  out += all;
}

std::uint64_t count_of(Timestamp time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

// So that small differences in either direction are small numbers.
std::uint64_t folded(std::uint64_t difference) { return difference << 1 ^ (difference >> 63 ? ~std::uint64_t{0} : 0); }

std::size_t common_size(std::string_view one, std::string_view other) {
  std::size_t size = 0;
  while (size < one.size() && size < other.size() && one[size] == other[size]) ++size;
  return size;
}

}  // namespace

std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t state = tree::mix(bytes.size() + kChecksumSeed);
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = bytes.size() < 8 ? bytes.size() : 8;
    for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    state = tree::mix(tree::mix(state ^ word));
    bytes.remove_prefix(size);
  }
  return tree::mix(state);
}

Writer::Writer(const Description& description) {
  bytes_ += kMagic;
  put_fixed(bytes_, kVersion, 4);
  std::uint32_t flags = 0;
  if (description.has_hashes) flags |= kHasHashes;
  if (description.system == System::windows) flags |= kIsWindows;
  put_fixed(bytes_, flags, 4);
  put_fixed(bytes_, 0, 8);  // the size, when it is known
  put_text(bytes_, description.path);
  put_text(bytes_, description.absolute);
  put_text(bytes_, description.only);
  put_number(bytes_, count_of(description.taken));
  put_number(bytes_, count_of(description.told_until));
  put_options(bytes_, description.options);
}

void Writer::add_untold(const Untold& untold) {
  ++untold_count_;
  untold_.push_back(static_cast<char>(untold.kind));
  untold_.push_back(static_cast<char>(untold.type));
  untold_.push_back(untold.replaced ? 1 : 0);
  put_text(untold_, untold.path);
  put_text(untold_, untold.from);
}

void Writer::begin(const Entry& root) {
  put_number(entries_, root.inode);
  put_fixed(entries_, root.signature, 8);
  last_inode_ = root.inode;
  entries_.push_back(
      static_cast<char>((root.listing.is_known ? kListingKnown : 0) | (root.listing.is_proved ? kListingProved : 0)));
  add_directory(root.listing);
}

void Writer::add_directory(const Listing& listing) {
  if (!listing.is_known) return;
  put_fixed(entries_, listing.times, 8);
  put_fixed(entries_, listing.names, 8);
  put_fixed(entries_, listing.inodes, 8);
}

void Writer::begin_directory(std::size_t entries) {
  put_number(entries_, entries);
  previous_.clear();
}

void Writer::add(const Entry& entry) {
  assert(entry.name > previous_);
  ++entry_count_;
  std::uint8_t head = static_cast<std::uint8_t>(entry.type);
  const bool is_directory = entry.type == EntryType::directory;
  if (is_directory && entry.listing.is_known) head |= kListingKnown;
  if (is_directory && entry.listing.is_proved) head |= kListingProved;
  if (entry.hash) head |= kHashed;
  entries_.push_back(static_cast<char>(head));
  const std::size_t shared = common_size(previous_, entry.name);
  put_number(entries_, shared);
  put_text(entries_, entry.name.substr(shared));
  previous_ = entry.name;
  put_number(entries_, folded(entry.inode - last_inode_));
  last_inode_ = entry.inode;
  put_fixed(entries_, entry.signature, 8);
  if (is_directory) add_directory(entry.listing);
  if (entry.hash) entries_.append(entry.hash->begin(), entry.hash->end());
}

std::string Writer::finish() {
  put_number(bytes_, untold_count_);
  bytes_ += untold_;
  put_number(bytes_, entry_count_);
  bytes_ += entries_;
  std::string size;
  put_fixed(size, bytes_.size() + kTailSize, 8);
  bytes_.replace(kSizeOffset, size.size(), size);
  put_fixed(bytes_, checksum(bytes_), 8);
  return std::move(bytes_);
}

}  // namespace vigil::snapshot
