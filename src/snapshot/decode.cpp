#include "snapshot/format.hpp"
#include "snapshot/layout.hpp"

#include <algorithm>
#include <string>

namespace vigil::snapshot {

namespace {

std::uint64_t fixed_at(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
  }
  return value;
}

Error refuse(std::string message) { return {ErrorCode::damaged, std::move(message)}; }

Timestamp time_of(std::uint64_t count) { return Timestamp(std::chrono::nanoseconds(static_cast<std::int64_t>(count))); }

std::uint64_t unfolded(std::uint64_t value) { return value >> 1 ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0); }

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameSizeMax && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

bool is_type(std::uint8_t number) { return number <= static_cast<std::uint8_t>(EntryType::other); }

std::string_view kDamaged = "is damaged: it does not say what a snapshot says";

}  // namespace

std::uint8_t Reader::Source::byte() {
  const std::string_view one = text(1);
  return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
}

std::uint64_t Reader::Source::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t next = byte();
    if (shift == 63 && next > 1) fail();
    value |= std::uint64_t{next & 0x7fu} << shift;
    if ((next & 0x80) == 0) return failed() ? 0 : value;
  }
  fail();
  return 0;
}

std::uint64_t Reader::Source::fixed() {
  const std::string_view bytes = text(8);
  return bytes.empty() ? 0 : fixed_at(bytes, 0, 8);
}

std::string_view Reader::Source::text(std::uint64_t size) {
  if (size > left()) fail();
  if (failed()) return {};
  const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(bytes.size());
  return bytes;
}

Result<Reader> Reader::open(std::string_view bytes) {
  const std::string_view beginning = bytes.substr(0, kMagic.size());
  if (beginning.empty()) return refuse("is empty: it is no snapshot of vigil");
  if (beginning != kMagic.substr(0, beginning.size())) return refuse("is no snapshot of vigil");
  if (bytes.size() < kHeadSize + kTailSize) return refuse("is cut off: there is only the beginning of a snapshot");
  const std::uint64_t version = fixed_at(bytes, kVersionOffset, 4);
  if (version != kVersion) {
    return refuse("was written by " + std::string(version > kVersion ? "a newer" : "another") +
                  " vigil: its format is " + std::to_string(version) + ", this one reads " + std::to_string(kVersion));
  }
  const std::uint64_t size = fixed_at(bytes, kSizeOffset, 8);
  if (size > bytes.size()) {
    return refuse("is cut off: it has " + std::to_string(bytes.size()) + " of " + std::to_string(size) + " bytes");
  }
  if (size < bytes.size() ||
      fixed_at(bytes, bytes.size() - kTailSize, 8) != checksum(bytes.substr(0, bytes.size() - kTailSize))) {
    return refuse("is damaged: its checksum is not that of what is in it");
  }
  Reader reader(bytes.substr(kHeadSize, bytes.size() - kHeadSize - kTailSize));
  const std::uint64_t flags = fixed_at(bytes, kFlagsOffset, 4);
  if ((flags & ~std::uint64_t{kHasHashes | kIsWindows}) != 0) return refuse(std::string(kDamaged));
  reader.description_.has_hashes = (flags & kHasHashes) != 0;
  reader.description_.system = (flags & kIsWindows) != 0 ? System::windows : System::posix;
  if (const std::string_view fault = reader.read_description(); !fault.empty()) return refuse(std::string(fault));
  reader.read_untold();
  reader.description_.entries = reader.source_.number();
  reader.read_entry(reader.root_, true);
  if (reader.source_.failed() || !Reader(reader).check_entries()) return refuse(std::string(kDamaged));
  return reader;
}

// What is wrong with it, or nothing.
std::string_view Reader::read_description() {
  description_.path = source_.text();
  description_.absolute = source_.text();
  description_.only = source_.text();
  description_.taken = time_of(source_.number());
  description_.told_until = time_of(source_.number());
  RootOptions& options = description_.options;
  for (std::uint64_t left = source_.number(); left > 0 && !source_.failed(); --left) {
    const char option = static_cast<char>(source_.byte());
    const std::string_view value = source_.text();
    if (source_.failed()) break;
    switch (option) {
      case kOptionDirectOnly: options.recursive = false; break;
      case kOptionExclude: options.exclude.emplace_back(value); break;
      case kOptionInclude: options.include.emplace_back(value); break;
      case kOptionExcludeRegex: options.exclude_regex.emplace_back(value); break;
      case kOptionIncludeRegex: options.include_regex.emplace_back(value); break;
      case kOptionIgnore: options.ignore.standard = true; break;
      case kOptionIgnoreFile: options.ignore.more.emplace_back(value); break;
      case kOptionRuleCase:
        if (value != "1" && value != "2") return kDamaged;
        options.ignore.rule_case = static_cast<RuleCase>(value.front() - '0');
        break;
      default: return "was written by a newer vigil: it was taken with options that this one does not know";
    }
  }
  const bool is_sound = !source_.failed() && !description_.path.empty() &&
                        description_.path.find('\0') == std::string::npos &&
                        (description_.only.empty() || is_name(description_.only));
  return is_sound ? std::string_view() : kDamaged;
}

