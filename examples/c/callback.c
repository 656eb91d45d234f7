/* Events pushed to a function, each path at most once in 50 ms: callback DIRECTORY. Ends with its standard input. */
#include <vigil/vigil.h>

#include <stdio.h>
#include <string.h>

static int fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, vigil_error_message());
  return 1;
}

/* Called by a thread of the watcher's own, for one batch at a time. */
static void print(void* user, const vigil_event* events, size_t count, size_t stride) {
  FILE* const out = user;
  for (size_t index = 0; index < count; ++index) {
    const vigil_event* event = vigil_event_at(events, stride, index);
    fprintf(out, "%s %s\n", vigil_kind_name(event->kind), event->path.data);
  }
  fflush(out);
}

int main(int argc, char** argv) {
  const vigil_text excluded[] = {{".git", 4}, {"*.o", 3}};
  vigil_options options;
  vigil_root_options root;
  vigil_watcher* watcher = NULL;
  if (argc != 2) return fprintf(stderr, "usage: callback DIRECTORY\n"), 2;

  vigil_options_init(&options, sizeof options);
  options.settle = 50 * INT64_C(1000000);
  options.callback = print;
  options.user = stdout;
  if (vigil_watcher_open(&options, &watcher) != VIGIL_OK) return fail("open");

  vigil_root_options_init(&root, sizeof root);
  root.exclude = excluded;
  root.exclude_count = 2;
  if (vigil_watcher_add(watcher, argv[1], strlen(argv[1]), &root) != VIGIL_OK) return fail("add");

  while (getchar() != EOF) continue;
  vigil_watcher_free(watcher); /* no callback starts after this */
  return 0;
}
