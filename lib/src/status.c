/* SPDX-License-Identifier: MIT */
#include "internal.h"

enum {
    /* Numbers below are kinds of success: see the list in status.h. */
    FIRST_FAILURE = 16,
};

static _Thread_local long last_os_error;

bool mm_status_failed(enum mm_status status)
{
    /* Compared as int: a number outside the list may come in negative. */
    int number = (int)status;

    return number < 0 || number >= FIRST_FAILURE;
}

const char *mm_status_name(enum mm_status status)
{
    switch (status) {
#define MM_STATUS_CASE(name, number, text) \
    case MM_##name:                        \
        return #name;
        MM_STATUS_LIST(MM_STATUS_CASE)
#undef MM_STATUS_CASE
    }
    return "UNKNOWN";
}

const char *mm_status_text(enum mm_status status)
{
    switch (status) {
#define MM_STATUS_CASE(name, number, text) \
    case MM_##name:                        \
        return text;
        MM_STATUS_LIST(MM_STATUS_CASE)
#undef MM_STATUS_CASE
    }
    return "unknown status";
}

long mm_last_os_error(void)
{
    return last_os_error;
}

void mmi_remember_os_error(long number)
{
    last_os_error = number;
}