void Reader::read_untold() {
  for (std::uint64_t left = source_.number(); left > 0 && !source_.failed(); --left) {
    Untold& untold = untold_.emplace_back();
    const std::uint8_t kind = source_.byte();
    const std::uint8_t type = source_.byte();
    const std::uint8_t replaced = source_.byte();
    untold.path = source_.text();
    untold.from = source_.text();
    if (kind > static_cast<std::uint8_t>(Kind::accessed) || !is_type(type) || replaced > 1) source_.fail();
    untold.kind = static_cast<Kind>(kind);
    untold.type = static_cast<EntryType>(type);
    untold.replaced = replaced == 1;
  }
}

void Reader::read_name(Entry& entry) {
  const std::uint64_t shared = source_.number();
  const std::string_view rest = source_.text();
  if (shared > name_.size()) return source_.fail();
  // In order, so that none is there twice: it goes on after what is shared with a greater byte, or is longer.
  const auto at = static_cast<std::size_t>(shared);
  const bool is_greater = !rest.empty() && (at == name_.size() || static_cast<unsigned char>(rest.front()) >
                                                                      static_cast<unsigned char>(name_[at]));
  name_.resize(at);
  name_ += rest;
  if (!is_greater || !is_name(name_)) source_.fail();
  entry.name = name_;
}

void Reader::read_entry(Entry& entry, bool is_root) {
  entry = {};
  const auto read_numbers = [&] {
    entry.inode = is_root ? source_.number() : last_inode_ + unfolded(source_.number());
    last_inode_ = entry.inode;
    entry.signature = source_.fixed();
  };
  std::uint8_t head = 0;
  if (is_root) {
    read_numbers();
    head = source_.byte();
    if ((head & (kTypeMask | kHashed)) != 0) source_.fail();
    entry.type = EntryType::directory;
  } else {
    head = source_.byte();
    if (!is_type(head & kTypeMask)) source_.fail();
    entry.type = static_cast<EntryType>(head & kTypeMask);
    read_name(entry);
    read_numbers();
  }
  if ((head & ~(kTypeMask | kListingKnown | kListingProved | kHashed)) != 0) source_.fail();
  const bool is_directory = entry.type == EntryType::directory;
  if (!is_directory && (head & (kListingKnown | kListingProved)) != 0) source_.fail();
  entry.listing.is_known = (head & kListingKnown) != 0;
  entry.listing.is_proved = (head & kListingProved) != 0;
  if (entry.listing.is_proved && !entry.listing.is_known) source_.fail();
  if (entry.listing.is_known) {
    entry.listing.times = source_.fixed();
    entry.listing.names = source_.fixed();
    entry.listing.inodes = source_.fixed();
  }
  if ((head & kHashed) == 0) return;
  if (entry.type != EntryType::file || !description_.has_hashes) return source_.fail();
  ContentHash hash{};
  const std::string_view bytes = source_.text(hash.size());
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  entry.hash = hash;
}

std::optional<std::size_t> Reader::next_directory() {
  if (directories_left_ == 0 || source_.failed()) return std::nullopt;
  --directories_left_;
  name_.clear();
  entries_left_ = source_.number();
  if (entries_left_ > source_.left() / kEntrySizeMin) source_.fail();
  return source_.failed() ? 0 : static_cast<std::size_t>(entries_left_);
}

const Entry& Reader::next() {
  read_entry(entry_, false);
  if (entry_.type == EntryType::directory) ++directories_left_;
  return entry_;
}

// On a copy: whether it can be read to its end.
bool Reader::check_entries() {
  std::uint64_t entries = 0;
  while (const std::optional<std::size_t> count = next_directory()) {
    for (std::size_t left = *count; left > 0 && !source_.failed(); --left) (void)next();
    entries += *count;
  }
  return !source_.failed() && source_.left() == 0 && entries == description_.entries;
}

}  // namespace vigil::snapshot
