/*
 * A power cut for tests: this preloaded library keeps, in the folder POWERCUT_SHADOW, exactly what a disk
 * would still hold of the files below POWERCUT_DIR if the power went away now: the bytes that were handed
 * to fsync or fdatasync, and nothing else. Kill the process, put the shadow in place of the data, start again.
 *
 * How: every write marks its 512-byte sectors dirty in a bitmap; a sync performs the real sync and then copies
 * the dirty sectors, and the file's length, to the shadow before it returns. Bitmaps live in shared mappings
 * (POWERCUT_SHADOW/.state, one per inode), so a file written by one process and synced by another is right too.
 * A sector marked too often does no harm (a sync makes the whole file durable); one marked too seldom would.
 *
 * With POWERCUT_LIE=1 a sync answers success and keeps nothing: a disk that lies, or synchronous=OFF.
 *
 * Simplifications, all on purpose:
 * - a new file is durable once it was itself synced (no sync of its folder is asked for);
 * - unlink and rename are durable at once (folders are not tracked, a cut never undoes them);
 * - memory-mapped writes are not seen: SQLite maps its -shm file only, which a crash may lose wholly;
 * - files written through stdio (fopen), by vectors (writev, pwritev) or truncated by path are not seen: their
 *   changes are never durable, which can raise a false alarm and hides nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define WORDS (1u << 19) /* 2^19 words of 64 sectors: 16 GiB tracked by sector, beyond that whole files */
#define CHUNK (1u << 20)
#define FDS 65536

typedef struct {
    atomic_uint ready, whole;
    pthread_mutex_t lock;       /* held while the shadow is written; shared between processes, robust */
    _Atomic uint64_t high;      /* one past the highest dirty word: a sync need not read 4 MiB of bitmap */
    _Atomic uint64_t bits[WORDS];
} State;

typedef struct Known {
    dev_t dev;
    ino_t ino;
    State *state;
    int reader; /* for write-only descriptors, never closed: closing one drops the POSIX locks of the process */
    struct Known *next;
} Known;

static char root[PATH_MAX], shadow[PATH_MAX]; /* both without a trailing slash; root empty: switched off */
static int lying;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;
static Known *known;
static State *const UNTRACKED = (State *)1;
static _Atomic(State *) table[FDS]; /* NULL: not looked at yet */

#define CALLS(X) \
    X(open) X(open64) X(openat) X(openat64) X(close) X(dup2) X(dup3) X(write) X(pwrite) \
    X(pwrite64) X(ftruncate) X(ftruncate64) X(sendfile) X(sendfile64) X(copy_file_range) \
    X(fsync) X(fdatasync) X(unlink) X(unlinkat) X(rename)
#define REAL(name) static __typeof__(&name) real_##name;
CALLS(REAL)

static void die(const char *what) {
    dprintf(2, "powercut: %s: %s\n", what, strerror(errno));
    abort(); /* a shim that tracks half of the writes would prove nothing */
}

static void setup(void) {
#define FIND(name) if (!(real_##name = (__typeof__(real_##name))dlsym(RTLD_NEXT, #name))) die("no " #name);
    CALLS(FIND)
    const char *dir = getenv("POWERCUT_DIR"), *copy = getenv("POWERCUT_SHADOW"), *lie = getenv("POWERCUT_LIE");
    if (!dir || !copy) return;
    if (!realpath(copy, shadow)) die(copy);
    if (!realpath(dir, root)) die(dir);
    lying = lie && *lie == '1';
    char state[PATH_MAX + 16];
    snprintf(state, sizeof state, "%s/.state", shadow);
    if (mkdir(state, 0777) && errno != EEXIST) die(state);
}

static int active(void) {
    pthread_once(&once, setup);
    return root[0] != 0;
}

/* The part of an absolute path below the root (with its slash), or NULL. */
static const char *below_root(const char *path) {
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && path[length] == '/' ? path + length : NULL;
}

