/* Batches: as an array and as columns. */
#include "expect.h"

#include <string.h>

static int is_text(vigil_text text, const char* expected) {
  return text.data != NULL && text.size == strlen(expected) && strcmp(text.data, expected) == 0;
}

/* The first batch that tells that `path` is there now, and the event. (Wine tells some moves as two events.) */
static vigil_batch* batch_with(vigil_watcher* watcher, const char* path, const vigil_event** event) {
  for (;;) {
    vigil_batch* batch = NULL;
    size_t stride = 0;
    size_t index = 0;
    const vigil_event* events = NULL;
    EXPECT(vigil_watcher_wait(watcher, PATIENCE, &batch) == VIGIL_OK);
    EXPECT(vigil_batch_size(batch) != 0);
    events = vigil_batch_events(batch, &stride);
    EXPECT(vigil_batch_events(batch, &stride) == events);
    for (index = 0; index < vigil_batch_size(batch); ++index) {
      *event = vigil_event_at(events, stride, index);
      EXPECT(index == 0 || (*event)->seq > vigil_event_at(events, stride, index - 1)->seq);
      if ((*event)->kind == VIGIL_CREATED || (*event)->kind == VIGIL_RENAMED || (*event)->kind == VIGIL_READY) {
        if (is_text((*event)->path, path)) return batch;
      }
    }
    vigil_batch_free(batch);
  }
}

static void check_ready(vigil_watcher* watcher, const char* directory) {
  const vigil_event* ready = NULL;
  vigil_batch* const batch = batch_with(watcher, directory, &ready);
  EXPECT(ready->kind == VIGIL_READY && ready->type == VIGIL_DIRECTORY && ready->flags == 0 && ready->reserved == 0);
  EXPECT(is_text(ready->path, directory));
  EXPECT(ready->backend.size != 0 && ready->backend.data[ready->backend.size] == '\0');
  EXPECT(is_text(ready->from, "") && is_text(ready->reason, ""));
  EXPECT(ready->time > 0 && ready->seq > 0);
  vigil_batch_free(batch);
}

void test_events(const char* directory) {
  char one[PATH_BYTES];
  char other[PATH_BYTES];
  vigil_watcher* watcher = NULL;
  vigil_batch* batch = NULL;
  const vigil_event* event = NULL;

  EXPECT(vigil_watcher_open(NULL, &watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), NULL) == VIGIL_OK);
  check_ready(watcher, directory);

  make_file(path_in(one, directory, "one"));
  batch = batch_with(watcher, one, &event);
  EXPECT(is_text(event->path, one) && event->type == VIGIL_FILE);
  vigil_batch_free(batch);

  move_file(one, path_in(other, directory, "other"));
  batch = batch_with(watcher, other, &event);
  EXPECT(is_text(event->from, event->kind == VIGIL_RENAMED ? one : ""));
  EXPECT((event->flags & VIGIL_EVENT_REPLACED) == 0);
  vigil_watcher_free(watcher);
  EXPECT(is_text(event->path, other)); /* a batch outlives its watcher */
  vigil_batch_free(batch);
}

static const char* text_at(const void* block, vigil_texts texts, size_t index) {
  const char* text = (const char*)block + texts.offset;
  for (; index != 0; --index) text += strlen(text) + 1;
  return text;
}

static void check_columns(const vigil_batch* batch, const vigil_columns* columns, size_t size) {
  size_t stride = 0;
  size_t index = 0;
  const vigil_event* const events = vigil_batch_events(batch, &stride);
  const char* const block = (const char*)columns;
  EXPECT(size == columns->size && columns->columns_size == sizeof *columns);
  EXPECT(columns->count == vigil_batch_size(batch));
  for (index = 0; index < columns->count; ++index) {
    const vigil_event* const event = vigil_event_at(events, stride, index);
    uint64_t seq = 0;
    int64_t time = 0;
    memcpy(&seq, block + columns->seq + sizeof seq * index, sizeof seq);
    memcpy(&time, block + columns->time + sizeof time * index, sizeof time);
    EXPECT(seq == event->seq && time == event->time);
    EXPECT((uint8_t)block[columns->kind + index] == event->kind);
    EXPECT((uint8_t)block[columns->type + index] == event->type);
    EXPECT((columns->flags == 0 ? 0 : (uint8_t)block[columns->flags + index]) == event->flags);
    EXPECT(columns->code == 0 ? event->code == 0 : 1);
    EXPECT(strcmp(text_at(block, columns->path, index), event->path.data) == 0);
    EXPECT(strcmp(columns->from.offset == 0 ? "" : text_at(block, columns->from, index), event->from.data) == 0);
    EXPECT(strcmp(columns->backend.offset == 0 ? "" : text_at(block, columns->backend, index), event->backend.data) ==
           0);
  }
  EXPECT(columns->path.offset + columns->path.size <= size);
}

void test_columns(const char* directory) {
  char one[PATH_BYTES];
  char other[PATH_BYTES];
  vigil_watcher* const watcher = open_watching(NULL, directory);
  vigil_batch* batch = NULL;
  const vigil_columns* columns = NULL;
  const vigil_event* event = NULL;
  size_t size = 0;

  EXPECT(vigil_watcher_sync(watcher, PATIENCE) == VIGIL_OK);
  EXPECT(vigil_watcher_wait(watcher, 0, &batch) == VIGIL_OK);
  EXPECT(vigil_batch_size(batch) == 0);
  EXPECT(vigil_batch_columns(batch, &columns, &size) == VIGIL_OK);
  EXPECT(columns->count == 0 && columns->path.size == 0 && size == sizeof *columns);
  vigil_batch_free(batch);

  make_file(path_in(one, directory, "one"));
  move_file(one, path_in(other, directory, "other"));
  batch = batch_with(watcher, other, &event);
  EXPECT(vigil_batch_columns(batch, &columns, &size) == VIGIL_OK);
  EXPECT(((uintptr_t)columns & 7) == 0);
  EXPECT((columns->from.offset == 0) == (columns->from.size == 0));
  check_columns(batch, columns, size);
  vigil_batch_free(batch);

  EXPECT(vigil_watcher_remove(watcher, directory, strlen(directory)) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), NULL) == VIGIL_OK);
  batch = batch_with(watcher, directory, &event);
  EXPECT(vigil_batch_columns(batch, &columns, &size) == VIGIL_OK);
  EXPECT(columns->backend.size != 0);
  check_columns(batch, columns, size);
  vigil_batch_free(batch);
  vigil_watcher_free(watcher);
}
