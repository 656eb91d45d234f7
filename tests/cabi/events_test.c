/* Batches: as an array and as columns. */
#include "expect.h"

#include <string.h>

static const vigil_event* event_at(const vigil_event* events, size_t stride, size_t index) {
  return (const vigil_event*)((const char*)events + stride * index);
}

static vigil_batch* taken(vigil_watcher* watcher) {
  vigil_batch* batch = NULL;
  EXPECT(vigil_watcher_sync(watcher, PATIENCE) == VIGIL_OK);
  EXPECT(vigil_watcher_wait(watcher, 0, &batch) == VIGIL_OK);
  EXPECT(vigil_batch_size(batch) != 0);
  return batch;
}

static int is_text(vigil_text text, const char* expected) {
  return text.data != NULL && text.size == strlen(expected) && strcmp(text.data, expected) == 0;
}

static void check_ready(vigil_watcher* watcher, const char* directory) {
  vigil_batch* const batch = taken(watcher);
  size_t stride = 0;
  const vigil_event* const ready = vigil_batch_events(batch, &stride);
  EXPECT(stride >= sizeof *ready);
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
  const vigil_event* events = NULL;
  const vigil_event* created = NULL;
  const vigil_event* renamed = NULL;
  uint64_t seq = 0;
  size_t stride = 0;
  size_t index = 0;

  EXPECT(vigil_watcher_open(NULL, &watcher) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), NULL) == VIGIL_OK);
  check_ready(watcher, directory);

  make_file(path_in(one, directory, "one"));
  move_file(one, path_in(other, directory, "other"));
  batch = taken(watcher);
  events = vigil_batch_events(batch, &stride);
  EXPECT(vigil_batch_events(batch, &stride) == events);
  for (index = 0; index < vigil_batch_size(batch); ++index) {
    const vigil_event* const event = event_at(events, stride, index);
    EXPECT(event->seq > seq);
    seq = event->seq;
    if (event->kind == VIGIL_CREATED) created = event;
    if (event->kind == VIGIL_RENAMED) renamed = event;
  }
  EXPECT(created != NULL && is_text(created->path, one) && created->type == VIGIL_FILE);
  EXPECT(renamed != NULL && is_text(renamed->path, other) && is_text(renamed->from, one));
  EXPECT((renamed->flags & VIGIL_EVENT_REPLACED) == 0);
  vigil_watcher_free(watcher);
  EXPECT(is_text(renamed->path, other)); /* a batch outlives its watcher */
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
    const vigil_event* const event = event_at(events, stride, index);
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
  size_t size = 0;

  EXPECT(vigil_watcher_wait(watcher, 0, &batch) == VIGIL_OK);
  EXPECT(vigil_batch_size(batch) == 0);
  EXPECT(vigil_batch_columns(batch, &columns, &size) == VIGIL_OK);
  EXPECT(columns->count == 0 && columns->path.size == 0 && size == sizeof *columns);
  vigil_batch_free(batch);

  make_file(path_in(one, directory, "one"));
  move_file(one, path_in(other, directory, "other"));
  batch = taken(watcher);
  EXPECT(vigil_batch_columns(batch, &columns, &size) == VIGIL_OK);
  EXPECT(((uintptr_t)columns & 7) == 0);
  EXPECT(columns->from.size != 0 && columns->backend.offset == 0 && columns->flags == 0);
  check_columns(batch, columns, size);
  vigil_batch_free(batch);

  EXPECT(vigil_watcher_remove(watcher, directory, strlen(directory)) == VIGIL_OK);
  EXPECT(vigil_watcher_add(watcher, directory, strlen(directory), NULL) == VIGIL_OK);
  batch = taken(watcher); /* `ready`, which has a backend */
  EXPECT(vigil_batch_columns(batch, &columns, &size) == VIGIL_OK);
  EXPECT(columns->from.offset == 0 && columns->backend.size != 0);
  check_columns(batch, columns, size);
  vigil_batch_free(batch);
  vigil_watcher_free(watcher);
}
