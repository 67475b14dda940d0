/* SPDX-License-Identifier: MIT */
/*
 * A control group, of version 1 or 2 (Documentation/admin-guide/cgroup-v1/
 * memory.rst and cgroup-v2.rst of the kernel): a directory beside or below the
 * group that this process is in. Who has made it holds a lock on it, so that
 * one without is nobody's.
 */
#include "memory_limit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mapmark/process.h>

#define PREFIX "mapmark-limit-"

enum {
    TEXT_MAX = MEMORY_LIMIT_NAME_MAX,
    /* A group may go, as nobody's, before its maker has locked it. */
    TRIES = 8,
};

struct memory_limit {
    char path[TEXT_MAX];
    int lock; /* -1: none */
};

/* What the files of a version are called. */
struct version {
    const char *limit;
    const char *held;
};

static const struct version versions[] = {
    {"memory.limit_in_bytes", "memory.usage_in_bytes"},
    {"memory.max", "memory.current"},
};
enum { VERSIONS = sizeof(versions) / sizeof(versions[0]) };

/* Cuts nothing: false where the text has no room. */
static bool join(char *text, const char *folder, const char *name)
{
    int length = snprintf(text, TEXT_MAX, "%s/%s", folder, name);

    return length > 0 && length < TEXT_MAX;
}

static enum mm_status status_now(void)
{
    switch (errno) {
    case ENOENT:
    case ENODEV: /* the group has gone, and the file is still open */
        return MM_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return MM_DENIED;
    default:
        return MM_OS;
    }
}

static enum mm_status put(const char *folder, const char *name,
                          const char *text)
{
    char path[TEXT_MAX];
    ssize_t length = (ssize_t)strlen(text);
    enum mm_status status;
    int file;

    if (!join(path, folder, name)) {
        return MM_NOT_FOUND;
    }
    file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return status_now();
    }
    status = write(file, text, (size_t)length) == length ? MM_OK : status_now();
    close(file);
    return status;
}

static enum mm_status get(const char *folder, const char *name,
                          uint64_t *value_out)
{
    char path[TEXT_MAX], text[64] = "";
    enum mm_status status = MM_OK;
    int file;

    if (!join(path, folder, name)) {
        return MM_NOT_FOUND;
    }
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return status_now();
    }
    if (read(file, text, sizeof(text) - 1) <= 0) {
        status = status_now();
    }
    close(file);
    *value_out = strtoull(text, NULL, 10);
    return status;
}

/* ---- where a group can be ------------------------------------------------ */

