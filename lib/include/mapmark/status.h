/* SPDX-License-Identifier: MIT */
/* The one result type of the library. */
#ifndef MAPMARK_STATUS_H
#define MAPMARK_STATUS_H

#include <stdbool.h>

#include <mapmark/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Append only: the numbers are part of the ABI and of saved bundles. Numbers
 * below 16 are kinds of success, so one comparison tells them from failures.
 */
#define MM_STATUS_LIST(X)                                               \
    X(OK, 0, "success")                                                 \
    X(PENDING, 1, "started; a completion will follow")                  \
    X(TIMED_OUT, 2, "the time-out passed first")                        \
    X(ABANDONED, 3, "acquired; the previous owner died holding it")     \
    X(ALREADY_EXISTS, 4, "an object of that name existed: opened it")   \
    X(INVALID, 16, "argument outside its range")                        \
    X(NO_MEMORY, 17, "out of memory or address space")                  \
    X(DENIED, 18, "access not granted")                                 \
    X(NOT_FOUND, 19, "no such file or named object")                    \
    X(WRONG_TYPE, 20, "not the kind of object that was asked for")      \
    X(FILE_INVALID, 21, "a file of zero length cannot be mapped")       \
    X(MISALIGNED, 22, "not a multiple of the required alignment")       \
    X(OUT_OF_RANGE, 23, "reaches beyond the end of the object")         \
    X(MAPPED, 24, "refused while the file is mapped")                   \
    X(NO_SPACE, 25, "no space left on the device")                      \
    X(IO, 26, "input/output error")                                     \
    X(NOT_OWNER, 27, "the caller does not own the mutex")               \
    X(TOO_MANY, 28, "a fixed limit would be exceeded")                  \
    X(CANCELLED, 29, "cancelled before it finished")                    \
    X(CLOSED, 30, "the other side or the object is closed")             \
    X(CONNECTION_RESET, 31, "the peer reset the connection")            \
    X(CONNECTION_REFUSED, 32, "nobody listens at that address")         \
    X(ADDRESS_IN_USE, 33, "the address is already in use")              \
    X(MESSAGE_TOO_LARGE, 34, "the datagram did not fit")                \
    X(BUSY, 35, "in use by someone else in a way that excludes this")   \
    X(BAD_NAME, 36, "not a valid object name")                          \
    X(UNSUPPORTED, 37, "this system cannot do that")                    \
    X(BAD_DATA, 38, "malformed or truncated input")                     \
    X(BUFFER_TOO_SMALL, 39, "the output does not fit; retry with more") \
    X(OS, 40, "system error without a name of its own")

enum mm_status {
#define MM_STATUS_ENUM(name, number, text) MM_##name = (number),
    MM_STATUS_LIST(MM_STATUS_ENUM)
#undef MM_STATUS_ENUM
};

/**
 * Tell whether a status is a failure, as opposed to a kind of success.
 *
 * Units:     none.
 * Errors:    none; a number outside the list counts as a failure.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API bool mm_status_failed(enum mm_status status);

/**
 * Name a status as in this header, without the prefix: "NOT_FOUND".
 *
 * Units:     none.
 * Errors:    none; a number outside the list gives "UNKNOWN".
 * Ownership: static storage, never freed.
 * Threads:   safe from any thread.
 */
MM_API const char *mm_status_name(enum mm_status status);

/**
 * Describe a status in one English phrase, for messages.
 *
 * Units:     none.
 * Errors:    none; a number outside the list gives "unknown status".
 * Ownership: static storage, never freed.
 * Threads:   safe from any thread.
 */
MM_API const char *mm_status_text(enum mm_status status);

/**
 * Return the raw errno or GetLastError() value behind the calling thread's
 * latest failure that the system reported; what the library refuses by itself
 * leaves it alone. For diagnosis only: control flow reads the status.
 *
 * Units:     operating-system error number; 0 before the first failure.
 * Errors:    none.
 * Ownership: none.
 * Threads:   one value per thread.
 */
MM_API long mm_last_os_error(void);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_STATUS_H */
