/* SPDX-License-Identifier: MIT */
/* Looking again and again before a thread parks, as its wait policy says. */
#ifndef MMI_SPIN_H
#define MMI_SPIN_H

#include <stdatomic.h>
#include <stdint.h>

#include <mapmark/wait.h>

/* What a handle has learned. Threads that use one may overwrite each other's
 * lessons: they are hints. All zero is nothing yet. */
struct mmi_lesson {
    atomic_uint bound_ns; /* how long to spin */
    atomic_uint misses;   /* in a row */
    atomic_uint skipped;  /* waits since the last one that has spun */
};

/* Where a signaller runs that has not been seen yet. */
#define MMI_NO_CPU UINT32_MAX

/* Take what is waited for, or MM_TIMED_OUT. */
typedef enum mm_status mmi_look(void *context);

/*
 * Look as long as `policy` and the time allow; MM_TIMED_OUT: time to park. A
 * thread that may use one CPU only spins if the signaller was seen on another
 * one, `signaller_cpu`.
 */
enum mm_status mmi_spin(const struct mm_wait_policy *policy,
                        struct mmi_lesson *lesson, uint32_t signaller_cpu,
                        uint64_t deadline, mmi_look *look, void *context);

/* The CPUs that this thread may use have changed. */
void mmi_spin_forget_cpus(void);

#endif /* MMI_SPIN_H */