/* The group that this process is in, in the hierarchy that has memory. */
struct home {
    char controllers[64]; /* as /proc/self/cgroup has them; "": version 2 */
    char group[TEXT_MAX];
};

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        if (strncmp(at, word, length) == 0 &&
            (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* Each line is a number, controllers and a group, with colons between. */
static bool read_home(char *line, bool first_version, struct home *home_out)
{
    char *controllers = strchr(line, ':');
    char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

    if (group == NULL) {
        return false;
    }
    *controllers++ = '\0';
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    if (first_version ? !has_word(controllers, "memory")
                      : *controllers != '\0') {
        return false;
    }
    snprintf(home_out->controllers, sizeof(home_out->controllers), "%s",
             controllers);
    snprintf(home_out->group, sizeof(home_out->group), "%s", group);
    return true;
}

static bool find_home(bool first_version, struct home *home_out)
{
    FILE *stream = fopen("/proc/self/cgroup", "re");
    char line[TEXT_MAX];
    bool found = false;

    while (stream != NULL && !found &&
           fgets(line, sizeof(line), stream) != NULL) {
        found = read_home(line, first_version, home_out);
    }
    if (stream != NULL) {
        fclose(stream);
    }
    return found;
}

/* Whether a line of /proc/self/mountinfo is of that hierarchy; where it is
 * mounted, and which group is its root there. */
static bool read_mount(char *line, bool first_version, char *root_out,
                       char *point_out)
{
    char kind[32], options[256];
    char *rest = strstr(line, " - ");

    if (rest == NULL ||
        sscanf(line, "%*s %*s %*s %1023s %1023s", root_out, point_out) != 2 ||
        sscanf(rest, " - %31s %*s %255s", kind, options) != 2) {
        return false;
    }
    return first_version
               ? strcmp(kind, "cgroup") == 0 && has_word(options, "memory")
               : strcmp(kind, "cgroup2") == 0;
}

/* The directory of the home. */
static bool find_folder(const struct home *home, bool first_version,
                        char *mount_out, char *folder_out)
{
    FILE *stream = fopen("/proc/self/mountinfo", "re");
    char line[2 * TEXT_MAX], root[TEXT_MAX];
    bool found = false;
    size_t skip;

    while (stream != NULL && !found &&
           fgets(line, sizeof(line), stream) != NULL) {
        found = read_mount(line, first_version, root, mount_out);
    }
    if (stream != NULL) {
        fclose(stream);
    }
    if (!found) {
        return false;
    }
    skip = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(home->group, root, skip) != 0) {
        skip = strlen(home->group); /* out of sight: the root that is seen */
    }
    return snprintf(folder_out, TEXT_MAX, "%s%s", mount_out,
                    home->group + skip) < TEXT_MAX;
}

/* ---- groups -------------------------------------------------------------- */

/* Remove those that nobody holds; what is not empty stays. */
static void remove_stale(const char *folder)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    char path[TEXT_MAX];

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        int group;

        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0 ||
            !join(path, folder, entry->d_name)) {
            continue;
        }
        group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (group >= 0 && flock(group, LOCK_EX | LOCK_NB) == 0) {
            (void)rmdir(path);
        }
        if (group >= 0) {
            close(group);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

static void remove_group(struct memory_limit *limit)
{
    if (limit->lock >= 0) {
        (void)rmdir(limit->path);
        close(limit->lock);
        limit->lock = -1;
    }
}

static enum mm_status make_group(struct memory_limit *limit, const char *folder)
{
    static unsigned made; /* benchmarks are made by one thread */
    char name[64];

    snprintf(name, sizeof(name), PREFIX "%" PRIu64 "-%u", mm_process_id(NULL),
             made++);
    if (!join(limit->path, folder, name)) {
        return MM_OS;
    }
    if (mkdir(limit->path, S_IRWXU) != 0) {
        return status_now();
    }
    limit->lock = open(limit->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (limit->lock < 0) {
        enum mm_status status = status_now();

        (void)rmdir(limit->path);
        return status;
    }
    return flock(limit->lock, LOCK_EX | LOCK_NB) == 0 ? MM_OK : MM_NOT_FOUND;
}

static enum mm_status limit_group(struct memory_limit *limit, uint64_t octets)
{
    enum mm_status status = MM_NOT_FOUND;
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64, octets);
    for (int i = 0; status == MM_NOT_FOUND && i < VERSIONS; i++) {
        status = put(limit->path, versions[i].limit, text);
    }
    return status;
}

static enum mm_status try_folder(struct memory_limit *limit, const char *folder,
                                 uint64_t octets)
{
    enum mm_status status = MM_NOT_FOUND;

    remove_stale(folder);
    for (int i = 0; status == MM_NOT_FOUND && i < TRIES; i++) {
        remove_group(limit);
        status = make_group(limit, folder);
        if (status == MM_OK) {
            status = limit_group(limit, octets);
        }
    }
    if (status != MM_OK) {
        remove_group(limit);
    }
    return status;
}

/* In version 2 a group that has processes cannot have limited ones below it;
 * the one above it may let them be beside it. */
static enum mm_status try_folders(struct memory_limit *limit, const char *mount,
                                  char *folder, uint64_t octets)
{
    enum mm_status status;

    for (;;) {
        status = try_folder(limit, folder, octets);
        if (status == MM_OK || strlen(folder) <= strlen(mount)) {
            return status;
        }
        *strrchr(folder, '/') = '\0';
    }
}

static enum mm_status find_place(struct memory_limit *limit, uint64_t octets)
{
    char mount[TEXT_MAX], folder[TEXT_MAX];
    enum mm_status status = MM_NOT_FOUND;
    struct home home;

    for (int first_version = 1; status != MM_OK && first_version >= 0;
         first_version--) {
        if (find_home(first_version != 0, &home) &&
            find_folder(&home, first_version != 0, mount, folder)) {
            status = try_folders(limit, mount, folder, octets);
        }
    }
    return status;
}

enum mm_status memory_limit_make(uint64_t octets,
                                 struct memory_limit **limit_out,
                                 struct bench_reason *reason)
{
    struct memory_limit *limit = calloc(1, sizeof(*limit));
    enum mm_status status;

    *limit_out = NULL;
    if (limit == NULL) {
        return MM_NO_MEMORY;
    }
    limit->lock = -1;
    status = find_place(limit, octets);
    if (status != MM_OK) {
        free(limit);
        bench_explain(reason,
                      "cannot make a control group with a limit on its "
                      "memory: %s; run as root, or where the system lets you "
                      "have groups of your own",
                      mm_status_text(status));
        return MM_UNSUPPORTED;
    }
    *limit_out = limit;
    return MM_OK;
}

void memory_limit_free(struct memory_limit *limit)
{
    if (limit != NULL) {
        remove_group(limit);
    }
    free(limit);
}

const char *memory_limit_name(const struct memory_limit *limit)
{
    return limit->path;
}

enum mm_status memory_limit_enter(const char *name)
{
    return put(name, "cgroup.procs", "0");
}

enum mm_status memory_limit_held(const char *name, uint64_t *octets_out)
{
    enum mm_status status = MM_NOT_FOUND;

    *octets_out = 0;
    for (int i = 0; status == MM_NOT_FOUND && i < VERSIONS; i++) {
        status = get(name, versions[i].held, octets_out);
    }
    return status;
}
