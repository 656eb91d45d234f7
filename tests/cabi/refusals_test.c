/* What makes no sense: an error, and never anything else. */
#include "expect.h"

#include <string.h>

static void check_names(void) {
  EXPECT(strcmp(vigil_kind_name(VIGIL_CREATED), "created") == 0);
  EXPECT(strcmp(vigil_kind_name(VIGIL_ERROR), "error") == 0);
  EXPECT(strcmp(vigil_kind_name(VIGIL_ERROR + 1), "unknown") == 0);
  EXPECT(strcmp(vigil_kind_name(-1), "unknown") == 0);
  EXPECT(strcmp(vigil_kind_name(256), "unknown") == 0); /* not "created", whose number it is in eight bits */
  EXPECT(strcmp(vigil_type_name(VIGIL_SYMLINK), "symlink") == 0);
  EXPECT(strcmp(vigil_type_name(INT32_MAX), "unknown") == 0);
  EXPECT(strcmp(vigil_error_name(VIGIL_OK), "ok") == 0);
  EXPECT(strcmp(vigil_error_name(VIGIL_ERROR_BAD_HANDLE), "bad_handle") == 0);
  EXPECT(strcmp(vigil_error_name(VIGIL_ERROR_OUT_OF_MEMORY), "out_of_memory") == 0);
  EXPECT(strcmp(vigil_error_name(16), "unknown") == 0);
  EXPECT(vigil_version_number() % 1000 < 1000 && strchr(vigil_version_string(), '.') != NULL);
}

static void expect_refused_options(const vigil_options* options) {
  vigil_watcher* watcher = NULL;
  EXPECT(vigil_watcher_open(options, &watcher) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(watcher == NULL);
  EXPECT(strlen(vigil_error_message()) != 0);
}

#define EXPECT_REFUSED(member, value)                                 \
  do {                                                                \
    vigil_options options;                                            \
    EXPECT(vigil_options_init(&options, sizeof options) == VIGIL_OK); \
    options.member = (value);                                         \
    expect_refused_options(&options);                                 \
  } while (0)

static void check_options(void) {
  vigil_watcher* watcher = NULL;
  EXPECT(vigil_options_init(NULL, sizeof(vigil_options)) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_root_options_init(NULL, sizeof(vigil_root_options)) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_open(NULL, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT_REFUSED(struct_size, 0);
  EXPECT_REFUSED(struct_size, 3);
  EXPECT_REFUSED(struct_size, SIZE_MAX);
  EXPECT_REFUSED(kinds, UINT32_C(1) << 15);
  EXPECT_REFUSED(kinds, UINT32_MAX);
  EXPECT_REFUSED(backend, -1);
  EXPECT_REFUSED(backend, 4);
  EXPECT_REFUSED(backend, INT32_MAX);
  EXPECT_REFUSED(max_latency, -1000000);
  EXPECT_REFUSED(max_latency, INT64_MIN);
  EXPECT_REFUSED(hang_timeout, 0);
  EXPECT_REFUSED(hang_timeout, INT64_MIN);
  EXPECT_REFUSED(isolation, 2);
  EXPECT_REFUSED(isolation, -1);
  EXPECT_REFUSED(reserved, 1);
  EXPECT_REFUSED(helper.size, 1 + (SIZE_MAX >> 1));
  (void)watcher;
}

static void expect_refused_root(vigil_watcher* watcher, const char* directory, const vigil_root_options* options,
                                int error) {
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), options) == error);
}

static void check_root_options(vigil_watcher* watcher, const char* directory) {
  const vigil_text null_text = {NULL, 1};
  const vigil_text endless_text = {"x", SIZE_MAX};
  const vigil_text bad_glob = {"[", 1};
  const vigil_text with_nul = {"a\0b", 3};
  vigil_root_options root;
  EXPECT(vigil_root_options_init(&root, sizeof root) == VIGIL_OK);
  root.exclude_count = 1;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_ARGUMENT);
  root.exclude = &null_text;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_ARGUMENT);
  root.exclude = &endless_text;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_ARGUMENT);
  root.exclude = &bad_glob;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_PATTERN);
  EXPECT(strstr(vigil_error_message(), "[") != NULL);
  root.exclude_count = SIZE_MAX;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_ARGUMENT);
  root.exclude_count = 0;
  root.include = &with_nul;
  root.include_count = 1;
  (void)vigil_watcher_add(watcher, directory, strlen(directory), &root); /* whatever it says */
  (void)vigil_watcher_remove(watcher, directory, strlen(directory));
  root.include_count = 0;
  root.include_regex = &bad_glob;
  root.include_regex_count = 1;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_PATTERN);
  root.include_regex_count = 0;
  root.ignore_files = &null_text;
  root.ignore_files_count = 1;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_ARGUMENT);
  root.ignore_files_count = 0;
  root.rule_case = 3;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_ARGUMENT);
  root.rule_case = VIGIL_RULE_CASE_AUTOMATIC;
  root.struct_size = 1;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_ARGUMENT);
  root.struct_size = sizeof root;
  root.reserved = -1;
  expect_refused_root(watcher, directory, &root, VIGIL_ERROR_INVALID_ARGUMENT);
}

