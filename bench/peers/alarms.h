/* SPDX-License-Identifier: MIT */
/* Ways to wait until a time of mm_clock_ns(). */
#ifndef ALARMS_H
#define ALARMS_H

#include "../own_object.h"

#ifdef __cplusplus
extern "C" {
#endif

struct alarm_kind;

struct alarm {
    const struct alarm_kind *kind;
    enum channel_policy policy;
    intptr_t handle;          /* the kind's own */
    struct own_object object; /* the same */
};

struct alarm_kind {
    const char *why_not; /* what to say where it cannot be; else NULL */
    unsigned policies;   /* a bit for each that it has */
    enum mm_status (*open)(struct alarm *alarm);
    enum mm_status (*wait_until)(struct alarm *alarm, uint64_t due_ns);
    /** Also after an `open` that has failed. */
    void (*close)(struct alarm *alarm);
};

extern const struct alarm_kind alarm_nanosleep, alarm_timerfd,
    alarm_kernel_timer;

#ifdef __cplusplus
}
#endif

#endif /* ALARMS_H */
