/* SPDX-License-Identifier: MIT */
/*
 * A C library that lies, for LD_PRELOAD: what the measured program believes of
 * its file is made wrong on purpose, to see whether it notices.
 *
 * MAPMARK_LIE says how, MAPMARK_LIE_FILE about which file, and MAPMARK_LIE_AT
 * from the how manieth opening of that file on; without it always.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    /* One number on every architecture; C libraries before 2.38 lack it. */
    CACHESTAT_NUMBER = 451,
    PAGE = 4096,
    PIECE = 1 << 20,
    /* Of the file, by two samples: to look, to measure, and to look. */
    OPENINGS = 6,
    /* Calls of the clock in place of one. */
    CLOCK_CALLS = 400,
    /* Larger reads are those that fill the cache. */
    WORK_READ_MAX = 64 << 10,
    /* Much more than it takes to read what is mapped. */
    SLOW_MAP_NS = 200000,
    MAPS_PER_SLOW = 8,
};

static const char *lie = "";
static const char *path = "";
static long start;
static struct stat file; /* as it was in the beginning */
static long openings;
static long maps; /* of the file */
static bool done; /* what happens once */

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("MAPMARK_LIE_AT");

    lie = getenv("MAPMARK_LIE");
    path = getenv("MAPMARK_LIE_FILE");
    start = at != NULL ? strtol(at, NULL, 10) : 0;
    if (lie == NULL || path == NULL || stat(path, &file) != 0) {
        fputs("liar: MAPMARK_LIE and MAPMARK_LIE_FILE are needed\n", stderr);
        _exit(2);
    }
}

static bool lies(const char *name)
{
    return strcmp(lie, name) == 0 && openings >= start;
}

/* The first time only. */
static bool lies_now(const char *name)
{
    if (done || !lies(name)) {
        return false;
    }
    done = true;
    return true;
}

static bool is_watched(int fd)
{
    struct stat info;

    return fd >= 0 && fstat(fd, &info) == 0 && info.st_dev == file.st_dev &&
           info.st_ino == file.st_ino;
}

/* The function that would have been called. */
#define REAL(name) ((__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name))

/* ---- what happens to the file -------------------------------------------- */

static void resize(off_t size)
{
    if (truncate(path, size) != 0) {
        _exit(3);
    }
}

/* Another file of the same name and size. */
static void replace(void)
{
    char other[4096];
    int fd;

    snprintf(other, sizeof(other), "%s.other", path);
    fd = REAL(open)(other, O_CREAT | O_WRONLY, 0600);
    if (ftruncate(fd, file.st_size) != 0 || rename(other, path) != 0) {
        _exit(3);
    }
    close(fd);
}

