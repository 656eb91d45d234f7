/* Options: of this version, of older and newer ones, and what they do. */
#include "expect.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct newer_options {
  vigil_options known;
  int64_t unknown[4];
} newer_options;

static void check_usual(void) {
  vigil_options options;
  vigil_root_options root;
  memset(&options, 0xab, sizeof options);
  memset(&root, 0xab, sizeof root);
  EXPECT(vigil_options_init(&options, sizeof options) == VIGIL_OK);
  EXPECT(options.struct_size == sizeof options && options.kinds == VIGIL_KINDS_DEFAULT);
  EXPECT(options.backend == VIGIL_BACKEND_AUTOMATIC && options.max_watches == 0 && options.settle < 0);
  EXPECT(options.max_latency == SECOND && options.queue_bytes_max == UINT64_C(32) << 20);
  EXPECT(options.callback == NULL && options.user == NULL && options.helper.size == 0);
  EXPECT(options.hang_timeout == 5 * SECOND && options.isolation == VIGIL_ISOLATION_NONE && options.reserved == 0);
  EXPECT(vigil_root_options_init(&root, sizeof root) == VIGIL_OK);
  EXPECT(root.struct_size == sizeof root && root.exclude_count == 0 && root.include_count == 0);
  EXPECT(root.recursive == 1 && root.initial == 0 && root.await_missing == 0 && root.reserved == 0);
}

/* Of an older program: what is beyond its struct is neither read nor written. */
static void check_older(void) {
  const size_t ends[] = {offsetof(vigil_options, backend), offsetof(vigil_options, settle),
                         offsetof(vigil_options, callback), offsetof(vigil_options, hang_timeout)};
  size_t index = 0;
  for (index = 0; index < sizeof ends / sizeof ends[0]; ++index) {
    unsigned char* const bytes = malloc(ends[index]); /* so that a sanitizer sees more than that read */
    vigil_watcher* watcher = NULL;
    EXPECT(bytes != NULL);
    EXPECT(vigil_options_init((vigil_options*)(void*)bytes, ends[index]) == VIGIL_OK);
    EXPECT(vigil_watcher_open((const vigil_options*)(const void*)bytes, &watcher) == VIGIL_OK);
    vigil_watcher_free(watcher);
    free(bytes);
  }
}

/* Of a newer program: fine as long as it asks for nothing new. */
static void check_newer(void) {
  newer_options newer;
  vigil_watcher* watcher = NULL;
  memset(&newer, 0xab, sizeof newer);
  EXPECT(vigil_options_init(&newer.known, sizeof newer) == VIGIL_OK);
  EXPECT(newer.known.struct_size == sizeof newer && newer.unknown[0] == 0 && newer.unknown[3] == 0);
  EXPECT(vigil_watcher_open(&newer.known, &watcher) == VIGIL_OK);
  vigil_watcher_free(watcher);
  watcher = NULL;
  newer.unknown[3] = 1;
  EXPECT(vigil_watcher_open(&newer.known, &watcher) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(watcher == NULL && strstr(vigil_error_message(), "newer") != NULL);
}

static void check_odd_sizes(void) {
  size_t size = 0;
  for (size = 0; size < sizeof(newer_options); ++size) {
    newer_options newer;
    vigil_watcher* watcher = NULL;
    int fits = 0;
    memset(&newer, 0, sizeof newer);
    fits = vigil_options_init(&newer.known, size) == VIGIL_OK;
    EXPECT(fits || newer.known.struct_size == 0);
    EXPECT(!fits || (size > sizeof newer.known.struct_size && newer.known.struct_size == size));
    newer.known.struct_size = size;
    EXPECT((vigil_watcher_open(&newer.known, &watcher) == VIGIL_OK) == fits);
    vigil_watcher_free(watcher);
  }
}

static void check_filters(const char* directory) {
  const vigil_text excluded[] = {{"*.o!", 3}, {"never", 5}}; /* the size says where a text ends, not a NUL */
  char path[PATH_BYTES];
  char never[PATH_BYTES];
  vigil_root_options root;
  vigil_watcher* watcher = NULL;

  EXPECT(vigil_root_options_init(&root, sizeof root) == VIGIL_OK);
  root.exclude = excluded;
  root.exclude_count = 2;
  root.initial = 1;
  make_file(path_in(never, directory, "a.o"));
  make_file(path_in(path, directory, "a.c"));
  EXPECT(vigil_watcher_open(NULL, &watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), &root) == VIGIL_OK);
  EXPECT(told_only(watcher, VIGIL_CREATED, path, never, VIGIL_KINDS_ALL));
  make_file(path_in(never, directory, "b.o"));
  make_file(path_in(path, directory, "b.c"));
  EXPECT(told_only(watcher, VIGIL_CREATED, path, never, VIGIL_KINDS_ALL));
  vigil_watcher_free(watcher);
}

