#include "expect.h"

#include <process.h>
#include <string.h>
#include <windows.h>

int wait_until_readable(intptr_t descriptor, int milliseconds) {
  return WaitForSingleObject((HANDLE)descriptor, (DWORD)milliseconds) == WAIT_OBJECT_0;
}

void make_directory(const char* path) { EXPECT(CreateDirectoryA(path, NULL)); }

void remove_tree(const char* path) {
  char inner[PATH_BYTES];
  WIN32_FIND_DATAA found;
  HANDLE listing = FindFirstFileA(path_in(inner, path, "*"), &found);
  if (listing == INVALID_HANDLE_VALUE) return;
  do {
    if (strcmp(found.cFileName, ".") == 0 || strcmp(found.cFileName, "..") == 0) continue;
    (void)path_in(inner, path, found.cFileName);
    if ((found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
      remove_tree(inner);
    } else {
      (void)DeleteFileA(inner);
    }
  } while (FindNextFileA(listing, &found));
  (void)FindClose(listing);
  (void)RemoveDirectoryA(path);
}

struct thread {
  HANDLE handle;
  void (*body)(void*);
  void* argument;
};

static unsigned __stdcall run(void* started) {
  const thread* const self = started;
  self->body(self->argument);
  return 0;
}

thread* start_thread(void (*body)(void*), void* argument) {
  thread* const started = malloc(sizeof *started);
  EXPECT(started != NULL);
  started->body = body;
  started->argument = argument;
  started->handle = (HANDLE)_beginthreadex(NULL, 0, run, started, 0, NULL);
  EXPECT(started->handle != NULL);
  return started;
}

void join_thread(thread* started) {
  EXPECT(WaitForSingleObject(started->handle, INFINITE) == WAIT_OBJECT_0);
  (void)CloseHandle(started->handle);
  free(started);
}

struct flag {
  HANDLE event;
};

flag* make_flag(void) {
  flag* const made = malloc(sizeof *made);
  EXPECT(made != NULL);
  made->event = CreateEventA(NULL, TRUE, FALSE, NULL);
  EXPECT(made->event != NULL);
  return made;
}

void raise_flag(flag* raised) { EXPECT(SetEvent(raised->event)); }

int wait_for_flag(flag* awaited) {
  return WaitForSingleObject(awaited->event, (DWORD)(PATIENCE / (SECOND / 1000))) == WAIT_OBJECT_0;
}

void free_flag(flag* made) {
  (void)CloseHandle(made->event);
  free(made);
}

const char* path_in(char* path, const char* directory, const char* name) {
  EXPECT(strlen(directory) + strlen(name) + 2 <= PATH_BYTES);
  (void)strcpy(path, directory);
  (void)strcat(path, "\\");
  (void)strcat(path, name);
  return path;
}
