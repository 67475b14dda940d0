/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "internal.h"
#include "native.h"

#include <psapi.h>

static uint64_t filetime_ns(FILETIME time)
{
    const uint64_t unit_ns = 100;

    return (((uint64_t)time.dwHighDateTime << 32) | time.dwLowDateTime) *
           unit_ns;
}

static enum mm_status read_times(HANDLE process, struct mm_process_usage *usage)
{
    FILETIME created;
    FILETIME ended;
    FILETIME system;
    FILETIME user;

    if (!GetProcessTimes(process, &created, &ended, &system, &user)) {
        return mmi_os_error();
    }
    usage->user_ns = filetime_ns(user);
    usage->system_ns = filetime_ns(system);
    return MM_OK;
}

static enum mm_status read_faults(HANDLE process,
                                  struct mm_process_usage *usage)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};

    if (!GetProcessMemoryInfo(process, &counters, sizeof(counters))) {
        return mmi_os_error();
    }
    /* No process starts without a fault: here nobody counts them. */
    usage->minor_faults =
        counters.PageFaultCount != 0 ? counters.PageFaultCount : MM_UNKNOWN;
    return MM_OK;
}

static enum mm_status read_calls(HANDLE process, struct mm_process_usage *usage)
{
    IO_COUNTERS counters;

    if (!GetProcessIoCounters(process, &counters)) {
        return mmi_os_error();
    }
    /* No process starts without a call: here nobody counts them. */
    if (counters.ReadOperationCount + counters.WriteOperationCount +
            counters.OtherOperationCount ==
        0) {
        usage->read_calls = MM_UNKNOWN;
        usage->write_calls = MM_UNKNOWN;
        usage->read_bytes = MM_UNKNOWN;
        usage->write_bytes = MM_UNKNOWN;
        return MM_OK;
    }
    usage->read_calls = counters.ReadOperationCount;
    usage->write_calls = counters.WriteOperationCount;
    usage->read_bytes = counters.ReadTransferCount;
    usage->write_bytes = counters.WriteTransferCount;
    return MM_OK;
}

enum mm_status mm_process_get_usage(const struct mm_process *process,
                                    struct mm_process_usage *usage_out)
{
    HANDLE handle = process != NULL ? process->handle : GetCurrentProcess();
    enum mm_status status;

    memset(usage_out, 0, sizeof(*usage_out));
    /* The handle would still tell, but not on every system. */
    if (process != NULL && process->ended) {
        return MM_NOT_FOUND;
    }
    status = read_times(handle, usage_out);
    if (status == MM_OK) {
        status = read_faults(handle, usage_out);
    }
    if (status == MM_OK) {
        status = read_calls(handle, usage_out);
    }
    if (status != MM_OK) {
        memset(usage_out, 0, sizeof(*usage_out));
        return status;
    }
    /* The octets that are counted include those from the cache. */
    usage_out->storage_read_bytes = MM_UNKNOWN;
    usage_out->storage_write_bytes = MM_UNKNOWN;
    usage_out->major_faults = MM_UNKNOWN;
    usage_out->voluntary_switches = MM_UNKNOWN;
    usage_out->involuntary_switches = MM_UNKNOWN;
    return MM_OK;
}
