/* SPDX-License-Identifier: MIT */
#include <mapmark/reader.h>

#include <stdlib.h>

#include "inject.h"
#include "proactor.h"

static void join(struct mm_port *port, struct mm_reader *reader)
{
    reader->next = port->readers;
    if (port->readers != NULL) {
        port->readers->previous = reader;
    }
    port->readers = reader;
}

void mmi_reader_drop(struct mm_reader *reader)
{
    struct mm_port *port = reader->port;

    port->backend->close_reader(reader);
    if (reader->previous != NULL) {
        reader->previous->next = reader->next;
    } else {
        port->readers = reader->next;
    }
    if (reader->next != NULL) {
        reader->next->previous = reader->previous;
    }
    free(reader);
}

void mmi_reader_result(struct mmi_operation *operation,
                       struct mmi_result result)
{
    struct mm_reader *reader = operation->reader;
    struct mm_port *port = reader->port;

    mmi_port_end(operation, result.status, 0, result.bytes);
    port->reads--;
    reader->under_way--;
    if (reader->closing && reader->under_way == 0) {
        mmi_reader_drop(reader);
    }
    if (port->closing && port->reads == 0) {
        mmi_lock_ring(&port->lock);
    }
}

enum mm_status mm_reader_open(struct mm_port *port, const struct mm_file *file,
                              uintptr_t key, struct mm_reader **reader_out)
{
    struct mm_reader *reader;
    enum mm_status status;

    if (reader_out == NULL) {
        return MM_INVALID;
    }
    *reader_out = NULL;
    if (port == NULL || file == NULL) {
        return MM_INVALID;
    }
    reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return MM_NO_MEMORY;
    }
    reader->port = port;
    reader->key = key;
    mmi_lock_take(&port->lock);
    status =
        port->closing ? MM_CLOSED : port->backend->open_reader(reader, file);
    if (status == MM_OK) {
        join(port, reader);
        *reader_out = reader;
    }
    mmi_lock_give(&port->lock);
    if (status != MM_OK) {
        free(reader);
    }
    return status;
}

enum mm_status mm_reader_start(struct mm_reader *reader, uint64_t offset,
                               void *octets, size_t size,
                               struct mm_operation *operation)
{
    struct mmi_operation *inside = mmi_operation_of(operation);
    enum mm_status status;

    mmi_inject();
    if (reader == NULL || octets == NULL || operation == NULL || size == 0 ||
        size > MM_READER_BYTES_MAX || offset > INT64_MAX - size) {
        return MM_INVALID;
    }
    mmi_lock_take(&reader->port->lock);
    status = mmi_port_begin(reader->port, inside, MMI_READ, reader->key);
    if (status == MM_OK) {
        inside->reader = reader;
        inside->offset = offset;
        inside->buffers[0] = (struct mm_buffer){octets, size};
        reader->under_way++;
        reader->port->reads++;
        reader->port->backend->read(inside);
    }
    mmi_lock_give(&reader->port->lock);
    return status;
}

void mm_reader_close(struct mm_reader *reader)
{
    struct mm_port *port;

    if (reader == NULL) {
        return;
    }
    port = reader->port;
    mmi_lock_take(&port->lock);
    reader->closing = true;
    if (reader->under_way == 0) {
        mmi_reader_drop(reader);
    }
    mmi_lock_give(&port->lock);
}
