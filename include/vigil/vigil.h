/* vigil for C, and for whatever can call C. C99.
 *
 * Conventions:
 * (1) A function that can fail returns VIGIL_OK, which is 0, or one of the positive numbers of vigil_error. What it
 *     gives besides comes through pointers that are its last arguments, and is only written on success.
 * (2) What failed is told in words by vigil_error_message() and by the system's own number, vigil_error_os_code(); both
 *     are those of the calling thread's last call that failed.
 * (3) Texts are UTF-8, with their size in bytes beside them. A path on Linux is any bytes; on Windows unpaired
 *     surrogates are kept, written as UTF-8 would write them if it could (WTF-8). No text holds a NUL. Texts that vigil
 *     gives end in one as well, which their size does not count; texts that it is given need none, but for the paths of
 *     vigil_get_directory_handle().
 * (4) Times are nanoseconds. A time-out below zero is for ever, zero is not to wait.
 * (5) Every function may be called from any thread, callbacks included, and none keeps a pointer it was given (but for
 *     `user`, which is the callback's). One batch is for one thread at a time.
 * (6) No exception leaves a function: where memory runs out, it fails with VIGIL_ERROR_OUT_OF_MEMORY.
 * (7) Handles (vigil_watcher*, vigil_batch*, vigil_snapshot*, vigil_directory) are never used again. A call with one
 * that was freed, or that never was one, fails with VIGIL_ERROR_BAD_HANDLE; a pointer that is NULL where there has to
 * be something, a number out of its range and the like fail with VIGIL_ERROR_INVALID_ARGUMENT. (8) Structs that a
 * program fills begin with their size, and an ..._init() function fills in the size and what is usual. So may one grow:
 * of the shorter struct of an older program what is missing is as usual; of the longer one of a newer program the end
 * has to be zero, as ..._init() leaves it, or the call fails. Structs that vigil fills are given their size beside
 * them. Enumerations grow at their end, and every number keeps its meaning. (9) In the child of a fork() every handle
 * of the parent is bad, and what it stood for on the system is closed in the child alone. The child can open its own.
 * (Not in the child of vfork() or posix_spawn(), which only calls exec().)
 */
#ifndef VIGIL_VIGIL_H
#define VIGIL_VIGIL_H

#include <vigil/export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ------------------------------------------------------------------------------------------------------
 */

/* What the header says. A program that loads the library itself compares: another number is another interface. */
#define VIGIL_ABI_VERSION 1

/* The library's version: as a text ("1.2.3"), and as major * 1000000 + minor * 1000 + patch. */
VIGIL_EXPORT const char* vigil_version_string(void);
VIGIL_EXPORT uint32_t vigil_version_number(void);

/* VIGIL_ABI_VERSION of the library. Changes only when a program that was compiled before could go wrong. */
VIGIL_EXPORT uint32_t vigil_abi_version(void);

/* ---- Errors -------------------------------------------------------------------------------------------------------
 */

/* vigil/result.hpp says what each means. */
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
  VIGIL_ERROR_DAMAGED = 15,
  VIGIL_ERROR_OUT_OF_MEMORY = 1000
} vigil_error;

/* Why the calling thread's last call that failed did so: a sentence that names the path, what stopped it and, where
 * there is one, the remedy. Valid until the thread's next call; never NULL. */
VIGIL_EXPORT const char* vigil_error_message(void);

/* errno, or GetLastError() on Windows, of the system call that failed then; 0 where none did. */
VIGIL_EXPORT int vigil_error_os_code(void);

/* "not_found" for VIGIL_ERROR_NOT_FOUND, and so on; "unknown" for what is no such number. */
VIGIL_EXPORT const char* vigil_error_name(int error);

/* ---- Events -------------------------------------------------------------------------------------------------------
 */

/* Bytes and their number. Of an empty text that vigil gives, `data` is "" and not NULL. */
typedef struct vigil_text {
  const char* data;
  size_t size;
} vigil_text;

/* docs/events.md says what each means. */
typedef enum vigil_kind {
  VIGIL_CREATED = 0,
  VIGIL_REMOVED = 1,
  VIGIL_RENAMED = 2,
  VIGIL_MODIFIED = 3,
  VIGIL_ATTRIBUTES = 4,
  VIGIL_CLOSED = 5,
  VIGIL_OPENED = 6,   /* only when asked for; Linux only */
  VIGIL_ACCESSED = 7, /* as VIGIL_OPENED */
  VIGIL_RESCAN = 8,
  VIGIL_LIVE = 9,
  VIGIL_READY = 10,
  VIGIL_DEGRADED = 11,
  VIGIL_LOST = 12,
  VIGIL_RESTORED = 13,
  VIGIL_ERROR = 14
} vigil_kind;

