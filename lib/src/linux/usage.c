/* SPDX-License-Identifier: MIT */
/* What processes have used: getrusage(2) for this one, proc(5) for others. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mapmark/process.h>

#include "internal.h"
#include "native.h"

enum {
    /* The files that are read here are smaller: stat, status and io. */
    TEXT_ROOM = 8192,
};

static const uint64_t second_ns = 1000000000;

static enum mm_status read_text(const char *path, char *text, size_t room)
{
    size_t size = 0;
    ssize_t count = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return mmi_os_error();
    }
    while (count > 0 && size < room - 1) {
        count = read(fd, text + size, room - 1 - size);
        if (count < 0 && errno == EINTR) {
            count = 1;
        } else if (count > 0) {
            size += (size_t)count;
        }
    }
    text[size] = 0;
    if (count < 0) {
        enum mm_status status = mmi_os_error();

        close(fd);
        return status;
    }
    close(fd);
    return MM_OK;
}

/* The number after `label`, which stands at the beginning of a line. */
static uint64_t number_after(const char *text, const char *label)
{
    const char *line = text;
    size_t size = strlen(label);

    while (line != NULL && strncmp(line, label, size) != 0) {
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return line == NULL ? MM_UNKNOWN : strtoull(line + size, NULL, 10);
}

/* Only root may read this file of some processes: then it is not known. */
static uint64_t storage_read(const char *folder)
{
    char path[64];
    char text[TEXT_ROOM];

    snprintf(path, sizeof(path), "%s/io", folder);
    if (read_text(path, text, sizeof(text)) != MM_OK) {
        return MM_UNKNOWN;
    }
    return number_after(text, "read_bytes:");
}

static uint64_t timeval_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * second_ns + (uint64_t)time.tv_usec * 1000;
}

static enum mm_status own_usage(struct mm_process_usage *usage)
{
    struct rusage used;

    if (getrusage(RUSAGE_SELF, &used) != 0) {
        return mmi_os_error();
    }
    usage->user_ns = timeval_ns(used.ru_utime);
    usage->system_ns = timeval_ns(used.ru_stime);
    usage->minor_faults = (uint64_t)used.ru_minflt;
    usage->major_faults = (uint64_t)used.ru_majflt;
    usage->voluntary_switches = (uint64_t)used.ru_nvcsw;
    usage->involuntary_switches = (uint64_t)used.ru_nivcsw;
    usage->storage_read_bytes = storage_read("/proc/self");
    return MM_OK;
}

/* Fields 10, 12, 14 and 15 of proc(5), stat. */
static enum mm_status read_stat(const char *folder,
                                struct mm_process_usage *usage)
{
    enum mm_status status;
    uint64_t tick_ns = second_ns / (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t user;
    uint64_t system;
    char text[TEXT_ROOM];
    char path[64];
    const char *at;

    snprintf(path, sizeof(path), "%s/stat", folder);
    status = read_text(path, text, sizeof(text));
    if (status != MM_OK) {
        return status;
    }
    /* The name of the program may hold anything, brackets included. */
    at = strrchr(text, ')');
    if (at == NULL || sscanf(at,
                             ") %*c %*d %*d %*d %*d %*d %*u %" SCNu64
                             " %*u %" SCNu64 " %*u %" SCNu64 " %" SCNu64,
                             &usage->minor_faults, &usage->major_faults, &user,
                             &system) != 4) {
        return MM_OS;
    }
    usage->user_ns = user * tick_ns;
    usage->system_ns = system * tick_ns;
    return MM_OK;
}

static void add_switches(const char *folder, const char *thread,
                         struct mm_process_usage *usage)
{
    char text[TEXT_ROOM];
    char path[320];

    snprintf(path, sizeof(path), "%s/task/%s/status", folder, thread);
    if (read_text(path, text, sizeof(text)) != MM_OK) {
        return; /* it has ended meanwhile */
    }
    usage->voluntary_switches += number_after(text, "voluntary_ctxt_switches:");
    usage->involuntary_switches +=
        number_after(text, "nonvoluntary_ctxt_switches:");
}

/* The process's own file counts the switches of its first thread alone. */
static enum mm_status read_switches(const char *folder,
                                    struct mm_process_usage *usage)
{
    struct dirent *entry;
    char path[64];
    DIR *threads;

    snprintf(path, sizeof(path), "%s/task", folder);
    threads = opendir(path);
    if (threads == NULL) {
        return mmi_os_error();
    }
    while ((entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] != '.') {
            add_switches(folder, entry->d_name, usage);
        }
    }
    closedir(threads);
    return MM_OK;
}

enum mm_status mm_process_get_usage(const struct mm_process *process,
                                    struct mm_process_usage *usage_out)
{
    enum mm_status status;
    char folder[40];

    memset(usage_out, 0, sizeof(*usage_out));
    if (process == NULL) {
        return own_usage(usage_out);
    }
    /* The number may already be that of another process. */
    if (process->ended) {
        return MM_NOT_FOUND;
    }
    snprintf(folder, sizeof(folder), "/proc/%ld", (long)process->id);
    status = read_stat(folder, usage_out);
    if (status == MM_OK) {
        status = read_switches(folder, usage_out);
    }
    if (status == MM_OK) {
        usage_out->storage_read_bytes = storage_read(folder);
    } else {
        memset(usage_out, 0, sizeof(*usage_out));
    }
    return status;
}
