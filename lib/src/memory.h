/* SPDX-License-Identifier: MIT */
/* What each system does for memory; ranges and protections are valid. */
#ifndef MMI_MEMORY_H
#define MMI_MEMORY_H

#include <stdbool.h>

#include <mapmark/memory.h>

/* `wanted` is NULL or the only address that will do. */
enum mm_status mmi_memory_reserve(size_t size, void *wanted,
                                  void **address_out);
enum mm_status mmi_memory_commit(void *address, size_t size,
                                 enum mm_memory_protection protection);
enum mm_status mmi_memory_decommit(void *address, size_t size);
enum mm_status mmi_memory_release(void *address, size_t size);
enum mm_status mmi_memory_protect(void *address, size_t size,
                                  enum mm_memory_protection protection);
enum mm_status mmi_memory_lock(void *address, size_t size);
enum mm_status mmi_memory_unlock(void *address, size_t size);

/* Copy octets that lie within one page; MM_IO when that would fault. */
enum mm_status mmi_memory_peek(const void *address, void *copy, size_t size);

/* MM_IO when writing to the page of `address` would fault. */
enum mm_status mmi_memory_try_write(void *address);

#endif /* MMI_MEMORY_H */
