#include "cabi/options.hpp"

#include "cabi/errors.hpp"
#include "cabi/snapshot.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vigil::cabi {

namespace {

// No version's struct is so large: the number is of something else.
constexpr std::size_t kStructSizeMax = 4096;

#define VIGIL_END_OF(type, member) (offsetof(type, member) + sizeof(type::member))

// Where the struct may end: after its first member but the size, or after any later one. Half a member is none.
constexpr std::size_t kOptionsEnds[] = {
    VIGIL_END_OF(vigil_options, kinds),       VIGIL_END_OF(vigil_options, backend),
    VIGIL_END_OF(vigil_options, max_watches), VIGIL_END_OF(vigil_options, settle),
    VIGIL_END_OF(vigil_options, max_latency), VIGIL_END_OF(vigil_options, queue_bytes_max),
    VIGIL_END_OF(vigil_options, callback),    VIGIL_END_OF(vigil_options, user),
    VIGIL_END_OF(vigil_options, helper),      VIGIL_END_OF(vigil_options, hang_timeout),
    VIGIL_END_OF(vigil_options, isolation),   sizeof(vigil_options)};

constexpr std::size_t kRootOptionsEnds[] = {
    VIGIL_END_OF(vigil_root_options, exclude_count),       VIGIL_END_OF(vigil_root_options, include_count),
    VIGIL_END_OF(vigil_root_options, recursive),           VIGIL_END_OF(vigil_root_options, initial),
    VIGIL_END_OF(vigil_root_options, await_missing),       VIGIL_END_OF(vigil_root_options, reserved),
    VIGIL_END_OF(vigil_root_options, exclude_regex_count), VIGIL_END_OF(vigil_root_options, include_regex_count),
    VIGIL_END_OF(vigil_root_options, ignore_files_count),  VIGIL_END_OF(vigil_root_options, ignore),
    VIGIL_END_OF(vigil_root_options, rule_case),           sizeof(vigil_root_options)};

#undef VIGIL_END_OF

template <typename Struct>
struct Usual;

template <>
struct Usual<vigil_options> {
  static constexpr std::span<const std::size_t> ends{kOptionsEnds};
  static vigil_options make() {
    const Options usual;
    vigil_options options{};
    options.struct_size = sizeof options;
    options.kinds = VIGIL_KINDS_DEFAULT;
    options.settle = -1;
    options.max_latency = std::chrono::nanoseconds(usual.max_latency).count();
    options.queue_bytes_max = usual.queue_bytes_max;
    options.helper = {"", 0};
    options.hang_timeout = std::chrono::nanoseconds(usual.hang_timeout).count();
    return options;
  }
};

template <>
struct Usual<vigil_root_options> {
  static constexpr std::span<const std::size_t> ends{kRootOptionsEnds};
  static vigil_root_options make() {
    vigil_root_options options{};
    options.struct_size = sizeof options;
    options.recursive = 1;
    return options;
  }
};

Error invalid(const std::string& message) { return {ErrorCode::invalid_argument, message}; }

template <typename Struct>
bool is_size_of_a_version(std::size_t size) {
  if (size > sizeof(Struct)) return size <= kStructSizeMax;
  return std::find(Usual<Struct>::ends.begin(), Usual<Struct>::ends.end(), size) != Usual<Struct>::ends.end();
}

template <typename Struct>
Error bad_size(std::size_t size) {
  return invalid("the options' struct_size is " + std::to_string(size) +
                 ", which no version of vigil uses; this one's is " + std::to_string(sizeof(Struct)) +
                 " (use the ..._init() function)");
}

template <typename Struct>
Result<Struct> whole_of(const Struct* options) {
  // What is there is read as bytes: there may be less than a whole struct.
  const void* const start = options;
  const auto* const bytes = static_cast<const unsigned char*>(start);
  std::size_t size = 0;
  std::memcpy(&size, bytes, sizeof size);
  if (!is_size_of_a_version<Struct>(size)) return bad_size<Struct>(size);
  for (std::size_t at = sizeof(Struct); at < size; ++at) {
    if (bytes[at] != 0) {
      return invalid("the options ask for something of a newer vigil than " + std::string(vigil_version_string()));
    }
  }
  Struct read = Usual<Struct>::make();
  std::memcpy(&read, bytes, std::min(size, sizeof read));
  if (read.reserved != 0) return invalid("a reserved member of the options is not 0");
  return read;
}

template <typename Struct>
int init(Struct* options, std::size_t size) {
  if (options == nullptr) return fail_for_null("the options");
  if (!is_size_of_a_version<Struct>(size)) return fail(bad_size<Struct>(size));
  Struct filled = Usual<Struct>::make();
  filled.struct_size = size;
  void* const start = options;
  std::memset(start, 0, size);
  std::memcpy(start, &filled, std::min(size, sizeof filled));
  return VIGIL_OK;
}

std::chrono::milliseconds rounded_up(std::int64_t nanoseconds) {
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(nanoseconds));
}

