#include "backend/isolated/protocol.hpp"

#include <vigil/result.hpp>

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace vigil::backend::isolated {

namespace {

// What a conversation begins with, so that a program that is no helper is told from one of another version.
constexpr std::string_view kMagic = "vigil";

constexpr std::uint64_t kSynthetic = 8;
constexpr std::uint64_t kReplaced = 16;
constexpr std::uint64_t kAboutWatcher = 32;

bool is_change(Kind kind) { return kind <= Kind::accessed; }
bool has_identity(Kind kind) { return kind == Kind::created || kind == Kind::renamed || kind == Kind::modified; }

void write_time(Writer& writer, Timestamp time) { writer.signed_number(time.time_since_epoch().count()); }

Timestamp read_time(Reader& reader) { return Timestamp(std::chrono::nanoseconds(reader.signed_number())); }

void write_until(Writer& writer, const ToldUntil& until) {
  write_time(writer, until.time);
  writer.signed_number(until.moment.time_since_epoch().count());
}

ToldUntil read_until(Reader& reader) {
  ToldUntil until;
  until.time = read_time(reader);
  until.moment = std::chrono::steady_clock::time_point(std::chrono::steady_clock::duration(reader.signed_number()));
  return until;
}

void write_counters(Writer& writer, const Counters& counters) {
  writer.number(counters.records);
  writer.number(counters.losses);
  writer.number(counters.repairs);
  writer.number(counters.watches);
  writer.number(counters.directories_pending);
}

Counters read_counters(Reader& reader) {
  Counters counters;
  counters.records = reader.number();
  counters.losses = reader.number();
  counters.repairs = reader.number();
  counters.watches = reader.number();
  counters.directories_pending = reader.number();
  return counters;
}

int read_int(Reader& reader) {
  const std::int64_t value = reader.signed_number();
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) reader.fail();
  return reader.failed() ? 0 : static_cast<int>(value);
}

EntryType read_type(Reader& reader) {
  return static_cast<EntryType>(reader.number(static_cast<std::uint64_t>(EntryType::other)));
}

std::string_view read_path(Reader& reader) {
  const std::string_view path = reader.text(kPathBytesMax);
  if (path.find('\0') != std::string_view::npos) reader.fail();
  return path;
}

// Names separated by one "/" each; or nothing.
std::string_view read_relative_path(Reader& reader) {
  const std::string_view path = reader.text(kPathBytesMax);
  if (path.empty()) return path;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (!is_name(path.substr(begin, end - begin))) {
      reader.fail();
      return {};
    }
    begin = end + 1;
  }
  return path;
}

std::uint64_t bits_of(const Kinds& kinds) {
  std::uint64_t bits = 0;
  for (int kind = 0; kind < kKindCount; ++kind) {
    if (kinds.contains(static_cast<Kind>(kind))) bits |= std::uint64_t{1} << kind;
  }
  return bits;
}

Kinds kinds_of(std::uint64_t bits) {
  Kinds kinds;
  for (int kind = 0; kind < kKindCount; ++kind) {
    if ((bits >> kind & 1) != 0) kinds.insert(static_cast<Kind>(kind));
  }
  return kinds;
}

}  // namespace

void Inbox::add(std::string_view bytes) {
  if (nonsense_) return;
  bytes_.erase(0, read_);
  read_ = 0;
  bytes_.append(bytes);
}

Inbox::State Inbox::next(Message& message) {
  if (nonsense_) return State::nonsense;
  const std::string_view rest = std::string_view(bytes_).substr(read_);
  if (rest.size() < kHeaderBytes) return State::nothing;
  std::size_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8 | static_cast<unsigned char>(rest[i]);
  if (size > kContentBytesMax) {
    clear();
    nonsense_ = true;
    return State::nonsense;
  }
  if (rest.size() < kHeaderBytes + size) return State::nothing;
  message.type = static_cast<MessageType>(rest[4]);
  message.content = rest.substr(kHeaderBytes, size);
  read_ += kHeaderBytes + size;
  return State::message;
}

void Inbox::clear() {
  std::string().swap(bytes_);
  read_ = 0;
  nonsense_ = false;
}

Writer::Writer(std::string& out, MessageType type) : out_(out), begin_(out.size()) {
  out_.append(4, '\0');
  out_.push_back(static_cast<char>(type));
}

void Writer::number(std::uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

// The sign in the lowest bit, so that small numbers are short.
void Writer::signed_number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  number(value < 0 ? ~(bits << 1) : bits << 1);
}

void Writer::text(std::string_view text) {
  number(text.size());
  out_.append(text);
}

void Writer::finish() {
  if (std::exchange(finished_, true)) return;
  std::size_t size = content_bytes();
  assert(size <= kContentBytesMax);
  for (std::size_t i = 0; i < 4; ++i) {
    out_[begin_ + i] = static_cast<char>(size);
    size >>= 8;
  }
}

