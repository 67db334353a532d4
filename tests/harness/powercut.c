/* A disk that keeps only what was synced, for LD_PRELOAD; for what a power cut would leave.

   POWERCUT_DATA is the folder that is watched, POWERCUT_DISK another one that stands for the disk. A file there is
   named by inode and birth, and holds what the file held when it was last synced; the file `names` says which file
   went by which name when the *folder* was last synced. So a file that was made, renamed or removed without a sync
   of its folder comes back as it was, and a truncation that was not synced did not happen.
   Shared memory of the write-ahead log is left out: it is made anew.

   cc -O2 -shared -fPIC -o powercut.so powercut.c -ldl -lpthread */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static int key_of(int fd, const char *name, char *key, size_t size) {
    struct statx found;
    if (statx(fd, name, AT_EMPTY_PATH, STATX_INO | STATX_BTIME | STATX_TYPE, &found) || !S_ISREG(found.stx_mode)) return 0;
    snprintf(key, size, "%llu-%lld-%u", (unsigned long long)found.stx_ino, (long long)found.stx_btime.tv_sec,
             found.stx_btime.tv_nsec);
    return 1;
}

static void replace(const char *draft, const char *name) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", getenv("POWERCUT_DISK"), name);
    if (rename(draft, path)) abort();
}

static int open_draft(char *draft, size_t size) {
    snprintf(draft, size, "%s/draft-%d", getenv("POWERCUT_DISK"), getpid());
    int out = open(draft, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (out < 0) abort();
    return out;
}

static void keep_contents(int fd) {
    static char block[1 << 16];
    char key[128], draft[PATH_MAX];
    if (!key_of(fd, "", key, sizeof key)) return;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) { /* what cannot be read by this door is by another */
        snprintf(draft, sizeof draft, "/proc/self/fd/%d", fd);
        int readable = open(draft, O_RDONLY);
        if (readable < 0) abort();
        keep_contents(readable);
        close(readable);
        return;
    }
    int out = open_draft(draft, sizeof draft);
    ssize_t got;
    for (off_t at = 0; (got = pread(fd, block, sizeof block, at)) > 0; at += got)
        if (write(out, block, got) != got) abort();
    close(out);
    replace(draft, key);
}

static void keep_names(int also_contents) {
    const char *data = getenv("POWERCUT_DATA");
    char draft[PATH_MAX], key[128];
    DIR *folder = opendir(data);
    if (!folder) return;
    char *listing = NULL;
    size_t length = 0;
    FILE *lines = open_memstream(&listing, &length);
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *ending = strrchr(entry->d_name, '-');
        if (ending && !strcmp(ending, "-shm")) continue;
        if (!key_of(dirfd(folder), entry->d_name, key, sizeof key)) continue;
        fprintf(lines, "%s %s\n", key, entry->d_name);
        if (!also_contents) continue; /* and nothing is opened: to close it would drop the process's locks on it */
        int fd = openat(dirfd(folder), entry->d_name, O_RDONLY);
        if (fd < 0) continue;
        keep_contents(fd);
        close(fd);
    }
    closedir(folder);
    fclose(lines);
    int out = open_draft(draft, sizeof draft);
    if (write(out, listing, length) != (ssize_t)length) abort();
    close(out);
    free(listing);
    replace(draft, "names");
}

static void keep(int fd) {
    char link[64], path[PATH_MAX];
    const char *data = getenv("POWERCUT_DATA");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!data || length <= 0) return;
    path[length] = 0;
    size_t depth = strlen(data);
    if (strncmp(path, data, depth)) return;
    pthread_mutex_lock(&one_at_a_time);
    if (!path[depth])
        keep_names(0);
    else if (!strchr(path + depth + 1, '/'))
        keep_contents(fd);
    pthread_mutex_unlock(&one_at_a_time);
}

static int sync_and_keep(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(fd), trouble = errno;
    if (!result) keep(fd);
    errno = trouble;
    return result;
}

int fsync(int fd) { return sync_and_keep("fsync", fd); }
int fdatasync(int fd) { return sync_and_keep("fdatasync", fd); }

/* What the folder holds when the power comes on is on the disk. */
__attribute__((constructor)) static void power_on(void) {
    char path[PATH_MAX];
    if (!getenv("POWERCUT_DATA") || !getenv("POWERCUT_DISK")) return;
    snprintf(path, sizeof path, "%s/names", getenv("POWERCUT_DISK"));
    if (access(path, F_OK)) keep_names(1);
}
