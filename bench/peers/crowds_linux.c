/* SPDX-License-Identifier: MIT */
/* poll(2) on eventfds: what it says is ready is then read. For all of them
 * there is no call, so they are read one after the other. */
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "crowds.h"

static enum mm_status status_of(int failed)
{
    return failed != 0 ? MM_OS : MM_OK;
}

static enum mm_status open_eventfds(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        int fd = eventfd(0, EFD_CLOEXEC);

        if (fd < 0) {
            return MM_OS;
        }
        crowd->handles[i] = fd + 1; /* 0 is none */
    }
    return MM_OK;
}

static int fd_of(const struct crowd *crowd, size_t index)
{
    return (int)crowd->handles[index] - 1;
}

static enum mm_status write_one(struct crowd *crowd, size_t index)
{
    const uint64_t one = 1;

    return status_of(write(fd_of(crowd, index), &one, sizeof(one)) !=
                     sizeof(one));
}

static enum mm_status read_one(const struct crowd *crowd, size_t index)
{
    uint64_t times;

    return status_of(read(fd_of(crowd, index), &times, sizeof(times)) !=
                     sizeof(times));
}

static enum mm_status poll_for_any(struct crowd *crowd, size_t *index_out)
{
    struct pollfd polled[CROWD_MAX];

    *index_out = 0;
    for (size_t i = 0; i < crowd->count; i++) {
        polled[i] = (struct pollfd){.fd = fd_of(crowd, i), .events = POLLIN};
    }
    if (poll(polled, crowd->count, -1) < 0) {
        return MM_OS;
    }
    for (size_t i = 0; i < crowd->count; i++) {
        if (polled[i].revents != 0) {
            *index_out = i;
            return read_one(crowd, i);
        }
    }
    return MM_OS;
}

static enum mm_status read_all(struct crowd *crowd)
{
    enum mm_status status = MM_OK;

    for (size_t i = 0; status == MM_OK && i < crowd->count; i++) {
        status = read_one(crowd, i);
    }
    return status;
}

static void close_eventfds(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        if (crowd->handles[i] != 0) {
            close(fd_of(crowd, i));
        }
    }
}

const struct crowd_kind crowd_eventfd = {
    .open = open_eventfds,
    .set = write_one,
    .wait_for_any = poll_for_any,
    .wait_for_all = read_all,
    .close = close_eventfds,
};

const struct crowd_kind crowd_kernel_event = {
    .why_not = "a bare kernel event is an object of Windows",
};