/* Into the cache again: from the back page by page, or as it was. */
static void refill(bool by_page)
{
    static char piece[PIECE];
    off_t step = by_page ? PAGE : PIECE;
    int fd = REAL(open)(path, O_RDONLY | O_CLOEXEC);

    REAL(posix_fadvise)(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (by_page) {
        REAL(posix_fadvise)(fd, 0, 0, POSIX_FADV_RANDOM);
    }
    for (off_t at = 0; at < file.st_size; at += step) {
        off_t from = by_page ? (file.st_size - 1 - at) / PAGE * PAGE : at;

        if (REAL(pread)(fd, piece, (size_t)step, from) < 0) {
            _exit(3);
        }
    }
    close(fd);
}

static void let_it_happen(void)
{
    if (lies_now("shrink")) {
        resize(file.st_size / 2);
    } else if (lies_now("grow")) {
        resize(file.st_size + 1);
    } else if (lies_now("vanish")) {
        unlink(path);
    } else if (lies_now("replace")) {
        replace();
    } else if (lies("refill") && openings % (OPENINGS / 2) == 2) {
        refill(openings % OPENINGS == 2); /* before its work */
    }
}

/* ---- the calls ----------------------------------------------------------- */

/* The C library's own names of parameters are reserved for it.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int open(const char *name, int flags, ...)
{
    static int first = -1;
    mode_t mode = 0;
    int fd;

    if ((flags & O_CREAT) != 0) {
        va_list rest;

        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (lies("stay-outside") && strstr(name, "/cgroup.procs") != NULL) {
        name = "/dev/null";
    }
    if (strcmp(name, path) != 0) {
        return REAL(open)(name, flags, mode);
    }
    openings++;
    let_it_happen();
    if (first >= 0 && lies("reuse")) {
        return fcntl(first, F_DUPFD_CLOEXEC, 0);
    }
    fd = REAL(open)(name, flags, mode);
    if (first < 0 && fd >= 0) {
        first = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    }
    return fd;
}

ssize_t send(int fd, const void *octets, size_t size, int flags)
{
    static char garbled[PAGE];

    if (size <= sizeof(garbled) && lies("garble")) {
        memcpy(garbled, octets, size);
        garbled[size / 2] ^= 1;
        octets = garbled;
    }
    return REAL(send)(fd, octets, size, flags);
}

int mkdir(const char *name, mode_t mode)
{
    if (lies("no-groups")) {
        errno = EACCES;
        return -1;
    }
    return REAL(mkdir)(name, mode);
}

/* What the file holds, through a mapping of our own. */
static ssize_t copy_from_view(void *buffer, size_t size, off_t offset)
{
    static const char *view;
    size_t left = (size_t)(file.st_size - offset);

    if (view == NULL) {
        int fd = REAL(open)(path, O_RDONLY | O_CLOEXEC);

        view = REAL(mmap)(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE,
                          fd, 0);
        close(fd);
    }
    size = size < left ? size : left;
    memcpy(buffer, view + offset, size);
    return (ssize_t)size;
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
    if (!is_watched(fd)) {
        return REAL(pread)(fd, buffer, size, offset);
    }
    if (lies_now("fail-read")) {
        errno = EIO;
        return -1;
    }
    if (lies_now("cut-while-read")) {
        resize(file.st_size / 2);
    }
    if (lies("read-from-view")) {
        return copy_from_view(buffer, size, offset);
    }
    if (lies("skip-work") && size <= WORK_READ_MAX) {
        return 2 * REAL(pread)(fd, buffer, size / 2, offset);
    }
    return REAL(pread)(fd, buffer, size, offset);
}

/* Memory with a copy of what the file holds. */
static void *copy_of_file(int fd, size_t size, off_t offset)
{
    void *address = REAL(mmap)(NULL, size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return REAL(pread)(fd, address, size, offset) > 0 ? address : MAP_FAILED;
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A system that is busy with something else: no sleep, which lasts as long as
 * it likes. */
static void spend(int64_t ns)
{
    int64_t end = now_ns() + ns;

    while (now_ns() < end) {
    }
}

void *mmap(void *wanted, size_t size, int protection, int flags, int fd,
           off_t offset)
{
    void *address;

    if (protection == PROT_NONE || !is_watched(fd)) {
        return REAL(mmap)(wanted, size, protection, flags, fd, offset);
    }
    if (lies("view-from-read")) {
        return copy_of_file(fd, size, offset);
    }
    maps++;
    if (lies("slow-map")) {
        spend(SLOW_MAP_NS);
    }
    if (lies("slow-eighth-map") && maps % MAPS_PER_SLOW == 1) {
        spend((int64_t)MAPS_PER_SLOW * SLOW_MAP_NS);
    }
    address = REAL(mmap)(wanted, size, protection, flags, fd, offset);
    if (lies_now("cut-while-mapped")) {
        resize(0);
    }
    return address;
}

int madvise(void *address, size_t size, int advice)
{
    bool is_hint = advice == MADV_RANDOM || advice == MADV_SEQUENTIAL ||
                   advice == MADV_WILLNEED || advice == MADV_HUGEPAGE;

    if (is_hint && lies("refuse-hint")) {
        errno = EINVAL;
        return -1;
    }
    return is_hint && lies("ignore-hint")
               ? 0
               : REAL(madvise)(address, size, advice);
}

int posix_fadvise(int fd, off_t offset, off_t size, int advice)
{
    if (advice == POSIX_FADV_DONTNEED && is_watched(fd) &&
        (lies("evict-nothing") || lies("evict-nothing-and-hide"))) {
        return 0;
    }
    return REAL(posix_fadvise)(fd, offset, size, advice);
}

long syscall(long number, ...)
{
    long arguments[6];
    va_list rest;

    va_start(rest, number);
    for (int i = 0; i < 6; i++) {
        arguments[i] = va_arg(rest, long);
    }
    va_end(rest);
    if (number == CACHESTAT_NUMBER && lies("evict-nothing-and-hide")) {
        memset((void *)(uintptr_t)arguments[2], 0, 5 * sizeof(uint64_t));
        return 0;
    }
    return REAL(syscall)(number, arguments[0], arguments[1], arguments[2],
                         arguments[3], arguments[4], arguments[5]);
}

int getrusage(__rusage_who_t who, struct rusage *used)
{
    static long more;
    int result = REAL(getrusage)(who, used);

    /* During the work of every other sample. */
    if (lies("count-pages") && openings % OPENINGS == 0) {
        more += 1000000;
        used->ru_minflt += more;
    }
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    static struct timespec stopped;
    int result;

    /* Looking for it each time would make every clock a slow one. */
    if (real == NULL) {
        real = REAL(clock_gettime);
    }
    result = real(clock, time);
    for (int i = 1; i < CLOCK_CALLS && lies("slow-clock"); i++) {
        result = real(clock, time);
    }
    if (!lies("stop-clock")) {
        stopped = *time;
    }
    *time = stopped;
    return result;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* A parser finds the end of a message an octet behind it. */
size_t http_parser_execute(void *parser, const void *settings,
                           const char *octets, size_t size);

size_t http_parser_execute(void *parser, const void *settings,
                           const char *octets, size_t size)
{
    return REAL(http_parser_execute)(parser, settings, octets, size) +
           lies("message-end");
}
