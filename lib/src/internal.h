/* SPDX-License-Identifier: MIT */
/* What the library's own files share. Never installed. */
#ifndef MMI_INTERNAL_H
#define MMI_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <mapmark/status.h>

/* What a compiler is to leave a function of its own. */
#if defined(__GNUC__)
#define MMI_APART __attribute__((noinline))
#elif defined(_MSC_VER)
#define MMI_APART __declspec(noinline)
#else
#define MMI_APART
#endif

/*
 * Translate the failure that the previous system call just reported and
 * remember its raw number. Call it on the very next line: any call between
 * the two, logging included, may overwrite the system's error.
 */
enum mm_status mmi_os_error(void);

/* As mmi_os_error() for a number that a call returned instead of stored. */
enum mm_status mmi_os_error_number(long number);

void mmi_remember_os_error(long number);

/* Tell whether `flags` of enum mm_file_flag are known and do not contradict. */
bool mmi_file_flags_valid(unsigned flags);

/*
 * Cut the range that a caller asked for to what a file of `file_size` octets
 * has; `*size` 0 means to the end. OUT_OF_RANGE when it reaches beyond.
 */
enum mm_status mmi_file_range(uint64_t file_size, uint64_t offset,
                              uint64_t *size);

/* When `timeout_ns` from now has passed; MM_INFINITE stays what it is. */
uint64_t mmi_deadline(uint64_t timeout_ns);

/* What is left until `deadline`, 0 when it has passed. */
uint64_t mmi_time_left(uint64_t deadline);

#endif /* MMI_INTERNAL_H */
