/* A directory among the other descriptors of an event loop (Linux): epoll DIRECTORY. Ends with its standard input. */
#include <vigil/vigil.h>

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static int fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, vigil_error_message());
  return 1;
}

static void print(const vigil_batch* batch) {
  size_t stride = 0;
  const vigil_event* events = vigil_batch_events(batch, &stride);
  for (size_t index = 0; index < vigil_batch_size(batch); ++index) {
    const vigil_event* event = vigil_event_at(events, stride, index);
    printf("%s %s\n", vigil_kind_name(event->kind), event->path.data);
  }
  fflush(stdout);
}

/* Whatever there is now, without waiting. */
static int drain(vigil_watcher* watcher) {
  vigil_batch* batch = NULL;
  if (vigil_watcher_wait(watcher, 0, &batch) != VIGIL_OK) return fail("wait");
  print(batch);
  vigil_batch_free(batch);
  return 0;
}

static int loop(vigil_watcher* watcher) {
  const int descriptors[] = {(int)vigil_watcher_descriptor(watcher), STDIN_FILENO};
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int index = 0; index < 2; ++index) {
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = descriptors[index]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptors[index], &wanted) != 0) return perror("epoll_ctl"), 1;
  }
  for (;;) {
    char line[256];
    struct epoll_event ready;
    if (epoll_wait(epoll, &ready, 1, -1) != 1) continue;
    if (ready.data.fd != STDIN_FILENO) {
      if (drain(watcher) != 0) return 1;
    } else if (read(STDIN_FILENO, line, sizeof line) <= 0) {
      close(epoll);
      return 0;
    }
  }
}

int main(int argc, char** argv) {
  vigil_watcher* watcher = NULL;
  if (argc != 2) return fprintf(stderr, "usage: epoll DIRECTORY\n"), 2;
  if (vigil_watcher_open(NULL, &watcher) != VIGIL_OK) return fail("open");
  if (vigil_watcher_add(watcher, argv[1], strlen(argv[1]), NULL) != VIGIL_OK) return fail("add");
  const int status = loop(watcher);
  vigil_watcher_free(watcher);
  return status;
}
