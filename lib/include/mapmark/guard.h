/* SPDX-License-Identifier: MIT */
/* Guards: work on mapped memory that a file may fail to supply. */
#ifndef MAPMARK_GUARD_H
#define MAPMARK_GUARD_H

#include <stddef.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Call `body(context)`, and end it early when the system cannot supply the
 * octets of the range: the file has been cut, or the device fails.
 *
 * What the body was doing is abandoned where it stands, as by longjmp():
 * locks stay locked, memory stays allocated, nothing is destroyed. So a body
 * copies, sums or searches, and keeps what must be undone in its context. It
 * returns, and is left in no other way. A fault elsewhere, or of another
 * kind, such as a write to a view for reading, goes to the handler that was
 * there before, and without one kills the process, as ever.
 *
 * Guards may be nested, for more ranges than one: a fault ends the innermost
 * guard whose range it is in, and with it those inside.
 *
 * Units:     octets.
 * Errors:    MM_IO (the body has been ended early), MM_INVALID (no body),
 *            and those of mm_guard_install(), before the body has begun.
 * Ownership: none; the range need not be a view of this library.
 * Threads:   safe from any thread; a guard is its thread's alone. Inside a
 *            handler of signals it is safe as well, once installed.
 * Source:    R-65; sigaction(2), AddVectoredExceptionHandler.
 */
MM_API enum mm_status mm_guard_run(const void *address, size_t size,
                                   void (*body)(void *context), void *context);

/**
 * Let the innermost guard of this thread watch another range from now on: the
 * body has mapped a new view. Does nothing outside a guard.
 *
 * Units:     octets; a `size` of 0 watches nothing.
 * Errors:    none.
 * Ownership: none.
 * Threads:   concerns the calling thread alone.
 */
MM_API void mm_guard_move(const void *address, size_t size);

/**
 * Put the handler of faults in front of all others.
 *
 * The first mm_guard_run() does this by itself. Later it is needed only where
 * somebody has put a handler of SIGBUS over ours and does not pass on what is
 * not his; some test frameworks do. The library must stay loaded from then
 * on. On Windows exception handlers cannot be put over ours in this way, and
 * later calls do nothing.
 *
 * Units:     none.
 * Errors:    MM_TOO_MANY (this has been called over more than a handful of
 *            different handlers), MM_NO_MEMORY, MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread; one that changes the handlers by other
 *            means meanwhile is not.
 * Source:    sigaction(2), AddVectoredExceptionHandler.
 */
MM_API enum mm_status mm_guard_install(void);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_GUARD_H */
