/* The C functions, from C99: main DIRECTORY. Prints the first expectation that fails and exits 1. */
#include "expect.h"

#include <string.h>

void make_file(const char* path) {
  FILE* const file = fopen(path, "w");
  EXPECT(file != NULL);
  EXPECT(fputs("text", file) >= 0);
  EXPECT(fclose(file) == 0);
}

void move_file(const char* from, const char* to) { EXPECT(rename(from, to) == 0); }

static int is_in(const vigil_batch* batch, vigil_kind kind, const char* path, const char* never, uint32_t kinds) {
  size_t stride = 0;
  const vigil_event* const events = vigil_batch_events(batch, &stride);
  size_t index = 0;
  int found = 0;
  for (index = 0; index < vigil_batch_size(batch); ++index) {
    const vigil_event* const event = vigil_event_at(events, stride, index);
    EXPECT(never == NULL || strcmp(event->path.data, never) != 0);
    EXPECT(event->kind >= VIGIL_RESCAN || (VIGIL_KIND_BIT(event->kind) & kinds) != 0);
    found = found || (event->kind == kind && strcmp(event->path.data, path) == 0);
  }
  return found;
}

int told_only(vigil_watcher* watcher, vigil_kind kind, const char* path, const char* never, uint32_t kinds) {
  int found = 0;
  while (!found) {
    vigil_batch* batch = NULL;
    int was_empty = 0;
    if (vigil_watcher_wait(watcher, PATIENCE, &batch) != VIGIL_OK) return 0;
    found = is_in(batch, kind, path, never, kinds);
    was_empty = vigil_batch_size(batch) == 0;
    vigil_batch_free(batch);
    if (was_empty) return 0;
  }
  return 1;
}

int told(vigil_watcher* watcher, vigil_kind kind, const char* path) {
  return told_only(watcher, kind, path, NULL, VIGIL_KINDS_ALL);
}

void drain(vigil_watcher* watcher) {
  size_t count = 0;
  EXPECT(vigil_watcher_sync(watcher, PATIENCE) == VIGIL_OK);
  do {
    vigil_batch* batch = NULL;
    EXPECT(vigil_watcher_wait(watcher, 0, &batch) == VIGIL_OK);
    count = vigil_batch_size(batch);
    vigil_batch_free(batch);
  } while (count != 0);
}

vigil_watcher* open_watching(const vigil_options* options, const char* directory) {
  vigil_watcher* watcher = NULL;
  EXPECT(vigil_watcher_open(options, &watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), NULL) == VIGIL_OK);
  EXPECT(told(watcher, VIGIL_READY, directory));
  return watcher;
}

static void run(void (*test)(const char*), const char* directory) {
  remove_tree(directory);
  make_directory(directory);
  test(directory);
  remove_tree(directory);
}

int main(int argc, char** argv) {
  EXPECT(argc == 2);
  EXPECT(vigil_abi_version() == VIGIL_ABI_VERSION);
  EXPECT(strcmp(vigil_error_message(), "") == 0);
  run(test_events, argv[1]);
  run(test_columns, argv[1]);
  run(test_options, argv[1]);
  run(test_refusals, argv[1]);
  run(test_callback, argv[1]);
  run(test_stopping, argv[1]);
  run(test_reads, argv[1]);
  run(test_snapshots, argv[1]);
  return 0;
}
