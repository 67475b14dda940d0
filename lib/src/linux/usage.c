/* SPDX-License-Identifier: MIT */
/* What processes have used: getrusage(2) for this one, proc(5) for others. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mapmark/process.h>

#include "internal.h"
#include "native.h"

enum {
    /* Of the numbers in proc(5), stat, that follow the state: from field 4. */
    STAT_MINOR_FAULTS = 10 - 4,
    STAT_MAJOR_FAULTS = 12 - 4,
    STAT_USER = 14 - 4,
    STAT_SYSTEM = 15 - 4,
    STAT_NUMBERS,
};

static const uint64_t second_ns = 1000000000;

enum mm_status mmi_proc_read(const char *path, char text[MMI_PROC_ROOM])
{
    const size_t room = MMI_PROC_ROOM;
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

uint64_t mmi_proc_number(const char *text, const char *label)
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
static void read_transfers(const char *folder, struct mm_process_usage *usage)
{
    char path[64];
    char text[MMI_PROC_ROOM] = "";

    snprintf(path, sizeof(path), "%s/io", folder);
    (void)mmi_proc_read(path, text);
    usage->storage_read_bytes = mmi_proc_number(text, "read_bytes:");
    usage->storage_write_bytes = mmi_proc_number(text, "write_bytes:");
    usage->read_calls = mmi_proc_number(text, "syscr:");
    usage->write_calls = mmi_proc_number(text, "syscw:");
    usage->read_bytes = mmi_proc_number(text, "rchar:");
    usage->write_bytes = mmi_proc_number(text, "wchar:");
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
    read_transfers("/proc/self", usage);
    return MM_OK;
}

/* The numbers of proc(5), stat; false when there are too few. */
static bool parse_stat(const char *text, uint64_t numbers[STAT_NUMBERS])
{
    /* The name of the program may hold anything, brackets included. */
    const char *at = strrchr(text, ')');

    if (at == NULL || strlen(at) < sizeof(") S")) {
        return false;
    }
    at += strlen(") S");
    for (int i = 0; i < STAT_NUMBERS; i++) {
        char *end;

        numbers[i] = strtoull(at, &end, 10);
        if (end == at) {
            return false;
        }
        at = end;
    }
    return true;
}

static enum mm_status read_stat(const char *folder,
                                struct mm_process_usage *usage)
{
    enum mm_status status;
    uint64_t tick_ns = second_ns / (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t numbers[STAT_NUMBERS];
    char text[MMI_PROC_ROOM];
    char path[64];

    snprintf(path, sizeof(path), "%s/stat", folder);
    status = mmi_proc_read(path, text);
    if (status != MM_OK) {
        return status;
    }
    if (!parse_stat(text, numbers)) {
        return MM_OS;
    }
    usage->minor_faults = numbers[STAT_MINOR_FAULTS];
    usage->major_faults = numbers[STAT_MAJOR_FAULTS];
    usage->user_ns = numbers[STAT_USER] * tick_ns;
    usage->system_ns = numbers[STAT_SYSTEM] * tick_ns;
    return MM_OK;
}

static void add_switches(const char *folder, const char *thread,
                         struct mm_process_usage *usage)
{
    char text[MMI_PROC_ROOM];
    char path[320];

    snprintf(path, sizeof(path), "%s/task/%s/status", folder, thread);
    if (mmi_proc_read(path, text) != MM_OK) {
        return; /* it has ended meanwhile */
    }
    usage->voluntary_switches +=
        mmi_proc_number(text, "voluntary_ctxt_switches:");
    usage->involuntary_switches +=
        mmi_proc_number(text, "nonvoluntary_ctxt_switches:");
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
        read_transfers(folder, usage_out);
    } else {
        memset(usage_out, 0, sizeof(*usage_out));
    }
    return status;
}