bool is_text(const vigil_text& text) {
  const bool possible = text.size <= static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());
  return possible && (text.data != nullptr || text.size == 0);
}

std::string string_of(const vigil_text& text) {
  return text.size == 0 ? std::string() : std::string(text.data, text.size);
}

Result<std::vector<std::string>> strings_of(const vigil_text* texts, std::size_t count, const char* what) {
  if (count > std::size_t{1} << 20) return invalid("the number of " + std::string(what) + " patterns is too large");
  if (texts == nullptr && count != 0) return invalid("the array of " + std::string(what) + " patterns is NULL");
  std::vector<std::string> strings;
  strings.reserve(count);
  for (const vigil_text& text : std::span(texts, count)) {
    if (!is_text(text)) return invalid("one of the " + std::string(what) + " patterns is NULL, or its size is none");
    strings.push_back(string_of(text));
  }
  return strings;
}

}  // namespace

Result<vigil_options> whole(const vigil_options* options) { return whole_of(options); }

Result<Options> options_of(const vigil_options* options) {
  if (options == nullptr) return Options{};
  const Result<vigil_options> read = whole_of(options);
  if (!read) return read.error();
  if ((read->kinds & ~VIGIL_KINDS_ALL) != 0) return invalid("the set of kinds has a bit that is of no kind");
  if (read->backend < VIGIL_BACKEND_AUTOMATIC || read->backend > VIGIL_BACKEND_POLL) {
    return invalid("there is no backend of number " + std::to_string(read->backend));
  }
  if (read->isolation < VIGIL_ISOLATION_NONE || read->isolation > VIGIL_ISOLATION_PROCESS) {
    return invalid("there is no isolation of number " + std::to_string(read->isolation));
  }
  if (!is_text(read->helper)) return invalid("the helper's path is NULL, or its size is none");
  constexpr std::uint64_t size_max = std::numeric_limits<std::size_t>::max();
  Options result;
  result.kinds = {};
  for (int kind = 0; kind < kKindCount; ++kind) {
    if ((read->kinds & VIGIL_KIND_BIT(kind)) != 0) result.kinds.insert(static_cast<Kind>(kind));
  }
  result.backend = static_cast<BackendChoice>(read->backend);
  result.max_watches = static_cast<std::size_t>(std::min(read->max_watches, size_max));
  if (read->settle >= 0) result.settle = rounded_up(read->settle);
  result.max_latency = rounded_up(read->max_latency);
  result.queue_bytes_max = static_cast<std::size_t>(std::min(read->queue_bytes_max, size_max));
  result.isolation = static_cast<Isolation>(read->isolation);
  result.helper = string_of(read->helper);
  result.hang_timeout = rounded_up(read->hang_timeout);
  return result;
}

Result<RootOptions> root_options_of(const vigil_root_options* options) {
  if (options == nullptr) return RootOptions{};
  const Result<vigil_root_options> read = whole_of(options);
  if (!read) return read.error();
  Result<std::vector<std::string>> exclude = strings_of(read->exclude, read->exclude_count, "exclude");
  if (!exclude) return std::move(exclude).error();
  Result<std::vector<std::string>> include = strings_of(read->include, read->include_count, "include");
  if (!include) return std::move(include).error();
  auto exclude_regex = strings_of(read->exclude_regex, read->exclude_regex_count, "exclude_regex");
  if (!exclude_regex) return std::move(exclude_regex).error();
  auto include_regex = strings_of(read->include_regex, read->include_regex_count, "include_regex");
  if (!include_regex) return std::move(include_regex).error();
  auto ignore_files = strings_of(read->ignore_files, read->ignore_files_count, "ignore_files");
  if (!ignore_files) return std::move(ignore_files).error();
  if (read->rule_case < VIGIL_RULE_CASE_AUTOMATIC || read->rule_case > VIGIL_RULE_CASE_INSENSITIVE) {
    return invalid("there is no rule case of number " + std::to_string(read->rule_case));
  }
  RootOptions result;
  result.exclude_regex = std::move(*exclude_regex);
  result.include_regex = std::move(*include_regex);
  result.ignore.standard = read->ignore != 0;
  result.ignore.more = std::move(*ignore_files);
  result.ignore.rule_case = static_cast<RuleCase>(read->rule_case);
  result.recursive = read->recursive != 0;
  result.exclude = std::move(*exclude);
  result.include = std::move(*include);
  result.initial = read->initial != 0;
  result.await_missing = read->await_missing != 0;
  if (read->since != nullptr) {
    const std::shared_ptr<const Snapshot> since = find_snapshot(read->since);
    if (!since) return Error(ErrorCode::bad_handle, "the snapshot was freed, or is none");
    result.since = *since;
  }
  return result;
}

}  // namespace vigil::cabi

extern "C" {

int vigil_options_init(vigil_options* options, size_t size) {
  return vigil::cabi::guarded([&] { return vigil::cabi::init(options, size); });
}

int vigil_root_options_init(vigil_root_options* options, size_t size) {
  return vigil::cabi::guarded([&] { return vigil::cabi::init(options, size); });
}

}  // extern "C"
