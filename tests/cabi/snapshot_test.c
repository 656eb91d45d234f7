/* Snapshots. */
#include "expect.h"

#include <string.h>

static int has(const vigil_batch* batch, vigil_kind kind, const char* path) {
  size_t stride = 0;
  size_t index = 0;
  const vigil_event* const events = vigil_batch_events(batch, &stride);
  for (index = 0; index < vigil_batch_size(batch); ++index) {
    const vigil_event* const event = vigil_event_at(events, stride, index);
    EXPECT(event->kind != VIGIL_READY && event->kind != VIGIL_LIVE);
    EXPECT((event->flags & VIGIL_EVENT_SYNTHETIC) != 0);
    if (event->kind == kind && strcmp(event->path.data, path) == 0) return 1;
  }
  return 0;
}

static void check_files(const vigil_snapshot* before, const char* file) {
  vigil_snapshot* loaded = NULL;
  vigil_text path;
  uint64_t entries = 0;
  int64_t taken = 0;
  EXPECT(vigil_snapshot_save(before, file, strlen(file)) == VIGIL_OK);
  EXPECT(vigil_snapshot_load(file, strlen(file), &loaded) == VIGIL_OK);
  EXPECT(vigil_snapshot_describe(loaded, &path, &entries, &taken) == VIGIL_OK);
  EXPECT(path.size == strlen(path.data) && entries == 1 && taken > 0);
  EXPECT(vigil_snapshot_describe(loaded, NULL, NULL, NULL) == VIGIL_OK);
  vigil_snapshot_free(loaded);
  make_file(file);
  EXPECT(vigil_snapshot_load(file, strlen(file), &loaded) == VIGIL_ERROR_DAMAGED);
  EXPECT(strstr(vigil_error_message(), "is no snapshot of vigil") != NULL);
}

static void check_refusals(vigil_snapshot* freed) {
  vigil_snapshot* snapshot = NULL;
  vigil_batch* changes = NULL;
  vigil_watcher* watcher = NULL;
  vigil_root_options options;
  EXPECT(vigil_snapshot_save(NULL, "x", 1) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_snapshot_save(freed, "x", 1) == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_snapshot_changes(freed, &changes, &snapshot) == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_snapshot_take(NULL, 0, NULL, 0, &snapshot) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_snapshot_take("missing", 7, NULL, 0, &snapshot) == VIGIL_ERROR_NOT_FOUND);
  EXPECT(vigil_snapshot_take("missing", 7, NULL, 0, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_snapshot_load("missing", 7, &snapshot) == VIGIL_ERROR_NOT_FOUND);
  EXPECT(vigil_root_options_init(&options, sizeof options) == VIGIL_OK && options.since == NULL);
  options.since = freed;
  EXPECT(vigil_watcher_open(NULL, &watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, ".", 1, &options) == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_watcher_snapshot(watcher, ".", 1, &snapshot) == VIGIL_ERROR_NOT_WATCHED);
  vigil_watcher_free(watcher);
  vigil_snapshot_free(freed);
  vigil_snapshot_free(NULL);
}

void test_snapshots(const char* directory) {
  char one[PATH_BYTES];
  char other[PATH_BYTES];
  char file[PATH_BYTES];
  vigil_snapshot* before = NULL;
  vigil_snapshot* now = NULL;
  vigil_snapshot* after = NULL;
  vigil_batch* changes = NULL;
  vigil_watcher* watcher = NULL;
  vigil_root_options options;

  make_file(path_in(one, directory, "one"));
  EXPECT(vigil_snapshot_take(directory, strlen(directory), NULL, 0, &before) == VIGIL_OK);
  make_file(path_in(other, directory, "other"));
  EXPECT(vigil_snapshot_changes(before, &changes, &now) == VIGIL_OK);
  EXPECT(has(changes, VIGIL_CREATED, other));
  vigil_batch_free(changes);
  vigil_snapshot_free(now);

  EXPECT(vigil_root_options_init(&options, sizeof options) == VIGIL_OK);
  options.since = before;
  EXPECT(vigil_watcher_open(NULL, &watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), &options) == VIGIL_OK);
  EXPECT(told(watcher, VIGIL_CREATED, other));
  drain(watcher);
  EXPECT(vigil_watcher_snapshot(watcher, directory, strlen(directory), &now) == VIGIL_OK);
  vigil_watcher_free(watcher);
  EXPECT(vigil_snapshot_changes(now, &changes, &after) == VIGIL_OK);
  EXPECT(!has(changes, VIGIL_CREATED, other));
  vigil_batch_free(changes);
  vigil_snapshot_free(after);
  vigil_snapshot_free(now);

  check_files(before, path_in(file, directory, "file"));
  vigil_snapshot_free(before);
  check_refusals(before);
}