typedef enum vigil_type {
  VIGIL_UNKNOWN = 0,
  VIGIL_FILE = 1,
  VIGIL_DIRECTORY = 2,
  VIGIL_SYMLINK = 3,
  VIGIL_OTHER = 4
} vigil_type;

/* "created", "directory" and so on, as in every output of vigil; "unknown" for what is no such number. */
VIGIL_EXPORT const char* vigil_kind_name(int kind);
VIGIL_EXPORT const char* vigil_type_name(int type);

#define VIGIL_EVENT_SYNTHETIC 1 /* found by reading the tree, not told by a record of the kernel */
#define VIGIL_EVENT_REPLACED 2  /* VIGIL_RENAMED: `path` existed before and is gone */

/* One change, or a notice about the watch. Its texts live as long as its batch; those a callback is given, until it
 * returns. */
typedef struct vigil_event {
  uint8_t kind;   /* vigil_kind */
  uint8_t type;   /* vigil_type: what the entry is */
  uint16_t flags; /* VIGIL_EVENT_... */
  int32_t code;   /* VIGIL_ERROR, VIGIL_LOST, VIGIL_DEGRADED: the system's error code; 0 where there is none */
  int32_t pid;    /* who did it, where the backend knows; 0 where it does not */
  uint32_t reserved;
  uint64_t seq;       /* rises by one or more from event to event of a watcher */
  int64_t time;       /* when vigil learnt of it, since 1970, UTC */
  vigil_text path;    /* begins with the root as the caller wrote it */
  vigil_text from;    /* VIGIL_RENAMED: the path before; otherwise empty */
  vigil_text reason;  /* notices: a sentence for a person, or empty */
  vigil_text backend; /* VIGIL_READY: "inotify", ...; otherwise empty */
} vigil_event;

/* ---- Watchers -----------------------------------------------------------------------------------------------------
 */

/* Watches any number of directories and files and tells exactly what changes in them. */
typedef struct vigil_watcher vigil_watcher;

/* Events in the order they are to be applied. */
typedef struct vigil_batch vigil_batch;

/* What a tree looked like, so that a later run can tell what changed since. */
typedef struct vigil_snapshot vigil_snapshot;

/* Given each batch as it comes, by a thread of the watcher's own, one at a time: `count` events, of which each is
 * `stride` bytes after the one before (see vigil_event_at). It may call any function, also stop or free the
 * watcher; it must not leave by longjmp(). */
typedef void (*vigil_callback)(void* user, const vigil_event* events, size_t count, size_t stride);

typedef enum vigil_backend {
  VIGIL_BACKEND_AUTOMATIC = 0, /* what the environment variable VIGIL_BACKEND says, or else the best there is */
  VIGIL_BACKEND_INOTIFY = 1,   /* Linux */
  VIGIL_BACKEND_FANOTIFY = 2,  /* Linux, with CAP_SYS_ADMIN */
  VIGIL_BACKEND_POLL = 3
} vigil_backend;

typedef enum vigil_isolation {
  VIGIL_ISOLATION_NONE = 0,
  VIGIL_ISOLATION_PROCESS = 1 /* directories are read by helper processes, which can be killed (docs/isolation.md) */
} vigil_isolation;

typedef enum vigil_rule_case {
  VIGIL_RULE_CASE_AUTOMATIC = 0, /* as core.ignoreCase of the repository says */
  VIGIL_RULE_CASE_SENSITIVE = 1,
  VIGIL_RULE_CASE_INSENSITIVE = 2
} vigil_rule_case;

/* A set of kinds has the bit of each that is in it. */
#define VIGIL_KIND_BIT(kind) (UINT32_C(1) << (kind))
#define VIGIL_KINDS_DEFAULT UINT32_C(0x3f) /* every change but VIGIL_OPENED and VIGIL_ACCESSED */
#define VIGIL_KINDS_ALL UINT32_C(0x7fff)

/* vigil/options.hpp says more about each. */
typedef struct vigil_options {
  size_t struct_size;
  uint32_t kinds;           /* of changes that are told; notices always are. VIGIL_KINDS_DEFAULT */
  int32_t backend;          /* vigil_backend */
  uint64_t max_watches;     /* of the kernel's, the rest is polled; 0: no limit but the system's */
  int64_t settle;           /* below zero, as usual: raw delivery. Else net delivery, in batches that end after so much
                               time without a change. In whole milliseconds, rounded up, as the two below */
  int64_t max_latency;      /* net delivery: a batch ends so long after its first change. One second */
  uint64_t queue_bytes_max; /* for events that wait to be taken. 32 MiB */
  vigil_callback callback;  /* NULL, as usual: events are taken with vigil_watcher_wait() */
  void* user;               /* for the callback */
  vigil_text helper;        /* isolation: the helper's path. Empty: `vigil` beside the program, or else in PATH */
  int64_t hang_timeout;     /* isolation: a helper that owes an answer for so long hangs. Five seconds */
  int32_t isolation;        /* vigil_isolation */
  int32_t reserved;         /* 0 */
} vigil_options;

