/* What the C programs of the tests share: an expectation that prints and ends the program, and the system in few words.
 */
#ifndef VIGIL_TESTS_CABI_EXPECT_H
#define VIGIL_TESTS_CABI_EXPECT_H

#include <vigil/vigil.h>

#include <stdio.h>
#include <stdlib.h>

#define EXPECT(what)                                                                                      \
  do {                                                                                                    \
    if (!(what)) {                                                                                        \
      printf("%s:%d: %s failed; last error: %s (%d)\n", __FILE__, __LINE__, #what, vigil_error_message(), \
             vigil_error_os_code());                                                                      \
      exit(1);                                                                                            \
    }                                                                                                     \
  } while (0)

#define SECOND INT64_C(1000000000)
#define PATIENCE (60 * SECOND)

/* A descriptor or handle, as vigil_watcher_descriptor() gives it. 1 when it became readable, 0 after the time-out. */
int wait_until_readable(intptr_t descriptor, int milliseconds);

void make_directory(const char* path);
void make_file(const char* path);
void move_file(const char* from, const char* to);
void remove_tree(const char* path); /* what is not there is fine */

typedef struct thread thread;
thread* start_thread(void (*body)(void*), void* argument);
void join_thread(thread* started);

/* Set once, waited for by others. */
typedef struct flag flag;
flag* make_flag(void);
void raise_flag(flag* raised);
int wait_for_flag(flag* awaited); /* 0 when patience runs out */
void free_flag(flag* made);

/* "DIRECTORY/NAME" with this system's separator, in memory of the caller's. */
#define PATH_BYTES 1024
const char* path_in(char* path, const char* directory, const char* name);

/* A watcher of `directory`, with its VIGIL_READY taken. */
vigil_watcher* open_watching(const vigil_options* options, const char* directory);

/* Takes batches until there was an event of this kind and path; whether there was. */
int told(vigil_watcher* watcher, vigil_kind kind, const char* path);

/* The same; until then there may be no event of the path `never`, unless it is NULL, and none of other kinds. */
int told_only(vigil_watcher* watcher, vigil_kind kind, const char* path, const char* never, uint32_t kinds);

/* Takes what there is. */
void drain(vigil_watcher* watcher);

/* The parts of the test. Each makes `directory` anew. */
void test_events(const char* directory);
void test_columns(const char* directory);
void test_options(const char* directory);
void test_refusals(const char* directory);
void test_callback(const char* directory);
void test_stopping(const char* directory);
void test_reads(const char* directory);
void test_snapshots(const char* directory);

#endif