static int link_of(int fd, char out[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    out[n < 0 ? 0 : n] = 0;
    return n < 0 ? -1 : 0;
}

/* The shadow's name of a path as a caller gave it; -1 when it does not lie below the root. */
static int shadow_path(int dirfd, const char *path, char out[2 * PATH_MAX]) {
    char full[2 * PATH_MAX], folder[PATH_MAX], base[PATH_MAX] = "";
    if (path[0] != '/' && (dirfd == AT_FDCWD ? !getcwd(base, sizeof base) : link_of(dirfd, base))) return -1;
    if (snprintf(full, sizeof full, "%s/%s", base, path) >= (int)sizeof full) return -1;
    char *slash = strrchr(full, '/');
    *slash = 0;
    if (!realpath(full[0] ? full : "/", folder)) return -1;
    char joined[2 * PATH_MAX];
    if (snprintf(joined, sizeof joined, "%s/%s", folder, slash + 1) >= (int)sizeof joined) return -1;
    const char *rest = below_root(joined);
    return rest && snprintf(out, 2 * PATH_MAX, "%s%s", shadow, rest) < 2 * PATH_MAX ? 0 : -1;
}

static void prepare_state(State *state, int fd) {
    if (flock(fd, LOCK_EX)) die("lock of the state");
    if (!atomic_load(&state->ready)) {
        pthread_mutexattr_t attr;
        pthread_mutexattr_init(&attr);
        pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&state->lock, &attr);
        atomic_store(&state->ready, 1);
    }
    flock(fd, LOCK_UN);
}

static State *map_state(const struct stat *st) {
    char name[PATH_MAX + 80];
    snprintf(name, sizeof name, "%s/.state/%llx-%llx", shadow, (unsigned long long)st->st_dev,
             (unsigned long long)st->st_ino);
    int fd = real_open64(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || real_ftruncate64(fd, sizeof(State))) die(name);
    State *state = mmap(NULL, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (state == MAP_FAILED) die("mapping of the state");
    prepare_state(state, fd);
    real_close(fd);
    return state;
}

static Known *find_known(const struct stat *st) {
    pthread_mutex_lock(&known_lock);
    Known *k = known;
    while (k && (k->dev != st->st_dev || k->ino != st->st_ino)) k = k->next;
    if (!k) {
        k = malloc(sizeof *k);
        if (!k) die("memory");
        *k = (Known){st->st_dev, st->st_ino, map_state(st), -1, known};
        known = k;
    }
    pthread_mutex_unlock(&known_lock);
    return k;
}

static State *look(int fd) {
    struct stat st;
    char path[PATH_MAX];
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || link_of(fd, path) || !below_root(path)) return UNTRACKED;
    return find_known(&st)->state;
}

/* The state of a descriptor, NULL when it is none of ours. A descriptor is looked at when first used, however
   it came (open, dup, exec); errno stays as it was. */
static State *state_of(int fd) {
    if (!active() || fd < 0) return NULL;
    int saved = errno;
    State *state = fd < FDS ? atomic_load(&table[fd]) : look(fd);
    if (!state) {
        state = look(fd);
        atomic_store(&table[fd], state);
    }
    errno = saved;
    return state == UNTRACKED ? NULL : state;
}

static void forget(int fd) { if (fd >= 0 && fd < FDS) atomic_store(&table[fd], (State *)NULL); }

static void mark(State *state, off64_t from, off64_t to) {
    if (from < 0 || to <= from) return;
    uint64_t first = from / SECTOR, last = (to - 1) / SECTOR;
    if (last >= (uint64_t)WORDS * 64) { atomic_store(&state->whole, 1); return; }
    for (uint64_t word = first / 64; word <= last / 64; word++) {
        uint64_t mask = ~0ull;
        if (word == first / 64) mask &= ~0ull << (first % 64);
        if (word == last / 64) mask &= ~0ull >> (63 - last % 64);
        atomic_fetch_or(&state->bits[word], mask);
    }
    uint64_t high = atomic_load(&state->high), wanted = last / 64 + 1;
    while (high < wanted && !atomic_compare_exchange_weak(&state->high, &high, wanted)) {}
}