typedef struct vigil_root_options {
  size_t struct_size;
  const vigil_text* exclude; /* globs on the path below the root (docs/events.md, "Filters") */
  size_t exclude_count;
  const vigil_text* include;
  size_t include_count;
  int32_t recursive;     /* 0: only the direct entries. 1 */
  int32_t initial;       /* 1: each entry that exists comes as a synthetic VIGIL_CREATED, then VIGIL_LIVE. 0 */
  int32_t await_missing; /* 1: a root that does not exist is waited for instead of refused. 0 */
  int32_t reserved;      /* 0 */
  const vigil_text* exclude_regex; /* as globs, by regular expressions */
  size_t exclude_regex_count;
  const vigil_text* include_regex;
  size_t include_regex_count;
  const vigil_text* ignore_files; /* paths of files of ignore rules, besides those found by name */
  size_t ignore_files_count;
  int32_t ignore;              /* 1: what .gitignore, .ignore and git's other rules ignore is as good as absent. 0 */
  int32_t rule_case;           /* vigil_rule_case: whether ignore rules tell upper and lower case apart */
  const vigil_snapshot* since; /* what is known already: after VIGIL_READY comes what is different from it by now, then
                                  VIGIL_LIVE. NULL, as usual: nothing is told of what was before */
} vigil_root_options;

/* Counters since the watcher was opened, and what it holds now. vigil/watcher.hpp says more about each. */
typedef struct vigil_stats {
  uint64_t events;
  uint64_t records;
  uint64_t losses;
  uint64_t repairs;
  uint64_t entries;
  uint64_t watches;
  uint64_t queued_events;
  uint64_t queued_bytes;
  uint64_t tree_bytes;
  uint64_t roots;
  uint64_t directories_pending;
} vigil_stats;

/* Fill in what is usual; `size` is that of the struct. */
VIGIL_EXPORT int vigil_options_init(vigil_options* options, size_t size);
VIGIL_EXPORT int vigil_root_options_init(vigil_root_options* options, size_t size);

/* Opens a watcher without roots. `options`: NULL for what is usual. Fails with limit_reached where the user's inotify
 * instances are used up. The caller frees the watcher. */
VIGIL_EXPORT int vigil_watcher_open(const vigil_options* options, vigil_watcher** watcher);

/* Stops the watcher, as vigil_watcher_stop() does, and frees it. Other calls that are under way, in other threads or in
 * the callback this is called from, end safely. NULL and bad handles are passed over. */
VIGIL_EXPORT void vigil_watcher_free(vigil_watcher* watcher);

/* Watches a directory or one file. Returns when the watch is established, which for a large tree takes as long as
 * listing it; VIGIL_READY comes before all other events of the root. A relative path is taken from the working
 * directory of this moment. `options`: NULL for what is usual. Fails with not_found, not_watchable,
 * permission_denied, already_watched, invalid_pattern, stopped and others. */
VIGIL_EXPORT int vigil_watcher_add(vigil_watcher* watcher, const char* path, size_t path_size,
                                   const vigil_root_options* options);

/* Ends the watch of a path, which is given as it was added. What was not taken yet is still told. Fails with
 * not_watched. */
VIGIL_EXPORT int vigil_watcher_remove(vigil_watcher* watcher, const char* path, size_t path_size);

/* The next events: waits until there are some, or the time-out has passed; then the batch is empty. Fails with stopped
 * once the watcher is. Not with a callback. The caller frees the batch. */
VIGIL_EXPORT int vigil_watcher_wait(vigil_watcher* watcher, int64_t timeout, vigil_batch** batch);

/* Returns once every change made before the call was given to the callback, which has returned, or is ready to be
 * taken with a time-out of zero. Touches no file. Fails with timed_out; with would_deadlock in the callback; with
 * limit_reached when the queue is full and nobody takes from it; with stopped. */
VIGIL_EXPORT int vigil_watcher_sync(vigil_watcher* watcher, int64_t timeout);

/* Ends everything: vigil_watcher_wait() fails with stopped, and no callback starts after this has returned. A callback
 * that is running is waited for, unless this is called from it. Any number of times. */
VIGIL_EXPORT int vigil_watcher_stop(vigil_watcher* watcher);

/* A file descriptor (on Windows the HANDLE of an event) that is readable (signalled) while vigil_watcher_wait() with a
 * time-out of zero may have something to give, and once the watcher is stopped. It can be readable without events.
 * Owned by the watcher: not to be closed or read. -1 for a bad handle. */
