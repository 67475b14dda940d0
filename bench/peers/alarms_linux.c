/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "alarms.h"

static struct timespec timespec_of(uint64_t time_ns)
{
    const uint64_t second_ns = 1000000000;
    struct timespec time = {
        .tv_sec = (time_t)(time_ns / second_ns),
        .tv_nsec = (long)(time_ns % second_ns),
    };

    return time;
}

/* ---- clock_nanosleep ----------------------------------------------------- */

static enum mm_status open_nothing(struct alarm *alarm)
{
    (void)alarm;
    return MM_OK;
}

static void close_nothing(struct alarm *alarm)
{
    (void)alarm;
}

static enum mm_status sleep_until(struct alarm *alarm, uint64_t due_ns)
{
    struct timespec until = timespec_of(due_ns);
    int error;

    (void)alarm;
    do {
        error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    } while (error == EINTR);
    return error == 0 ? MM_OK : MM_OS;
}

const struct alarm_kind alarm_nanosleep = {
    .policies = 1U << CHANNEL_PARK,
    .open = open_nothing,
    .wait_until = sleep_until,
    .close = close_nothing,
};

/* ---- timerfd ------------------------------------------------------------- */

static enum mm_status open_timerfd(struct alarm *alarm)
{
    alarm->handle = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    return alarm->handle >= 0 ? MM_OK : MM_OS;
}

static enum mm_status wait_for_timerfd(struct alarm *alarm, uint64_t due_ns)
{
    const struct itimerspec due = {.it_value = timespec_of(due_ns)};
    uint64_t times;
    ssize_t octets;

    if (timerfd_settime((int)alarm->handle, TFD_TIMER_ABSTIME, &due, NULL) !=
        0) {
        return MM_OS;
    }
    do {
        octets = read((int)alarm->handle, &times, sizeof(times));
    } while (octets < 0 && errno == EINTR);
    return octets == sizeof(times) ? MM_OK : MM_OS;
}

static void close_timerfd(struct alarm *alarm)
{
    if (alarm->handle >= 0) {
        close((int)alarm->handle);
    }
}

const struct alarm_kind alarm_timerfd = {
    .policies = 1U << CHANNEL_PARK,
    .open = open_timerfd,
    .wait_until = wait_for_timerfd,
    .close = close_timerfd,
};

/* ---- what this system has not -------------------------------------------- */

const struct alarm_kind alarm_kernel_timer = {
    .why_not = "a bare waitable timer is an object of Windows",
    .policies = 1U << CHANNEL_PARK,
};
