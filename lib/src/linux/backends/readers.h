/* SPDX-License-Identifier: MIT */
/* Threads that read files for ports by epoll, which knows none. */
#ifndef MMI_READERS_H
#define MMI_READERS_H

#include "proactor.h"

struct mmi_readers;

/* MM_NO_MEMORY, MM_TOO_MANY. */
enum mm_status mmi_readers_start(struct mm_port *port,
                                 struct mmi_readers **readers_out);

/* Let a thread read it; it ends with mmi_reader_result(). */
void mmi_readers_add(struct mmi_readers *readers,
                     struct mmi_operation *operation);

/* When nothing is to be read any more; NULL is allowed. */
void mmi_readers_end(struct mmi_readers *readers);

/* What both rivals read through: a descriptor of the reader's own. */
enum mm_status mmi_readers_open_file(struct mm_reader *reader,
                                     const struct mm_file *file);
void mmi_readers_close_file(struct mm_reader *reader);

#endif /* MMI_READERS_H */