std::uint64_t Reader::number(std::uint64_t max) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty() && !failed_; shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    const std::uint64_t bits = byte & 0x7F;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift != 0) break;  // there is one way to write a number
    if (value > max) break;
    return value;
  }
  failed_ = true;
  return 0;
}

std::int64_t Reader::signed_number() {
  const std::uint64_t bits = number();
  return static_cast<std::int64_t>((bits & 1) != 0 ? ~(bits >> 1) : bits >> 1);
}

std::string_view Reader::text(std::size_t bytes_max) {
  const std::uint64_t size = number(bytes_max);
  if (size > rest_.size()) failed_ = true;
  if (failed_) return {};
  const auto length = static_cast<std::size_t>(size);  // no more than there is
  const std::string_view text = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return text;
}

void write(std::string& out, const Hello& hello) {
  Writer writer(out, MessageType::hello);
  writer.text(kMagic);
  writer.number(static_cast<std::uint64_t>(hello.role));
  writer.number(hello.version_min);
  writer.number(hello.version_max);
  writer.number(hello.capabilities);
}

// What a later version adds behind is left alone.
bool read(std::string_view content, Hello& hello) {
  Reader reader(content);
  if (reader.text(kMagic.size()) != kMagic) return false;
  hello.role = static_cast<Hello::Role>(reader.number(2));
  hello.version_min = reader.number();
  hello.version_max = reader.number();
  hello.capabilities = reader.number();
  return !reader.failed() && hello.version_min <= hello.version_max;
}

std::optional<std::uint64_t> common_version(const Hello& other) {
  const std::uint64_t version = std::min(kVersionMax, other.version_max);
  if (version < std::max(kVersionMin, other.version_min)) return std::nullopt;
  return version;
}

void write_texts(Writer& writer, const std::vector<std::string>& texts) {
  writer.number(texts.size());
  for (const std::string& text : texts) writer.text(text);
}

void read_texts(Reader& reader, std::vector<std::string>& texts) {
  const std::uint64_t count = reader.number(kTextsMax);
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) texts.emplace_back(reader.text(kPathBytesMax));
}

void write(std::string& out, const Watch& watch) {
  Writer writer(out, MessageType::watch);
  writer.text(watch.path);
  writer.text(watch.only);
  writer.number(watch.options.recursive ? 1 : 0);
  writer.number(watch.options.await_missing ? 1 : 0);
  write_texts(writer, watch.options.exclude);
  write_texts(writer, watch.options.exclude_regex);
  writer.number(watch.options.ignore.standard ? 1 : 0);
  writer.number(static_cast<std::uint64_t>(watch.options.ignore.rule_case));
  write_texts(writer, watch.options.ignore.more);
  writer.number(bits_of(watch.kinds));
  writer.number(watch.queue_bytes_max);
  writer.number(static_cast<std::uint64_t>(watch.hang_timeout.count()));
  writer.number(watch.known ? 1 : 0);
  write_until(writer, watch.told_until);
  writer.number(static_cast<std::uint64_t>(watch.backend));
  writer.number(watch.max_watches);
}

bool read(std::string_view content, Watch& watch) {
  Reader reader(content);
  watch.path = read_path(reader);
  watch.only = reader.text(kNameBytesMax);
  if (!watch.only.empty() && !is_name(watch.only)) return false;
  watch.options.recursive = reader.flag();
  watch.options.await_missing = reader.flag();
  read_texts(reader, watch.options.exclude);
  read_texts(reader, watch.options.exclude_regex);
  watch.options.ignore.standard = reader.flag();
  watch.options.ignore.rule_case =
      static_cast<RuleCase>(reader.number(static_cast<std::uint64_t>(RuleCase::insensitive)));
  read_texts(reader, watch.options.ignore.more);
  watch.kinds = kinds_of(reader.number((std::uint64_t{1} << kKindCount) - 1));
  watch.queue_bytes_max = static_cast<std::size_t>(reader.number(std::numeric_limits<std::size_t>::max()));
  constexpr auto kYear = std::chrono::milliseconds(std::chrono::hours(24 * 366));
  watch.hang_timeout = std::chrono::milliseconds(reader.number(static_cast<std::uint64_t>(kYear.count())));
  watch.known = reader.flag();
  watch.told_until = read_until(reader);
  watch.backend = static_cast<BackendChoice>(reader.number(static_cast<std::uint64_t>(BackendChoice::poll)));
  watch.max_watches = static_cast<std::size_t>(reader.number(std::numeric_limits<std::size_t>::max()));
  return reader.complete();
}