static void mark_whole(int fd) {
    State *state = state_of(fd);
    if (state) atomic_store(&state->whole, 1);
}

/* After write(2), whose place is the file position before it. */
static ssize_t mark_behind_position(int fd, ssize_t count) {
    State *state = count > 0 ? state_of(fd) : NULL;
    if (!state) return count;
    off64_t end = lseek64(fd, 0, SEEK_CUR);
    mark(state, end - count, end);
    return count;
}

static ssize_t mark_at(int fd, off64_t offset, ssize_t count) {
    State *state = count > 0 ? state_of(fd) : NULL;
    if (!state) return count;
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && flags & O_APPEND) atomic_store(&state->whole, 1); /* Linux appends and ignores the offset */
    else mark(state, offset, offset + count);
    return count;
}

static off64_t length_of(int fd) {
    struct stat st;
    return fstat(fd, &st) ? 0 : st.st_size;
}

static void make_folders(char *path) {
    for (char *p = path + strlen(shadow) + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        if (mkdir(path, 0777) && errno != EEXIST) die(path);
        *p = '/';
    }
}

static void copy_range(int from, int to, off64_t offset, off64_t end) {
    static __thread char buffer[CHUNK];
    while (offset < end) {
        size_t want = end - offset < CHUNK ? end - offset : CHUNK;
        ssize_t got = pread64(from, buffer, want, offset);
        if (got < 0) die("read for the shadow");
        if (got == 0) return; /* shorter than the marks say: truncated since */
        if (real_pwrite64(to, buffer, got, offset) != got) die("write of the shadow");
        offset += got;
    }
}

static void copy_dirty(State *state, int from, int to) {
    uint64_t high = atomic_exchange(&state->high, 0);
    uint64_t run = 0, run_end = 0; /* neighbours are copied together */
    for (uint64_t word = 0; word < high; word++) {
        uint64_t bits = atomic_load(&state->bits[word]) ? atomic_exchange(&state->bits[word], 0) : 0;
        for (; bits; bits &= bits - 1) {
            uint64_t sector = word * 64 + __builtin_ctzll(bits);
            if (sector != run_end) {
                copy_range(from, to, run * SECTOR, run_end * SECTOR);
                run = sector;
            }
            run_end = sector + 1;
        }
    }
    copy_range(from, to, run * SECTOR, run_end * SECTOR);
}

/* A descriptor to read the file with. Called with the file's lock held. */
static int reader_of(int fd, const struct stat *st) {
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY) return fd;
    Known *k = find_known(st);
    if (k->reader < 0) {
        char again[64];
        snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
        k->reader = real_open64(again, O_RDONLY | O_CLOEXEC);
        if (k->reader < 0) die(again);
    }
    return k->reader;
}

static void keep(State *state, int fd) {
    char path[PATH_MAX], copy[2 * PATH_MAX];
    struct stat st;
    if (link_of(fd, path) || fstat(fd, &st) || st.st_nlink == 0) return;
    const char *rest = below_root(path);
    if (!rest) return;
    snprintf(copy, sizeof copy, "%s%s", shadow, rest);
    int from = reader_of(fd, &st), to = real_open64(copy, O_WRONLY | O_CLOEXEC);
    if (to < 0) {
        atomic_store(&state->whole, 1);
        make_folders(copy);
        to = real_open64(copy, O_WRONLY | O_CREAT | O_CLOEXEC, st.st_mode & 07777);
        if (to < 0) die(copy);
    }
    off64_t size = length_of(fd);
    if (atomic_exchange(&state->whole, 0)) copy_range(from, to, 0, size);
    copy_dirty(state, from, to);
    if (real_ftruncate64(to, size)) die(copy);
    real_close(to);
}

static int synced(int fd, int result) {
    State *state = result == 0 && !lying ? state_of(fd) : NULL;
    if (!state) return result;
    int saved = errno;
    if (pthread_mutex_lock(&state->lock) == EOWNERDEAD) { /* killed in the middle of a copy: its marks are gone */
        atomic_store(&state->whole, 1);
        pthread_mutex_consistent(&state->lock);
    }
    keep(state, fd);
    pthread_mutex_unlock(&state->lock);
    errno = saved;
    return result;
}

