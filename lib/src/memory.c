/* SPDX-License-Identifier: MIT */
/* The part of memory that needs no system call. */
#include <string.h>

#include <mapmark/mapping.h>

#include "inject.h"
#include "memory.h"

enum {
    /* Octets of a text that are looked at in one call. */
    PEEK_MAX = 4096,
};

static bool is_protection(enum mm_memory_protection protection)
{
    return protection == MM_MEMORY_NO_ACCESS ||
           protection == MM_MEMORY_READ_ONLY ||
           protection == MM_MEMORY_READ_WRITE;
}

enum mm_status mm_memory_reserve(size_t size, void *wanted,
                                 struct mm_memory *memory_out)
{
    const size_t page = mm_page_size();
    enum mm_status status;
    void *address = NULL;

    mmi_inject();
    memset(memory_out, 0, sizeof(*memory_out));
    if (size == 0) {
        return MM_INVALID;
    }
    if (((uintptr_t)wanted & (mm_granularity() - 1)) != 0) {
        return MM_MISALIGNED;
    }
    if (size > SIZE_MAX - page) {
        return MM_NO_MEMORY;
    }
    size = (size + page - 1) & ~(page - 1);
    status = mmi_memory_reserve(size, wanted, &address);
    if (status == MM_OK) {
        memory_out->address = address;
        memory_out->size = size;
    }
    return status;
}

enum mm_status mm_memory_allocate(size_t size,
                                  enum mm_memory_protection protection,
                                  void *wanted, struct mm_memory *memory_out)
{
    enum mm_status status;

    memset(memory_out, 0, sizeof(*memory_out));
    if (!is_protection(protection)) {
        return MM_INVALID;
    }
    status = mm_memory_reserve(size, wanted, memory_out);
    if (status == MM_OK) {
        status = mm_memory_commit(memory_out, 0, 0, protection);
        if (status != MM_OK) {
            mm_memory_release(memory_out);
        }
    }
    return status;
}

/* The address of a part, NULL when it is nothing; `*size` 0 is to the end. */
static enum mm_status find_part(const struct mm_memory *memory, size_t offset,
                                size_t *size, void **address_out)
{
    const size_t mask = mm_page_size() - 1;

    *address_out = NULL;
    if (memory == NULL || memory->address == NULL) {
        return MM_INVALID;
    }
    if (offset > memory->size || *size > memory->size - offset) {
        return MM_OUT_OF_RANGE;
    }
    if ((offset & mask) != 0 || (*size & mask) != 0) {
        return MM_MISALIGNED;
    }
    if (*size == 0) {
        *size = memory->size - offset;
    }
    if (*size != 0) {
        *address_out = (char *)memory->address + offset;
    }
    return MM_OK;
}

/* What a system does to a part that is not empty. */
typedef enum mm_status change(void *address, size_t size);
typedef enum mm_status protecting_change(void *address, size_t size,
                                         enum mm_memory_protection protection);

static enum mm_status apply(const struct mm_memory *memory, size_t offset,
                            size_t size, change *change_part)
{
    void *address;
    enum mm_status status = find_part(memory, offset, &size, &address);

    return address == NULL ? status : change_part(address, size);
}

static enum mm_status apply_protecting(const struct mm_memory *memory,
                                       size_t offset, size_t size,
                                       enum mm_memory_protection protection,
                                       protecting_change *change_part)
{
    void *address;
    enum mm_status status = find_part(memory, offset, &size, &address);

    if (!is_protection(protection)) {
        return MM_INVALID;
    }
    return address == NULL ? status : change_part(address, size, protection);
}

enum mm_status mm_memory_commit(const struct mm_memory *memory, size_t offset,
                                size_t size,
                                enum mm_memory_protection protection)
{
    return apply_protecting(memory, offset, size, protection,
                            mmi_memory_commit);
}

enum mm_status mm_memory_protect(const struct mm_memory *memory, size_t offset,
                                 size_t size,
                                 enum mm_memory_protection protection)
{
    return apply_protecting(memory, offset, size, protection,
                            mmi_memory_protect);
}

enum mm_status mm_memory_decommit(const struct mm_memory *memory, size_t offset,
                                  size_t size)
{
    return apply(memory, offset, size, mmi_memory_decommit);
}

enum mm_status mm_memory_lock(const struct mm_memory *memory, size_t offset,
                              size_t size)
{
    return apply(memory, offset, size, mmi_memory_lock);
}

enum mm_status mm_memory_unlock(const struct mm_memory *memory, size_t offset,
                                size_t size)
{
    return apply(memory, offset, size, mmi_memory_unlock);
}

enum mm_status mm_memory_release(struct mm_memory *memory)
{
    enum mm_status status;

    if (memory == NULL || memory->address == NULL) {
        return MM_INVALID;
    }
    status = mmi_memory_release(memory->address, memory->size);
    if (status == MM_OK) {
        memset(memory, 0, sizeof(*memory));
    }
    return status;
}

/* What is left of the page that `address` is in, cut to `size`. */
static size_t rest_of_page(uintptr_t address, size_t size)
{
    size_t rest = mm_page_size() - (address & (mm_page_size() - 1));

    return size < rest ? size : rest;
}

/* No range goes on at address 0 again. */
static bool wraps(uintptr_t address, size_t size)
{
    return size > UINTPTR_MAX - address;
}

static enum mm_status try_read(void *address)
{
    char octet;

    return mmi_memory_peek(address, &octet, 1);
}

/* One try for each page that the range has a part of. */
static enum mm_status probe(const void *address, size_t size,
                            enum mm_status (*try_page)(void *address))
{
    uintptr_t at = (uintptr_t)address;
    enum mm_status status = wraps(at, size) ? MM_IO : MM_OK;

    while (status == MM_OK && size > 0) {
        size_t part = rest_of_page(at, size);

        /* NOLINTNEXTLINE(performance-no-int-to-ptr): any address is a guess */
        status = try_page((void *)at);
        at += part;
        size -= part;
    }
    return status;
}

enum mm_status mm_memory_readable(const void *address, size_t size)
{
    return probe(address, size, try_read);
}

enum mm_status mm_memory_writable(void *address, size_t size)
{
    return probe(address, size, mmi_memory_try_write);
}

enum mm_status mm_memory_string(const char *text, size_t max,
                                size_t *length_out)
{
    char copy[PEEK_MAX];
    size_t length = 0;

    *length_out = 0;
    while (length < max) {
        uintptr_t at = (uintptr_t)text + length;
        size_t part = rest_of_page(at, max - length);
        enum mm_status status;
        const char *end;

        if (part > sizeof(copy)) {
            part = sizeof(copy);
        }
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): any address is a guess */
        status = mmi_memory_peek((const void *)at, copy, part);
        if (status != MM_OK) {
            return status;
        }
        end = memchr(copy, 0, part);
        if (end != NULL) {
            *length_out = length + (size_t)(end - copy);
            return MM_OK;
        }
        length += part;
    }
    return MM_BUFFER_TOO_SMALL;
}
