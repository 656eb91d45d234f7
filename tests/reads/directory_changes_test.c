/* The C functions, from C. Prints the first expectation that fails and exits 1. */
#include <vigil/vigil.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <direct.h>
#define make_directory(path) _mkdir(path)
#define remove_directory(path) _rmdir(path)
#else
#include <sys/stat.h>
#include <unistd.h>
#define make_directory(path) mkdir(path, 0777)
#define remove_directory(path) rmdir(path)
#endif

#define EXPECT(what)                                                                              \
  do {                                                                                            \
    if (!(what)) {                                                                                \
      printf("line %d: %s failed; last error: %s (%d)\n", __LINE__, #what, vigil_error_message(), \
             vigil_error_os_code());                                                              \
      exit(1);                                                                                    \
    }                                                                                             \
  } while (0)

static void make_file(const char* path) {
  FILE* const file = fopen(path, "w");
  EXPECT(file != NULL);
  fclose(file);
}

int main(int argc, char** argv) {
  static uint32_t buffer[1024];
  char path[4096];
  vigil_directory directory = 0;
  size_t filled = 0;
  vigil_change first;

  EXPECT(argc == 2);
  (void)snprintf(path, sizeof path, "%s/file", argv[1]);
  (void)remove(path);
  (void)remove_directory(argv[1]);

  EXPECT(vigil_get_directory_handle(argv[1], 0, &directory) == VIGIL_ERROR_NOT_FOUND);
  EXPECT(directory == 0);
  EXPECT(strstr(vigil_error_message(), argv[1]) != NULL);
  EXPECT(vigil_error_os_code() != 0);

  EXPECT(make_directory(argv[1]) == 0);
  EXPECT(vigil_get_directory_handle(NULL, 0, &directory) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_get_directory_handle(argv[1], 0, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_get_directory_handle(argv[1], 0, &directory) == VIGIL_OK);
  EXPECT(directory != 0);

  EXPECT(vigil_read_directory_changes(directory, NULL, 16, 0, &filled) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_read_directory_changes(directory, buffer, sizeof buffer, 0, NULL) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_read_directory_changes(directory, buffer, 0, 0, &filled) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_read_directory_changes(directory, (char*)buffer + 1, 64, 0, &filled) == VIGIL_ERROR_INVALID_ARGUMENT);
  EXPECT(vigil_read_directory_changes(directory, buffer, sizeof buffer, 1000000, &filled) == VIGIL_ERROR_TIMED_OUT);

  make_file(path);
  EXPECT(vigil_read_directory_changes(directory, buffer, sizeof buffer, -1, &filled) == VIGIL_OK);
  EXPECT(filled >= sizeof first + 8);
  memcpy(&first, buffer, sizeof first);
  EXPECT(first.action == VIGIL_ACTION_ADDED);
  EXPECT(first.name_bytes == 8);
  EXPECT(((const uint16_t*)buffer)[6] == 'f' && ((const uint16_t*)buffer)[9] == 'e');

  EXPECT(vigil_cancel_directory_reads(directory) == VIGIL_OK);
  EXPECT(vigil_close_directory_handle(directory) == VIGIL_OK);
  EXPECT(vigil_close_directory_handle(directory) == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_cancel_directory_reads(directory) == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_read_directory_changes(directory, buffer, sizeof buffer, -1, &filled) == VIGIL_ERROR_BAD_HANDLE);
  EXPECT(vigil_get_directory_handle(path, 0, &directory) == VIGIL_ERROR_NOT_WATCHABLE);

  EXPECT(remove(path) == 0);
  EXPECT(remove_directory(argv[1]) == 0);
  return 0;
}
