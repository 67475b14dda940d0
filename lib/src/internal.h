/* SPDX-License-Identifier: MIT */
/* What the library's own files share. Never installed. */
#ifndef MMI_INTERNAL_H
#define MMI_INTERNAL_H

#include <mapmark/status.h>

/*
 * Translate the failure that the previous system call just reported and
 * remember its raw number. Call it on the very next line: any call between
 * the two, logging included, may overwrite the system's error.
 */
enum mm_status mmi_os_error(void);

/* As mmi_os_error() for a number that a call returned instead of stored. */
enum mm_status mmi_os_error_number(long number);

void mmi_remember_os_error(long number);

#endif /* MMI_INTERNAL_H */
