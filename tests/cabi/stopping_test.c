/* Waiting, the descriptor, and ending both from elsewhere. */
#include "expect.h"

#include <string.h>

typedef struct waiter {
  vigil_watcher* watcher;
  int outcome;
} waiter;

static void wait_for_ever(void* argument) {
  waiter* const self = argument;
  vigil_batch* batch = NULL;
  do {
    vigil_batch_free(batch);
    batch = NULL;
    self->outcome = vigil_watcher_wait(self->watcher, -1, &batch);
  } while (self->outcome == VIGIL_OK);
}

static void add_for_ever(void* argument) {
  waiter* const self = argument;
  vigil_stats stats;
  while ((self->outcome = vigil_watcher_stats(self->watcher, &stats, sizeof stats)) == VIGIL_OK) {
  }
}

/* The handle is freed under the threads that wait with it. */
static void check_freed_under_threads(const char* directory) {
  int round = 0;
  for (round = 0; round < 20; ++round) {
    waiter waiters[3];
    thread* threads[3];
    int index = 0;
    vigil_watcher* const watcher = open_watching(NULL, directory);
    for (index = 0; index < 3; ++index) {
      waiters[index].watcher = watcher;
      threads[index] = start_thread(index == 2 ? add_for_ever : wait_for_ever, &waiters[index]);
    }
    if (round % 2 == 0) EXPECT(vigil_watcher_stop(watcher) == VIGIL_OK);
    vigil_watcher_free(watcher);
    for (index = 0; index < 3; ++index) join_thread(threads[index]);
    EXPECT(waiters[0].outcome == VIGIL_ERROR_STOPPED || waiters[0].outcome == VIGIL_ERROR_BAD_HANDLE);
    EXPECT(waiters[2].outcome == VIGIL_ERROR_BAD_HANDLE);
  }
}

static void check_stop(const char* directory) {
  vigil_watcher* const watcher = open_watching(NULL, directory);
  vigil_batch* batch = NULL;
  vigil_stats stats;
  EXPECT(vigil_watcher_stop(watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_stop(watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_wait(watcher, -1, &batch) == VIGIL_ERROR_STOPPED && batch == NULL);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), NULL) == VIGIL_ERROR_STOPPED);
  EXPECT(vigil_watcher_sync(watcher, 0) == VIGIL_ERROR_STOPPED);
  EXPECT(vigil_watcher_stats(watcher, &stats, sizeof stats) == VIGIL_OK);
  EXPECT(wait_until_readable(vigil_watcher_descriptor(watcher), 0));
  vigil_watcher_free(watcher);
}

static void check_descriptor(const char* directory) {
  char path[PATH_BYTES];
  vigil_watcher* const watcher = open_watching(NULL, directory);
  const intptr_t descriptor = vigil_watcher_descriptor(watcher);
  int found = 0;
  EXPECT(descriptor != -1);
  make_file(path_in(path, directory, "polled"));
  while (!found) {
    vigil_batch* batch = NULL;
    size_t stride = 0;
    size_t index = 0;
    const vigil_event* events = NULL;
    EXPECT(wait_until_readable(descriptor, (int)(PATIENCE / (SECOND / 1000))));
    EXPECT(vigil_watcher_wait(watcher, 0, &batch) == VIGIL_OK);
    events = vigil_batch_events(batch, &stride);
    for (index = 0; index < vigil_batch_size(batch); ++index) {
      const vigil_event* const event = vigil_event_at(events, stride, index);
      found = found || (event->kind == VIGIL_CREATED && strcmp(event->path.data, path) == 0);
    }
    vigil_batch_free(batch);
  }
  vigil_watcher_free(watcher);
}

static void check_time_outs(const char* directory) {
  vigil_watcher* const watcher = open_watching(NULL, directory);
  vigil_batch* batch = NULL;
  drain(watcher);
  EXPECT(vigil_watcher_sync(watcher, INT64_MAX) == VIGIL_OK);
  EXPECT(vigil_watcher_wait(watcher, 1, &batch) == VIGIL_OK && vigil_batch_size(batch) == 0);
  vigil_batch_free(batch);
  vigil_watcher_free(watcher);
}

void test_stopping(const char* directory) {
  check_stop(directory);
  check_descriptor(directory);
  check_time_outs(directory);
  check_freed_under_threads(directory);
}

typedef struct reader {
  vigil_directory directory;
  flag* begins;
  int outcome;
} reader;

static void read_once(void* argument) {
  reader* const self = argument;
  static uint32_t buffer[1024];
  size_t filled = 0;
  raise_flag(self->begins);
  self->outcome = vigil_read_directory_changes(self->directory, buffer, sizeof buffer, -1, &filled);
}

/* The blocking primitive: a read that another thread ends by closing the handle. */
void test_reads(const char* directory) {
  reader self;
  thread* started = NULL;
  memset(&self, 0, sizeof self);
  self.begins = make_flag();
  EXPECT(vigil_get_directory_handle(directory, 1, &self.directory) == VIGIL_OK);
  started = start_thread(read_once, &self);
  EXPECT(wait_for_flag(self.begins));
  EXPECT(vigil_close_directory_handle(self.directory) == VIGIL_OK);
  join_thread(started);
  EXPECT(self.outcome == VIGIL_ERROR_CANCELLED || self.outcome == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_cancel_directory_reads(self.directory) == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_cancel_directory_reads(UINT64_MAX) == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_cancel_directory_reads(0) == VIGIL_ERROR_BAD_HANDLE);
  free_flag(self.begins);
}
