/* A disk that fails when told to, for LD_PRELOAD.

   FAULTS_DATA is the folder whose files fail; FAULTS_PLAN a file that does not exist until a fault is wanted. It is
   then taken away and obeyed: "N COUNT ERRNO" lets N - 1 writes, truncations and syncs pass and fails the COUNT after
   them; "0 0 0" ends it. While the fault is EROFS (30), nothing can be opened for writing either.

   cc -O2 -shared -fPIC -o faults.so faults.c -ldl -lpthread */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static long passing, failing;
static int trouble;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void read_plan(void) {
    const char *path = getenv("FAULTS_PLAN");
    FILE *plan = path && !access(path, F_OK) ? fopen(path, "r") : NULL;
    if (!plan) return;
    if (fscanf(plan, "%ld %ld %d", &passing, &failing, &trouble) != 3) abort();
    if (passing) passing--;
    fclose(plan);
    unlink(path);
}

static int is_ours(const char *path) {
    const char *data = getenv("FAULTS_DATA");
    return data && !strncmp(path, data, strlen(data)) && strstr(path, ".sqlite") && !strstr(path, "-shm") &&
           !strstr(path, ".lock");
}

static int fails(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (!is_ours(path)) return 0;
    pthread_mutex_lock(&one_at_a_time);
    read_plan();
    int failed = 0;
    if (passing > 0)
        passing--;
    else if (failing > 0)
        failing--, failed = trouble;
    pthread_mutex_unlock(&one_at_a_time);
    if (failed) errno = failed;
    return failed;
}

static int cannot_open(const char *path, int flags) {
    if (!is_ours(path) || (flags & O_ACCMODE) == O_RDONLY) return 0;
    pthread_mutex_lock(&one_at_a_time);
    read_plan();
    int refused = trouble == EROFS && failing > 0 && passing == 0;
    pthread_mutex_unlock(&one_at_a_time);
    if (refused) errno = EROFS;
    return refused;
}

int fsync(int fd) { return fails(fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails(fd) ? -1 : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t size) { return fails(fd) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return fails(fd) ? -1 : REAL(ftruncate64)(fd, size); }
ssize_t write(int fd, const void *what, size_t size) { return fails(fd) ? -1 : REAL(write)(fd, what, size); }
ssize_t pwrite(int fd, const void *what, size_t size, off_t at) {
    return fails(fd) ? -1 : REAL(pwrite)(fd, what, size, at);
}
ssize_t pwrite64(int fd, const void *what, size_t size, off64_t at) {
    return fails(fd) ? -1 : REAL(pwrite64)(fd, what, size, at);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return cannot_open(path, flags) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return cannot_open(path, flags) ? -1 : REAL(open64)(path, flags, mode);
}