void write(std::string& out, const Answer& answer) {
  Writer writer(out, MessageType::answer);
  writer.number(static_cast<std::uint64_t>(answer.code));
  writer.signed_number(answer.os_code);
  writer.text(std::string_view(answer.message).substr(0, kReasonBytesMax));
}

bool read(std::string_view content, Answer& answer) {
  Reader reader(content);
  answer.code = static_cast<int>(reader.number(static_cast<std::uint64_t>(ErrorCode::bad_handle)));  // the last one
  answer.os_code = read_int(reader);
  answer.message = reader.text(kReasonBytesMax);
  return reader.complete();
}

void write(std::string& out, const Told& told) {
  Writer writer(out, MessageType::told);
  write_until(writer, told.until);
  writer.text(told.only);
  write_counters(writer, told.counters);
}

bool read(std::string_view content, Told& told) {
  Reader reader(content);
  told.until = read_until(reader);
  told.only = reader.text(kNameBytesMax);
  if (!told.only.empty() && !is_name(told.only)) return false;
  told.counters = read_counters(reader);
  return reader.complete();
}

void write(std::string& out, const Alive& alive) {
  Writer writer(out, MessageType::alive);
  writer.number(alive.number);
  write_counters(writer, alive.counters);
}

bool read(std::string_view content, Alive& alive) {
  Reader reader(content);
  alive.number = reader.number();
  alive.counters = read_counters(reader);
  return reader.complete();
}

void write_number(std::string& out, MessageType type, std::uint64_t number) { Writer(out, type).number(number); }

void write_failed(std::string& out, std::string_view reason) {
  Writer(out, MessageType::failed).text(reason.substr(0, kReasonBytesMax));
}

void write_begin(std::string& out) { Writer(out, MessageType::begin).finish(); }

bool read_number(std::string_view content, std::uint64_t& number) {
  Reader reader(content);
  number = reader.number();
  return reader.complete();
}

bool read_text(std::string_view content, std::string_view& text) {
  Reader reader(content);
  text = reader.text(kReasonBytesMax);
  return reader.complete();
}

void write(Writer& writer, const Entry& entry) {
  writer.number(entry.up);
  writer.number(static_cast<std::uint64_t>(entry.type));
  writer.number(entry.inode);
  writer.text(entry.name);
}

void read(Reader& reader, Entry& entry) {
  entry.up = reader.number();
  entry.type = read_type(reader);
  entry.inode = reader.number();
  entry.name = reader.text(kNameBytesMax);
  if (!is_name(entry.name)) reader.fail();
}

void write(Writer& writer, const ToldEvent& told) {
  const Event& event = told.event;
  writer.number(static_cast<std::uint64_t>(event.kind));
  writer.number(static_cast<std::uint64_t>(event.type) | (event.synthetic ? kSynthetic : 0) |
                (event.replaced ? kReplaced : 0) | (told.about_watcher ? kAboutWatcher : 0));
  write_time(writer, event.time);
  writer.text(event.path);
  if (is_change(event.kind)) {
    writer.signed_number(event.pid);
    if (event.kind == Kind::renamed) writer.text(event.from);
    if (has_identity(event.kind)) writer.number(told.inode);
    return;
  }
  writer.signed_number(event.code);
  writer.text(event.reason.substr(0, kReasonBytesMax));
  writer.text(event.backend);
}

void read(Reader& reader, ToldEvent& told) {
  told = {};
  Event& event = told.event;
  event.kind = static_cast<Kind>(reader.number(kKindCount - 1));
  const std::uint64_t bits = reader.number(2 * kAboutWatcher - 1);
  if ((bits & 7) > static_cast<std::uint64_t>(EntryType::other)) reader.fail();
  event.type = static_cast<EntryType>(bits & 7);
  event.synthetic = (bits & kSynthetic) != 0;
  event.replaced = (bits & kReplaced) != 0;
  told.about_watcher = (bits & kAboutWatcher) != 0;
  event.time = read_time(reader);
  event.path = read_relative_path(reader);
  if (event.replaced && event.kind != Kind::renamed) reader.fail();
  if (told.about_watcher && (event.kind != Kind::error || !event.path.empty())) reader.fail();
  if (is_change(event.kind)) {
    event.pid = read_int(reader);
    if (event.kind == Kind::renamed) event.from = read_relative_path(reader);
    if (has_identity(event.kind)) told.inode = reader.number();
    return;
  }
  event.code = read_int(reader);
  event.reason = reader.text(kReasonBytesMax);
  event.backend = reader.text(kNameBytesMax);
}

void write(Writer& writer, const Identity& identity) {
  writer.text(identity.path);
  writer.number(identity.inode);
}

void read(Reader& reader, Identity& identity) {
  identity.path = read_relative_path(reader);
  identity.inode = reader.number();
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace vigil::backend::isolated
