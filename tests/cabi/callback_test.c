/* Events pushed to a callback, which may do anything. */
#include "expect.h"

#include <string.h>

typedef struct seen {
  vigil_watcher* watcher;
  flag* found;
  char path[PATH_BYTES];
  size_t calls;
  int outcome;
  int sync_outcome;
} seen;

static void look(void* user, const vigil_event* events, size_t count, size_t stride) {
  seen* const self = user;
  size_t index = 0;
  EXPECT(count != 0 && stride >= sizeof *events);
  ++self->calls;
  for (index = 0; index < count; ++index) {
    const vigil_event* const event = vigil_event_at(events, stride, index);
    if (event->kind == VIGIL_CREATED && strcmp(event->path.data, self->path) == 0) raise_flag(self->found);
  }
}

static void sync_and_stop(void* user, const vigil_event* events, size_t count, size_t stride) {
  seen* const self = user;
  (void)events;
  (void)count;
  (void)stride;
  ++self->calls;
  if (self->calls != 1) return;
  self->sync_outcome = vigil_watcher_sync(self->watcher, PATIENCE);
  self->outcome = vigil_watcher_stop(self->watcher);
  raise_flag(self->found);
}

static void free_own(void* user, const vigil_event* events, size_t count, size_t stride) {
  seen* const self = user;
  (void)count;
  (void)stride;
  vigil_watcher_free(self->watcher);
  self->calls += events->path.size; /* they live until the callback returns */
  self->outcome = vigil_watcher_stop(self->watcher);
  raise_flag(self->found);
}

static void open_pushing(seen* user, vigil_callback callback, const char* directory) {
  vigil_options options;
  EXPECT(vigil_options_init(&options, sizeof options) == VIGIL_OK);
  options.callback = callback;
  options.user = user;
  memset(user, 0, sizeof *user);
  user->found = make_flag();
  (void)path_in(user->path, directory, "pushed");
  EXPECT(vigil_watcher_open(&options, &user->watcher) == VIGIL_OK);
}

static void check_pushed(const char* directory) {
  seen user;
  vigil_batch* batch = NULL;
  open_pushing(&user, look, directory);
  EXPECT(vigil_watcher_add(user.watcher, directory, strlen(directory), NULL) == VIGIL_OK);
  EXPECT(vigil_watcher_wait(user.watcher, 0, &batch) == VIGIL_ERROR_INVALID_ARGUMENT && batch == NULL);
  make_file(user.path);
  EXPECT(wait_for_flag(user.found));
  EXPECT(vigil_watcher_sync(user.watcher, PATIENCE) == VIGIL_OK);
  vigil_watcher_free(user.watcher);
  free_flag(user.found);
}

static void check_stopped_from_within(const char* directory) {
  seen user;
  open_pushing(&user, sync_and_stop, directory);
  (void)vigil_watcher_add(user.watcher, directory, strlen(directory), NULL); /* stopped meanwhile, or not yet */
  EXPECT(wait_for_flag(user.found));
  vigil_watcher_free(user.watcher); /* waits for the callback to return */
  EXPECT(user.outcome == VIGIL_OK && user.sync_outcome == VIGIL_ERROR_WOULD_DEADLOCK);
  EXPECT(user.calls == 1);
  free_flag(user.found);
}

static void check_freed_from_within(const char* directory) {
  seen user;
  open_pushing(&user, free_own, directory);
  (void)vigil_watcher_add(user.watcher, directory, strlen(directory), NULL);
  EXPECT(wait_for_flag(user.found));
  EXPECT(user.outcome == VIGIL_ERROR_BAD_HANDLE && user.calls == strlen(directory));
  EXPECT(vigil_watcher_add(user.watcher, directory, strlen(directory), NULL) == VIGIL_ERROR_BAD_HANDLE);
  free_flag(user.found);
}

void test_callback(const char* directory) {
  check_pushed(directory);
  check_stopped_from_within(directory);
  check_freed_from_within(directory);
}