VIGIL_EXPORT intptr_t vigil_watcher_descriptor(const vigil_watcher* watcher);

/* Fills `stats`, of `size` bytes: less than this version's are filled as far as they go, what is beyond is set to 0.
 * With a size of 0 it only says whether the handle is good, and at once. */
VIGIL_EXPORT int vigil_watcher_stats(const vigil_watcher* watcher, vigil_stats* stats, size_t size);

/* ---- Batches ------------------------------------------------------------------------------------------------------
 */

/* 0 for a bad handle. */
VIGIL_EXPORT size_t vigil_batch_size(const vigil_batch* batch);

/* The events: an array in which each is `*stride` bytes after the one before (more than sizeof(vigil_event) where the
 * library is newer than the program). They belong to the batch. NULL for an empty batch, a bad handle, or where memory
 * runs out. */
VIGIL_EXPORT const vigil_event* vigil_batch_events(const vigil_batch* batch, size_t* stride);

/* The event of this index in an array: `stride` bytes after the one before. No check, but NULL for no array. */
VIGIL_EXPORT const vigil_event* vigil_event_at(const vigil_event* events, size_t stride, size_t index);

/* The same events as columns in one block of memory, for languages where each call and each field costs: one copy
 * takes it over, and columns become lists at once. Numbers are in the machine's order of bytes. A column is found at
 * its offset in bytes from the start of the block, a multiple of the size of its numbers; 0 says that the column is
 * left out, because it is all zero, or all empty. */
typedef struct vigil_texts {
  uint64_t offset; /* of `count` texts, one after the other, each with a NUL at its end */
  uint64_t size;   /* all of them, the NULs included */
} vigil_texts;

typedef struct vigil_columns {
  uint64_t size;         /* of the whole block */
  uint32_t columns_size; /* of this struct: newer libraries append columns */
  uint32_t count;        /* of events */
  uint64_t seq;          /* uint64_t each; never left out */
  uint64_t time;         /* int64_t each; never left out */
  uint64_t code;         /* int32_t each */
  uint64_t pid;          /* int32_t each */
  uint64_t kind;         /* uint8_t each; never left out */
  uint64_t type;         /* uint8_t each; never left out */
  uint64_t flags;        /* uint8_t each */
  vigil_texts path;      /* never left out */
  vigil_texts from;
  vigil_texts reason;
  vigil_texts backend;
} vigil_columns;

/* `*columns` is the start of the block and its table, and belongs to the batch; `*size` is that of the block. */
VIGIL_EXPORT int vigil_batch_columns(const vigil_batch* batch, const vigil_columns** columns, size_t* size);

/* NULL and bad handles are passed over. */
VIGIL_EXPORT void vigil_batch_free(vigil_batch* batch);

/* ---- Snapshots ----------------------------------------------------------------------------------------------------
 *
 * docs/catch-up.md says what is compared and what a file holds. */

/* What the directory or file is like now; the options say what belongs to it. `hash`: 0, or 1 to read each file and
 * keep a hash of its content as well. The caller frees the snapshot. */
VIGIL_EXPORT int vigil_snapshot_take(const char* path, size_t path_size, const vigil_root_options* options, int hash,
                                     vigil_snapshot** snapshot);

/* From a file. Fails with damaged for what is no whole snapshot of this version; the message says why. The caller frees
 * the snapshot. */
VIGIL_EXPORT int vigil_snapshot_load(const char* file, size_t file_size, vigil_snapshot** snapshot);

/* To a file, which afterwards holds this snapshot, or what it held before, whatever happens meanwhile. */
VIGIL_EXPORT int vigil_snapshot_save(const vigil_snapshot* snapshot, const char* file, size_t file_size);

/* What is different from the snapshot by now, all of it in one batch, and the snapshot that holds it. The caller frees
 * both. */
VIGIL_EXPORT int vigil_snapshot_changes(const vigil_snapshot* snapshot, vigil_batch** changes, vigil_snapshot** now);

/* The root as it was given, which belongs to the snapshot; the number of entries; when it was taken, since 1970, UTC.
 * Each may be NULL. */
VIGIL_EXPORT int vigil_snapshot_describe(const vigil_snapshot* snapshot, vigil_text* path, uint64_t* entries,
                                         int64_t* taken);

/* What the consumer of a watcher knows of a root: all that was told and delivered. A watch that begins since then tells
 * the rest. vigil/watcher.hpp says more. The caller frees the snapshot. */
VIGIL_EXPORT int vigil_watcher_snapshot(vigil_watcher* watcher, const char* path, size_t path_size,
                                        vigil_snapshot** snapshot);

/* NULL and bad handles are passed over. */
VIGIL_EXPORT void vigil_snapshot_free(vigil_snapshot* snapshot);

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
