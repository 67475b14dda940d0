/* SPDX-License-Identifier: MIT */
/*
 * Adaptive spinning. Two that answer each other at once should never park: a
 * wake-up costs a thousand times what a look does. One who waits for long
 * should spin for nothing only a few times.
 *
 * So a wait may spin for what the last ones took, eight times over. One that
 * spins in vain doubles that, because an answer may be late for the very reason
 * that the other one had parked, and only who outlasts its wake-up brings both
 * back. After some misses in a row, one wait in many still tries.
 */
#include "spin.h"

#include <stdbool.h>

#include <mapmark/clock.h>
#include <mapmark/process.h>

enum {
    /* Looks between two readings of the clock. */
    LOOKS = 16,
    /* Misses in a row after which a wait seldom spins: one of 64 at first, and
     * ever fewer, down to one of 4096. */
    MISSES_MAX = 8,
    SKIPS_FIRST = 6,
    SKIPS_LAST = 12,
    MARGIN = 8,
};

/* Bounds of what is learned: the least is many times what an answer takes that
 * is on its way, the most is two wake-ups on a virtual machine. */
static const uint64_t least_ns = 20000;
static const uint64_t first_ns = 50000;
static const uint64_t most_ns = 200000;

/* To ask takes longer than many a wait. */
static _Thread_local unsigned cpu_count;

void mmi_spin_forget_cpus(void)
{
    cpu_count = 0;
}

static bool may_spin(uint32_t signaller_cpu)
{
    if (cpu_count == 0) {
        cpu_count = mm_process_cpu_count();
    }
    return cpu_count > 1 ||
           (signaller_cpu != MMI_NO_CPU && signaller_cpu != mm_process_cpu());
}

/* Tell the CPU, which may share its core with another one. */
static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* What it took is 0 where the clock was not read. */
static enum mm_status spin(uint64_t bound_ns, uint64_t deadline, mmi_look *look,
                           void *context, uint64_t *took_out)
{
    uint64_t start = 0;

    *took_out = 0;
    for (unsigned looks = 1;; looks++) {
        enum mm_status status = look(context);
        uint64_t now;

        if (status != MM_TIMED_OUT) {
            return status;
        }
        relax();
        if (looks % LOOKS != 0) {
            continue;
        }
        now = mm_clock_ns();
        start = start == 0 ? now : start;
        *took_out = now - start;
        if (*took_out >= bound_ns || now >= deadline) {
            mmi_spin_forget_cpus(); /* perhaps that was why */
            return MM_TIMED_OUT;
        }
    }
}

/* 0 is not to spin. */
static uint64_t bound_of(struct mmi_lesson *lesson)
{
    unsigned misses =
        atomic_load_explicit(&lesson->misses, memory_order_relaxed);
    unsigned bound =
        atomic_load_explicit(&lesson->bound_ns, memory_order_relaxed);
    unsigned skipped =
        atomic_load_explicit(&lesson->skipped, memory_order_relaxed) + 1;
    unsigned shift;

    if (misses < MISSES_MAX) {
        return bound != 0 ? bound : first_ns;
    }
    shift = misses - MISSES_MAX + SKIPS_FIRST;
    shift = shift < SKIPS_LAST ? shift : SKIPS_LAST;
    if (skipped >> shift == 0) {
        atomic_store_explicit(&lesson->skipped, skipped, memory_order_relaxed);
        return 0;
    }
    atomic_store_explicit(&lesson->skipped, 0, memory_order_relaxed);
    return most_ns;
}

static void learn(struct mmi_lesson *lesson, bool missed, uint64_t bound_ns,
                  uint64_t took_ns)
{
    unsigned misses =
        atomic_load_explicit(&lesson->misses, memory_order_relaxed);
    uint64_t bound = missed ? 2 * bound_ns : bound_ns / 2;

    if (!missed && bound < MARGIN * took_ns) {
        bound = MARGIN * took_ns;
    }
    bound = bound > least_ns ? bound : least_ns;
    bound = bound < most_ns ? bound : most_ns;
    atomic_store_explicit(&lesson->bound_ns, (unsigned)bound,
                          memory_order_relaxed);
    atomic_store_explicit(&lesson->misses, missed ? misses + 1 : 0,
                          memory_order_relaxed);
}

enum mm_status mmi_spin(const struct mm_wait_policy *policy,
                        struct mmi_lesson *lesson, uint32_t signaller_cpu,
                        uint64_t deadline, mmi_look *look, void *context)
{
    enum mm_wait_way way = policy == NULL ? MM_WAIT_ADAPTIVE : policy->way;
    enum mm_status status;
    uint64_t bound_ns;
    uint64_t took_ns;

    if (way == MM_WAIT_PARK || !may_spin(signaller_cpu)) {
        return MM_TIMED_OUT;
    }
    if (way == MM_WAIT_SPIN) {
        return spin(policy->spin_ns, deadline, look, context, &took_ns);
    }
    bound_ns = bound_of(lesson);
    if (bound_ns == 0) {
        return MM_TIMED_OUT;
    }
    status = spin(bound_ns, deadline, look, context, &took_ns);
    learn(lesson, status == MM_TIMED_OUT, bound_ns, took_ns);
    return status;
}
