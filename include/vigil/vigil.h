/* vigil for C, and for whatever can call C. C99.
 *
 * Conventions:
 * (1) A function that can fail returns VIGIL_OK, which is 0, or one of the positive numbers of vigil_error. What it
 *     gives besides comes through pointers that are its last arguments, and is only written on success.
 * (2) What failed is told in words by vigil_error_message() and by the system's own number, vigil_error_os_code(); both
 *     are those of the calling thread's last call that failed.
 * (3) Texts are UTF-8 and end in a NUL. A path on Linux is any bytes; on Windows unpaired surrogates are kept, written
 *     as UTF-8 would write them if it could (WTF-8).
 * (4) Times are nanoseconds. A time-out below zero is for ever, zero is not to wait.
 * (5) Every function may be called from any thread, and none keeps a pointer it was given.
 * (6) No exception leaves a function: where memory runs out, it fails with VIGIL_ERROR_OUT_OF_MEMORY.
 */
#ifndef VIGIL_VIGIL_H
#define VIGIL_VIGIL_H

#include <vigil/export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers never change their meaning; new ones are added. */
typedef enum vigil_error {
  VIGIL_OK = 0,
  VIGIL_ERROR_INVALID_ARGUMENT = 1,
  VIGIL_ERROR_INVALID_PATTERN = 2,
  VIGIL_ERROR_NOT_FOUND = 3,
  VIGIL_ERROR_PERMISSION_DENIED = 4,
  VIGIL_ERROR_NOT_WATCHABLE = 5,
  VIGIL_ERROR_ALREADY_WATCHED = 6,
  VIGIL_ERROR_NOT_WATCHED = 7,
  VIGIL_ERROR_LIMIT_REACHED = 8,
  VIGIL_ERROR_STOPPED = 9,
  VIGIL_ERROR_TIMED_OUT = 10,
  VIGIL_ERROR_WOULD_DEADLOCK = 11,
  VIGIL_ERROR_SYSTEM = 12,
  VIGIL_ERROR_CANCELLED = 13,
  VIGIL_ERROR_BAD_HANDLE = 14,
  VIGIL_ERROR_OUT_OF_MEMORY = 1000
} vigil_error;

/* Why the calling thread's last call that failed did so: a sentence. Valid until the thread's next call; never NULL. */
VIGIL_EXPORT const char* vigil_error_message(void);

/* errno, or GetLastError() on Windows, of the system call that failed then; 0 where none did. */
VIGIL_EXPORT int vigil_error_os_code(void);

/* ---- Directory reads that any thread can end ----------------------------------------------------------------------
 *
 * vigil/directory_changes.hpp says all there is to know; these are the members of one DirectoryReader that the whole
 * process shares. It is never destroyed, so that a thread that still reads when the program ends does no harm. */

/* An open directory. Never used again; 0 is none. */
typedef uint64_t vigil_directory;

/* The actions of the records. */
#define VIGIL_ACTION_ADDED 1
#define VIGIL_ACTION_REMOVED 2
#define VIGIL_ACTION_MODIFIED 3
#define VIGIL_ACTION_RENAMED_OLD_NAME 4
#define VIGIL_ACTION_RENAMED_NEW_NAME 5

/* The head of a record in the buffer that vigil_read_directory_changes() fills. Its name follows at once. */
typedef struct vigil_change {
  uint32_t next_entry_offset; /* bytes from this record to the next; 0 in the last */
  uint32_t action;
  uint32_t name_bytes; /* of the name, UTF-16 without an end mark */
} vigil_change;

/* Opens a directory; with all below it unless `recursive` is 0. */
VIGIL_EXPORT int vigil_get_directory_handle(const char* path, int recursive, vigil_directory* directory);

/* Waits for changes and fills `buffer`, whose address is a multiple of 4, with records. `*filled` is the number of
 * bytes; 0 with VIGIL_OK says that more happened than fits, and that the directory is to be listed anew. */
VIGIL_EXPORT int vigil_read_directory_changes(vigil_directory directory, void* buffer, size_t size, int64_t timeout,
                                              size_t* filled);

/* Ends the reads that wait now with VIGIL_ERROR_CANCELLED; the directory stays open. */
VIGIL_EXPORT int vigil_cancel_directory_reads(vigil_directory directory);

/* Ends the reads that wait, and closes. When it returns the system touches none of their buffers any more. */
VIGIL_EXPORT int vigil_close_directory_handle(vigil_directory directory);

#ifdef __cplusplus
}
#endif

#endif
