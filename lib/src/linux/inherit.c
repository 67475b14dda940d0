/* SPDX-License-Identifier: MIT */
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

/* What the ticket of a mapping says beside its descriptors. */
struct facts {
    uint64_t size;
    uint64_t data_start;
    uint32_t protection;
    uint32_t has_file;
    uint32_t reserved;
};

_Static_assert(sizeof(struct facts) <= MMI_TICKET_FACTS_MAX,
               "the facts must fit on the ticket");

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
                                        const struct mmi_ticket *ticket)
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

struct mmi_ticket mmi_ticket_begin(enum mmi_kind kind,
                                   const struct mmi_object *object)
{
    struct mmi_ticket ticket = {
        .kind = (uint32_t)kind,
        .is_named = object != NULL,
        .data = MMI_NO_HANDLE,
        .file = MMI_NO_HANDLE,
    };

    memcpy(ticket.magic, magic, sizeof(magic));
    if (object != NULL) {
        ticket.object = *object;
    }
    return ticket;
}

enum mm_status mmi_ticket_write(const struct mmi_ticket *ticket,
                                intptr_t *descriptor_out,
                                struct mmi_heirloom *heirloom_out)
{
    int fd = memfd_create("mapmark-ticket", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ssize_t count;

    *descriptor_out = fd;
    if (fd < 0) {
        return mmi_os_error();
    }
    count = pwrite(fd, ticket, sizeof(*ticket), 0);
    if (count < 0) {
        return mmi_os_error();
    }
    if ((size_t)count < sizeof(*ticket)) {
        return MM_NO_MEMORY;
    }
    if (fcntl(fd, F_ADD_SEALS, seals) != 0) {
        return mmi_os_error();
    }
    *heirloom_out = list_handles(fd, ticket);
    return MM_OK;
}

/* Only what this library wrote, and nobody can have changed, is believed. */
enum mm_status mmi_ticket_read(uint64_t value, enum mmi_kind kind,
                               struct mmi_ticket *ticket_out)
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
        memcmp(ticket_out->magic, magic, sizeof(magic)) != 0 ||
        ticket_out->kind != (uint32_t)kind) {
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

enum mm_status mmi_ticket_take(uint64_t value, const struct mmi_ticket *ticket)
{
    struct mmi_heirloom heirloom = list_handles((intptr_t)value, ticket);
    enum mm_status status = keep_to_this_process(&heirloom);

    if (status == MM_OK) {
        close((int)value); /* it is for one adoption only */
    }
    return status;
}

enum mm_status mmi_mapping_bequeath(struct mm_mapping *mapping)
{
    const struct mmi_core *core = mapping->core;
    struct mmi_ticket ticket =
        mmi_ticket_begin(MMI_KIND_MAPPING, mapping->object);
    const struct facts facts = {
        .size = core->size,
        .data_start = core->data_start,
        .protection = (uint32_t)core->protection,
        .has_file = core->has_file,
        .reserved = core->reserved,
    };

    ticket.data = core->data;
    ticket.file = core->file;
    memcpy(ticket.facts, &facts, sizeof(facts));
    return mmi_ticket_write(&ticket, &mapping->ticket, &mapping->heirloom);
}

uint64_t mmi_mapping_value(const struct mm_mapping *mapping)
{
    return (uint64_t)mapping->ticket;
}

static enum mm_status check_grant(const struct facts *facts,
                                  enum mm_protection protection)
{
    return protection != MM_READ_WRITE || facts->protection == MM_READ_WRITE
               ? MM_OK
               : MM_DENIED;
}

enum mm_status mmi_mapping_adopt(struct mm_mapping *mapping, uint64_t value)
{
    struct mmi_core *core = mapping->core;
    struct mmi_ticket ticket;
    struct facts facts;
    enum mm_status status = mmi_ticket_read(value, MMI_KIND_MAPPING, &ticket);

    if (status == MM_OK) {
        memcpy(&facts, ticket.facts, sizeof(facts));
        status = check_grant(&facts, core->protection);
    }
    if (status == MM_OK) {
        status = mmi_ticket_take(value, &ticket);
    }
    if (status != MM_OK) {
        return status;
    }
    core->data = (intptr_t)ticket.data;
    core->file = (intptr_t)ticket.file;
    core->data_start = facts.data_start;
    core->size = facts.size;
    core->has_file = facts.has_file != 0;
    core->reserved = facts.reserved != 0;
    return ticket.is_named != 0
               ? mmi_object_adopt(&ticket.object, &mapping->object)
               : MM_OK;
}
