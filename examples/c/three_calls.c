/* The blocking primitive: three_calls DIRECTORY. A thread reads until another closes the handle, at the end of the
 * standard input. The records are those of Windows, on every system. */
#include <vigil/vigil.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, vigil_error_message());
  return 1;
}

static void print(const char* at) {
  static const char* const actions[] = {"?", "added", "removed", "modified", "renamed from", "renamed to"};
  vigil_change record;
  do {
    memcpy(&record, at, sizeof record);
    printf("%s ", actions[record.action < 6 ? record.action : 0]);
    for (uint32_t byte = 0; byte < record.name_bytes; byte += 2) {
      uint16_t unit = 0;
      memcpy(&unit, at + sizeof record + byte, sizeof unit);
      putchar(unit < 0x80 ? unit : '?');
    }
    putchar('\n');
    at += record.next_entry_offset;
  } while (record.next_entry_offset != 0);
  fflush(stdout);
}

static void* read_until_closed(void* argument) {
  static uint32_t buffer[16 << 10];
  const vigil_directory* directory = argument;
  size_t filled = 0;
  while (vigil_read_directory_changes(*directory, buffer, sizeof buffer, -1, &filled) == VIGIL_OK) {
    if (filled == 0) {
      puts("more happened than fits: the directory is to be listed anew");
    } else {
      print((const char*)buffer);
    }
  }
  return NULL;
}

int main(int argc, char** argv) {
  vigil_directory directory = 0;
  pthread_t thread;
  if (argc != 2) return fprintf(stderr, "usage: three_calls DIRECTORY\n"), 2;
  if (vigil_get_directory_handle(argv[1], 1, &directory) != VIGIL_OK) return fail("open");
  if (pthread_create(&thread, NULL, read_until_closed, &directory) != 0) return 1;
  puts("ready");
  fflush(stdout);
  while (getchar() != EOF) continue;
  if (vigil_close_directory_handle(directory) != VIGIL_OK) return fail("close"); /* ends the read */
  pthread_join(thread, NULL);
  return 0;
}
