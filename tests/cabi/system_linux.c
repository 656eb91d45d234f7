#define _XOPEN_SOURCE 700

#include "expect.h"

#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int wait_until_readable(intptr_t descriptor, int milliseconds) {
  struct pollfd polled = {(int)descriptor, POLLIN, 0};
  return poll(&polled, 1, milliseconds) == 1 && (polled.revents & POLLIN) != 0;
}

void make_directory(const char* path) { EXPECT(mkdir(path, 0777) == 0); }

static int remove_one(const char* path, const struct stat* status, int type, struct FTW* place) {
  (void)status;
  (void)type;
  (void)place;
  return remove(path);
}

void remove_tree(const char* path) { (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

struct thread {
  pthread_t id;
  void (*body)(void*);
  void* argument;
};

static void* run(void* started) {
  const thread* const self = started;
  self->body(self->argument);
  return NULL;
}

thread* start_thread(void (*body)(void*), void* argument) {
  thread* const started = malloc(sizeof *started);
  EXPECT(started != NULL);
  started->body = body;
  started->argument = argument;
  EXPECT(pthread_create(&started->id, NULL, run, started) == 0);
  return started;
}

void join_thread(thread* started) {
  EXPECT(pthread_join(started->id, NULL) == 0);
  free(started);
}

struct flag {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int is_raised;
};

flag* make_flag(void) {
  flag* const made = malloc(sizeof *made);
  EXPECT(made != NULL);
  EXPECT(pthread_mutex_init(&made->mutex, NULL) == 0);
  EXPECT(pthread_cond_init(&made->changed, NULL) == 0);
  made->is_raised = 0;
  return made;
}

void raise_flag(flag* raised) {
  pthread_mutex_lock(&raised->mutex);
  raised->is_raised = 1;
  pthread_cond_broadcast(&raised->changed);
  pthread_mutex_unlock(&raised->mutex);
}

int wait_for_flag(flag* awaited) {
  int is_raised = 0;
  struct timespec until;
  (void)clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += (time_t)(PATIENCE / SECOND);
  pthread_mutex_lock(&awaited->mutex);
  while (!awaited->is_raised && pthread_cond_timedwait(&awaited->changed, &awaited->mutex, &until) == 0) {
  }
  is_raised = awaited->is_raised;
  pthread_mutex_unlock(&awaited->mutex);
  return is_raised;
}

void free_flag(flag* made) {
  pthread_cond_destroy(&made->changed);
  pthread_mutex_destroy(&made->mutex);
  free(made);
}

const char* path_in(char* path, const char* directory, const char* name) {
  EXPECT(snprintf(path, PATH_BYTES, "%s/%s", directory, name) < PATH_BYTES);
  return path;
}