static void check_ignoring(const char* directory) {
  const vigil_text excluded[] = {{"^never-\\d+$", 11}};
  const vigil_text rules = {NULL, 0};
  char file[PATH_BYTES];
  char path[PATH_BYTES];
  char never[PATH_BYTES];
  vigil_root_options root;
  vigil_watcher* watcher = NULL;
  FILE* out = NULL;

  EXPECT(vigil_root_options_init(&root, sizeof root) == VIGIL_OK);
  EXPECT(root.ignore == 0 && root.ignore_files_count == 0 && root.rule_case == VIGIL_RULE_CASE_AUTOMATIC);
  out = fopen(path_in(file, directory, ".gitignore"), "w");
  EXPECT(out != NULL && fputs("*.tmp\n", out) >= 0 && fclose(out) == 0);
  root.exclude_regex = excluded;
  root.exclude_regex_count = 1;
  root.ignore_files = &rules;
  root.ignore = 1;
  EXPECT(vigil_watcher_open(NULL, &watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), &root) == VIGIL_OK);
  drain(watcher);
  make_file(path_in(never, directory, "never-12"));
  make_file(path_in(never, directory, "x.tmp"));
  make_file(path_in(path, directory, "x.c"));
  EXPECT(told_only(watcher, VIGIL_CREATED, path, never, VIGIL_KINDS_ALL));
  vigil_watcher_free(watcher);
  EXPECT(remove(file) == 0);
}

static void check_kinds(const char* directory) {
  char path[PATH_BYTES];
  vigil_options options;
  vigil_watcher* watcher = NULL;

  EXPECT(vigil_options_init(&options, sizeof options) == VIGIL_OK);
  options.kinds = VIGIL_KIND_BIT(VIGIL_REMOVED);
  watcher = open_watching(&options, directory);
  make_file(path_in(path, directory, "kinds"));
  drain(watcher);
  EXPECT(remove(path) == 0);
  EXPECT(told_only(watcher, VIGIL_REMOVED, path, NULL, options.kinds));
  vigil_watcher_free(watcher);
}

/* Net delivery, with times that no clock could add: nothing comes before sync() asks for it. */
static void check_settle(const char* directory) {
  char path[PATH_BYTES];
  vigil_options options;
  vigil_watcher* watcher = NULL;
  vigil_batch* batch = NULL;

  EXPECT(vigil_options_init(&options, sizeof options) == VIGIL_OK);
  options.settle = INT64_MAX;
  options.max_latency = INT64_MAX;
  options.hang_timeout = INT64_MAX;
  watcher = open_watching(&options, directory);
  drain(watcher);
  make_file(path_in(path, directory, "settle"));
  EXPECT(vigil_watcher_wait(watcher, SECOND / 50, &batch) == VIGIL_OK);
  EXPECT(vigil_batch_size(batch) == 0);
  vigil_batch_free(batch);
  EXPECT(vigil_watcher_sync(watcher, -1) == VIGIL_OK);
  EXPECT(told_only(watcher, VIGIL_CREATED, path, NULL, VIGIL_KIND_BIT(VIGIL_CREATED))); /* and nothing of its writing */
  vigil_watcher_free(watcher);
}

void test_options(const char* directory) {
  check_usual();
  check_older();
  check_newer();
  check_odd_sizes();
  check_filters(directory);
  check_ignoring(directory);
  check_kinds(directory);
  check_settle(directory);
}
