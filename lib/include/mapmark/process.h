/* SPDX-License-Identifier: MIT */
/* Other processes as peers, and what this or another process has used. */
#ifndef MAPMARK_PROCESS_H
#define MAPMARK_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_process;

/** The exit code that mm_process_wait() reports for a killed process. */
#define MM_EXIT_KILLED 137

/** Bits of struct mm_process_options. */
enum mm_process_flag {
    /** The child inherits every handle of this library that was made
     * inheritable and is still open. Handles are not closed and not
     * made inheritable by another thread meanwhile. */
    MM_PROCESS_INHERIT = 1 << 0,
};

/** How to start a process; zero every member that is not used. */
struct mm_process_options {
    /** Path of the program, UTF-8; NULL starts the calling program again. */
    const char *program;
    /** What follows argv[0], UTF-8, ended by NULL; NULL is no argument. */
    const char *const *arguments;
    /** Of enum mm_process_flag. */
    unsigned flags;
};

/**
 * What a process has used so far. A member that the system does not tell is
 * MM_UNKNOWN: Windows does not split faults and counts no switches, and Wine
 * counts neither faults nor calls.
 */
struct mm_process_usage {
    uint64_t user_ns; /* of another process on Linux: in steps of 10 ms */
    uint64_t system_ns;
    uint64_t minor_faults; /* Windows: all faults */
    uint64_t major_faults;
    uint64_t voluntary_switches; /* of another process: of live threads */
    uint64_t involuntary_switches;
    /** Octets fetched from storage on behalf of the process, reads done by
     * read-ahead included: the proof that a run was, or was not, cold. */
    uint64_t storage_read_bytes;
    /** Octets that will go to storage because the process made pages dirty;
     * counted when it does so, not when they go. */
    uint64_t storage_write_bytes;
    /** Calls that read and that wrote files, pipes and the like: the proof
     * that octets came through calls, or did not. */
    uint64_t read_calls;
    uint64_t write_calls;
    uint64_t read_bytes; /* that those calls transferred, cached or not */
    uint64_t write_bytes;
};

/**
 * Start a program as a child process with the caller's standard streams.
 *
 * Arguments arrive unchanged whatever they contain, spaces, quotes and
 * trailing backslashes included.
 *
 * Units:     none.
 * Errors:    MM_INVALID (bad flags), MM_NOT_FOUND, MM_DENIED, MM_NO_MEMORY,
 *            MM_OS. On failure `*process_out` is NULL.
 * Ownership: the caller owns `*process_out` and gives it to
 *            mm_process_close(); the options are not kept.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_process_spawn(const struct mm_process_options *options,
                                       struct mm_process **process_out);

/**
 * Wait for the process to end.
 *
 * May be called again after the end and tells the same code.
 *
 * Units:     `timeout_ns` nanoseconds from now, 0 asks without waiting,
 *            MM_INFINITE never gives up; a time-out is never early.
 * Errors:    MM_TIMED_OUT (still running), MM_OS. `*exit_code_out` is the
 *            program's exit code or MM_EXIT_KILLED (on Linux 128 and its
 *            number for another signal); 0 when not ended.
 * Ownership: none; `exit_code_out` may be NULL.
 * Threads:   one thread at a time per process object.
 */
MM_API enum mm_status mm_process_wait(struct mm_process *process,
                                      uint64_t timeout_ns, int *exit_code_out);

/**
 * Kill the process at once: SIGKILL or TerminateProcess.
 *
 * Nothing of it runs afterwards, no clean-up either; wait to see it gone.
 *
 * Units:     none.
 * Errors:    MM_OK also when it had already ended; MM_DENIED, MM_OS.
 * Ownership: none.
 * Threads:   one thread at a time per process object.
 */
MM_API enum mm_status mm_process_kill(struct mm_process *process);

/**
 * Tell the system's number of the process.
 *
 * Units:     process id.
 * Errors:    none.
 * Ownership: none; NULL asks about the calling process.
 * Threads:   safe from any thread.
 */
MM_API uint64_t mm_process_id(const struct mm_process *process);

/**
 * Forget the process; NULL is allowed. A running process runs on, except that
 * a child that was never waited for is waited for if it has already ended.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `process`.
 * Threads:   no other thread may be using `process`.
 */
MM_API void mm_process_close(struct mm_process *process);

/**
 * Tell what a process has used, all its threads together.
 *
 * Units:     see struct mm_process_usage.
 * Errors:    MM_NOT_FOUND (ended and waited for), MM_DENIED, MM_OS; every
 *            member is zero on failure.
 * Ownership: none; NULL for `process` asks about the calling process.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_process_get_usage(const struct mm_process *process,
                                           struct mm_process_usage *usage_out);

/**
 * Run the calling thread on one CPU only; on Windows one of its own group of
 * at most 64.
 *
 * Units:     `cpu` as the system numbers it, from 0.
 * Errors:    MM_INVALID (no such CPU, or not allowed to this process), MM_OS.
 * Ownership: none.
 * Threads:   affects the calling thread only.
 */
MM_API enum mm_status mm_process_pin(unsigned cpu);

/**
 * Tell on which CPU the calling thread runs at this moment.
 *
 * Units:     CPU number, from 0.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API unsigned mm_process_cpu(void);

/**
 * Count the CPUs that the calling thread may use.
 *
 * Units:     CPUs, at least 1.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API unsigned mm_process_cpu_count(void);

/**
 * Name the system that runs this program, compatibility layers included.
 *
 * A bundle made under Wine says so by this text; its times mean nothing.
 *
 * Units:     UTF-8 text such as "Linux 6.18.4" or "Windows 10.0 (Wine 8.0)",
 *            ended by zero and cut to fit `size` octets.
 * Errors:    MM_INVALID (`size` is 0), MM_OS.
 * Ownership: the caller's buffer.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_process_system(char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_PROCESS_H */
