/*
 * Stands between a process and its database file (LD_PRELOAD): records every write and sync of it, in the
 * order in which they happen, for `device.ts` to play power losses with; or kills the process at one of
 * them.
 *
 * HISTO_RECORD    file that the record is appended to
 * HISTO_KILL_AT   number of the write or sync, from 1, at which the process gets SIGKILL
 * HISTO_KILL_HOW  before (default): nothing of it happens; torn: half of a write does; after: all of it
 *
 * A record is: kind (1 byte), file's inode (8), offset (8), length (8), and for writes the bytes; numbers
 * in the machine's order. Kinds: w write, d write that syncs itself, e its end, s begin of a sync, f its
 * end, l the file was linked to its place, a what was acknowledged (bytes written to a file named
 * `acks`).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static int record_fd = -1;
static long kill_at, count;
static const char *kill_how = "before";

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_linkat)(int, const char *, int, const char *, int);

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("HISTO_RECORD"), *at = getenv("HISTO_KILL_AT");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_pwritev = dlsym(RTLD_NEXT, "pwritev");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_linkat = dlsym(RTLD_NEXT, "linkat");
  if (path) record_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (at) kill_at = atol(at);
  if (getenv("HISTO_KILL_HOW")) kill_how = getenv("HISTO_KILL_HOW");
}

static int ends_with(const char *path, const char *end) {
  size_t all = strlen(path), some = strlen(end);
  return all >= some && strcmp(path + all - some, end) == 0;
}

/* 1: a database's file, 2: the list of what was acknowledged, 0: anything else. */
static int kind_of(int fd, uint64_t *inode) {
  char link[64], path[4096];
  struct stat stat;
  ssize_t length;
  if (fd < 3) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0 || fstat(fd, &stat) != 0) return 0;
  path[length] = 0;
  *inode = stat.st_ino;
  if (ends_with(path, "/data.mdb") || ends_with(path, "/data.mdb (deleted)")) return 1;
  return ends_with(path, "/acks") ? 2 : 0;
}

static void note(char kind, uint64_t inode, uint64_t offset, const struct iovec *parts, int n) {
  uint64_t numbers[3] = {inode, offset, 0};
  if (record_fd < 0) return;
  for (int i = 0; i < n; i++) numbers[2] += parts[i].iov_len;
  real_write(record_fd, &kind, 1);
  real_write(record_fd, numbers, sizeof numbers);
  if (n > 0) real_writev(record_fd, parts, n);
}

/* Counts a write or sync; whether the process is to end here. */
static int is_last(void) {
  return kill_at > 0 && ++count == kill_at;
}

static void end_now(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static ssize_t recorded(int fd, const struct iovec *parts, int n, off_t offset, int moves) {
  uint64_t inode;
  int kind = kind_of(fd, &inode), syncs, last;
  ssize_t written;
  if (kind == 0) {
    return moves ? real_writev(fd, parts, n) : real_pwritev(fd, parts, n, offset);
  }
  pthread_mutex_lock(&lock);
  if (moves) offset = lseek(fd, 0, SEEK_CUR);
  syncs = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
  last = kind == 1 && is_last();
  if (last && strcmp(kill_how, "after") != 0) {
    if (strcmp(kill_how, "torn") == 0) real_pwrite(fd, parts[0].iov_base, parts[0].iov_len / 2, offset);
    end_now();
  }
  note(kind == 2 ? 'a' : syncs ? 'd' : 'w', inode, offset, parts, n);
  written = moves ? real_writev(fd, parts, n) : real_pwritev(fd, parts, n, offset);
  if (syncs) note('e', inode, offset, NULL, 0);
  if (last) end_now();
  pthread_mutex_unlock(&lock);
  return written;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec part = {(void *)bytes, length};
  return recorded(fd, &part, 1, 0, 1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  struct iovec part = {(void *)bytes, length};
  return recorded(fd, &part, 1, offset, 0);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite(fd, bytes, length, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int n) {
  return recorded(fd, parts, n, 0, 1);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t offset) {
  return recorded(fd, parts, n, offset, 0);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int n, off_t offset) {
  return pwritev(fd, parts, n, offset);
}

static int synced(int fd, int (*sync)(int)) {
  uint64_t inode;
  int result, last;
  if (kind_of(fd, &inode) != 1) return sync(fd);
  pthread_mutex_lock(&lock);
  last = is_last();
  if (last && strcmp(kill_how, "after") != 0) end_now();
  note('s', inode, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  result = sync(fd);
  pthread_mutex_lock(&lock);
  note('f', inode, 0, NULL, 0);
  if (last) end_now();
  pthread_mutex_unlock(&lock);
  return result;
}

int fsync(int fd) { return synced(fd, real_fsync); }

int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  struct stat stat;
  int ours = ends_with(to, "/data.mdb"), result;
  pthread_mutex_lock(&lock);
  if (ours && kill_at > 0 && is_last()) end_now();
  result = real_linkat(from_folder, from, to_folder, to, flags);
  if (ours && result == 0 && fstatat(to_folder, to, &stat, 0) == 0) {
    note('l', stat.st_ino, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