static int opened(int fd, int flags) {
    if (fd < 0) return fd;
    forget(fd);
    if (flags & O_TRUNC) mark_whole(fd);
    return fd;
}

#define MODE \
    active(); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }
#define OPENS(name) int name(const char *path, int flags, ...) { \
        MODE return opened(real_##name(path, flags, mode), flags); \
    }
#define OPENS_AT(name) int name(int dir, const char *path, int flags, ...) { \
        MODE return opened(real_##name(dir, path, flags, mode), flags); \
    }
OPENS(open) OPENS(open64) OPENS_AT(openat) OPENS_AT(openat64)

int close(int fd) { active(); forget(fd); return real_close(fd); }
int dup2(int from, int to) { active(); int r = real_dup2(from, to); if (r >= 0 && from != to) forget(to); return r; }
int dup3(int from, int to, int flags) { active(); int r = real_dup3(from, to, flags); if (r >= 0) forget(to); return r; }

ssize_t write(int fd, const void *data, size_t size) {
    active();
    return mark_behind_position(fd, real_write(fd, data, size));
}
#define AT(name, type) ssize_t name(int fd, const void *data, size_t size, type offset) { \
        active(); \
        return mark_at(fd, offset, real_##name(fd, data, size, offset)); \
    }
AT(pwrite, off_t)
AT(pwrite64, off64_t)

static int truncated(int fd, off64_t before, off64_t length, int result) {
    State *state = result == 0 && length < before ? state_of(fd) : NULL;
    if (state) mark(state, length, before); /* should it grow over that place again, the old bytes must not show */
    return result;
}
#define SHORTENS(name, type) int name(int fd, type length) { \
        active(); \
        off64_t before = length_of(fd); \
        return truncated(fd, before, length, real_##name(fd, length)); \
    }
SHORTENS(ftruncate, off_t)
SHORTENS(ftruncate64, off64_t)

/* Rare here: the whole file counts as changed. (fallocate only lengthens a file, and each sync copies the length.) */
#define WHOLE(type, name, fd, parameters, arguments) type name parameters { \
        active(); \
        type r = real_##name arguments; \
        int saved = errno; \
        mark_whole(fd); \
        errno = saved; \
        return r; \
    }
WHOLE(ssize_t, sendfile, out, (int out, int in, off_t *from, size_t size), (out, in, from, size))
WHOLE(ssize_t, sendfile64, out, (int out, int in, off64_t *from, size_t size), (out, in, from, size))
WHOLE(ssize_t, copy_file_range, out,
      (int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags), (in, from, out, to, size, flags))

int fsync(int fd) { active(); return synced(fd, real_fsync(fd)); }
int fdatasync(int fd) { active(); return synced(fd, real_fdatasync(fd)); }

#define GOES(name, dir, path, parameters, arguments) int name parameters { \
        char copy[2 * PATH_MAX]; \
        int found = active() && !shadow_path(dir, path, copy); \
        int result = real_##name arguments, saved = errno; \
        if (result == 0 && found) remove(copy); \
        errno = saved; \
        return result; \
    }
GOES(unlink, AT_FDCWD, path, (const char *path), (path))
GOES(unlinkat, dir, path, (int dir, const char *path, int flags), (dir, path, flags))

/* A file renamed before its first sync leaves nothing under either name. */
int rename(const char *from, const char *to) {
    char old[2 * PATH_MAX], new[2 * PATH_MAX];
    int had = active() && !shadow_path(AT_FDCWD, from, old), has = root[0] && !shadow_path(AT_FDCWD, to, new);
    int result = real_rename(from, to), saved = errno;
    if (had && has) make_folders(new);
    if (result == 0 && has && (!had || real_rename(old, new))) remove(new);
    if (result == 0 && had && !has) remove(old);
    errno = saved;
    return result;
}
