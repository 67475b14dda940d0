/* SPDX-License-Identifier: MIT */
/*
 * A mapping is several descriptors and some facts, and a child is told one
 * number. It is that of a ticket: a sealed file in memory that lists the rest.
 * Descriptors keep their numbers on the way into a child.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core.h"
#include "inherit.h"
#include "internal.h"
#include "namespace.h"
#include "native.h"

static const char magic[16] = "mapmark ticket";

static const int seals =
    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

struct ticket {
    char magic[sizeof(magic)];
    uint64_t size;
    uint64_t data_start;
    int64_t data;
    int64_t file;
    uint32_t protection;
    uint32_t has_file;
    uint32_t reserved;
    uint32_t is_named;
    struct mmi_object object;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void mmi_heirlooms_lock(void)
{
    pthread_mutex_lock(&lock);
}

void mmi_heirlooms_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static void add_handle(struct mmi_heirloom *heirloom, intptr_t handle)
{
    if (handle != MMI_NO_HANDLE) {
        heirloom->handles[heirloom->count++] = handle;
    }
}

static struct mmi_heirloom list_handles(intptr_t fd,
                                        const struct ticket *ticket)
{
    struct mmi_heirloom heirloom = {0};

    add_handle(&heirloom, fd);
    add_handle(&heirloom, (intptr_t)ticket->data);
    add_handle(&heirloom, (intptr_t)ticket->file);
    if (ticket->is_named != 0) {
        add_handle(&heirloom, ticket->object.live);
        add_handle(&heirloom, ticket->object.folder);
    }
    return heirloom;
}

static struct ticket describe(const struct mm_mapping *mapping)
{
    const struct mmi_core *core = mapping->core;
    struct ticket ticket = {
        .size = core->size,
        .data_start = core->data_start,
        .data = core->data,
        .file = core->file,
        .protection = (uint32_t)core->protection,
        .has_file = core->has_file,
        .reserved = core->reserved,
        .is_named = mapping->object != NULL,
    };

    memcpy(ticket.magic, magic, sizeof(magic));
    if (mapping->object != NULL) {
        ticket.object = *mapping->object;
    }
    return ticket;
}

enum mm_status mmi_mapping_bequeath(struct mm_mapping *mapping)
{
    struct ticket ticket = describe(mapping);
    int fd = memfd_create("mapmark-ticket", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ssize_t count;

    if (fd < 0) {
        return mmi_os_error();
    }
    mapping->ticket = fd;
    count = pwrite(fd, &ticket, sizeof(ticket), 0);
    if (count < 0) {
        return mmi_os_error();
    }
    if ((size_t)count < sizeof(ticket)) {
        return MM_NO_MEMORY;
    }
    if (fcntl(fd, F_ADD_SEALS, seals) != 0) {
        return mmi_os_error();
    }
    mapping->heirloom = list_handles(fd, &ticket);
    return MM_OK;
}

uint64_t mmi_mapping_value(const struct mm_mapping *mapping)
{
    return (uint64_t)mapping->ticket;
}

/* Only what this library wrote, and nobody can have changed, is believed. */
static enum mm_status read_ticket(uint64_t value, struct ticket *ticket_out)
{
    int fd = value <= INT32_MAX ? (int)value : -1;
    int found = fcntl(fd, F_GET_SEALS);

    if (found < 0) {
        mmi_os_error();
        return mm_last_os_error() == EBADF ? MM_INVALID : MM_WRONG_TYPE;
    }
    if (found != seals ||
        pread(fd, ticket_out, sizeof(*ticket_out), 0) !=
            (ssize_t)sizeof(*ticket_out) ||
        memcmp(ticket_out->magic, magic, sizeof(magic)) != 0) {
        return MM_WRONG_TYPE;
    }
    return MM_OK;
}

/* What comes into a process without this mark goes on to all its children. */
static enum mm_status keep_to_this_process(const struct mmi_heirloom *heirloom)
{
    for (size_t i = 0; i < heirloom->count; i++) {
        if (fcntl((int)heirloom->handles[i], F_SETFD, FD_CLOEXEC) != 0) {
            mmi_os_error();
            return MM_INVALID; /* it was told before, and has been closed */
        }
    }
    return MM_OK;
}

static enum mm_status check_grant(const struct ticket *ticket,
                                  enum mm_protection protection)
{
    return protection != MM_READ_WRITE || ticket->protection == MM_READ_WRITE
               ? MM_OK
               : MM_DENIED;
}

enum mm_status mmi_mapping_adopt(struct mm_mapping *mapping, uint64_t value)
{
    struct mmi_core *core = mapping->core;
    struct ticket ticket;
    struct mmi_heirloom heirloom;
    enum mm_status status = read_ticket(value, &ticket);

    if (status == MM_OK) {
        status = check_grant(&ticket, core->protection);
    }
    if (status == MM_OK) {
        heirloom = list_handles((intptr_t)value, &ticket);
        status = keep_to_this_process(&heirloom);
    }
    if (status != MM_OK) {
        return status;
    }
    close((int)value); /* it is for one adoption only */
    core->data = (intptr_t)ticket.data;
    core->file = (intptr_t)ticket.file;
    core->data_start = ticket.data_start;
    core->size = ticket.size;
    core->has_file = ticket.has_file != 0;
    core->reserved = ticket.reserved != 0;
    return ticket.is_named != 0
               ? mmi_object_adopt(&ticket.object, &mapping->object)
               : MM_OK;
}