static void check_paths(vigil_watcher* watcher, const char* directory) {
  char path[PATH_BYTES];
  EXPECT(vigil_watcher_add(watcher, NULL, 0, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_add(watcher, directory, 0, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_add(watcher, directory, SIZE_MAX, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_add(watcher, "a\0b", 3, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_remove(watcher, NULL, 0) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_remove(watcher, directory, SIZE_MAX) == VIGIL_ERROR_INVALID_ARGUMENT);
  (void)path_in(path, directory, "missing");
  EXPECT(vigil_watcher_add(watcher, path, strlen(path), NULL) == VIGIL_ERROR_NOT_FOUND);
  EXPECT(vigil_error_os_code() != 0 && strstr(vigil_error_message(), path) != NULL);
  EXPECT(vigil_watcher_remove(watcher, path, strlen(path)) == VIGIL_ERROR_NOT_WATCHED);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), NULL) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), NULL) == VIGIL_ERROR_ALREADY_WATCHED);
}

static void expect_bad_watcher(vigil_watcher* watcher, int error) {
  vigil_batch* batch = NULL;
  vigil_stats stats;
  EXPECT(vigil_watcher_add(watcher, ".", 1, NULL) == error);
  EXPECT(vigil_watcher_remove(watcher, ".", 1) == error);
  EXPECT(vigil_watcher_wait(watcher, 0, &batch) == error && batch == NULL);
  EXPECT(vigil_watcher_sync(watcher, 0) == error);
  EXPECT(vigil_watcher_stop(watcher) == error);
  EXPECT(vigil_watcher_stats(watcher, &stats, sizeof stats) == error);
  EXPECT(vigil_watcher_descriptor(watcher) == -1);
  vigil_watcher_free(watcher);
}

static void expect_bad_batch(vigil_batch* batch, int error) {
  const vigil_columns* columns = NULL;
  size_t size = 0;
  EXPECT(vigil_batch_size(batch) == 0);
  EXPECT(vigil_batch_events(batch, &size) == NULL);
  EXPECT(vigil_batch_columns(batch, &columns, &size) == error && columns == NULL);
  vigil_batch_free(batch);
}

static void check_handles(const char* directory) {
  vigil_watcher* const watcher = open_watching(NULL, directory);
  vigil_watcher* other = NULL;
  vigil_batch* batch = NULL;
  const vigil_columns* columns = NULL;
  size_t size = 0;
  int on_the_stack = 0;

  EXPECT(vigil_watcher_wait(watcher, 0, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_stats(watcher, NULL, 8) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_wait(watcher, 0, &batch) == VIGIL_OK);
  EXPECT(vigil_batch_events(batch, NULL) == NULL);
  EXPECT(vigil_batch_columns(batch, NULL, &size) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_batch_columns(batch, &columns, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  vigil_batch_free(batch);
  vigil_watcher_free(watcher);
  EXPECT(vigil_watcher_open(NULL, &other) == VIGIL_OK);

  expect_bad_batch(batch, VIGIL_ERROR_BAD_HANDLE);
  expect_bad_batch((vigil_batch*)(void*)&on_the_stack, VIGIL_ERROR_BAD_HANDLE);
  expect_bad_batch(NULL, VIGIL_ERROR_INVALID_ARGUMENT);
  expect_bad_watcher(watcher, VIGIL_ERROR_BAD_HANDLE); /* freed, though another was opened since */
  expect_bad_watcher((vigil_watcher*)(void*)&on_the_stack, VIGIL_ERROR_BAD_HANDLE);
  expect_bad_watcher((vigil_watcher*)UINTPTR_MAX, VIGIL_ERROR_BAD_HANDLE);
  expect_bad_watcher(NULL, VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_watcher_stop(other) == VIGIL_OK);
  vigil_watcher_free(other);
}

/* Structs that vigil fills, for older and newer programs. */
static void check_stats(vigil_watcher* watcher) {
  uint64_t room[32];
  memset(room, 0xab, sizeof room);
  EXPECT(vigil_watcher_stats(watcher, (vigil_stats*)(void*)room, 3 * sizeof room[0]) == VIGIL_OK);
  EXPECT(room[0] != UINT64_C(0xabababababababab) && room[3] == UINT64_C(0xabababababababab));
  EXPECT(vigil_watcher_stats(watcher, (vigil_stats*)(void*)room, sizeof room) == VIGIL_OK);
  EXPECT(((const vigil_stats*)(const void*)room)->roots == 1);
  EXPECT(room[sizeof(vigil_stats) / sizeof room[0]] == 0 && room[31] == 0);
  EXPECT(vigil_watcher_stats(watcher, (vigil_stats*)(void*)room, 0) == VIGIL_OK);
}

void test_refusals(const char* directory) {
  vigil_watcher* watcher = NULL;
  check_names();
  check_options();
  EXPECT(vigil_watcher_open(NULL, &watcher) == VIGIL_OK);
  check_root_options(watcher, directory);
  check_paths(watcher, directory);
  check_stats(watcher);
  vigil_watcher_free(watcher);
  check_handles(directory);
}
