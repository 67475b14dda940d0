/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/futex.h>

#include "internal.h"
#include "memory.h"
#include "native.h"

static int page_protection(enum mm_memory_protection protection)
{
    switch (protection) {
    case MM_MEMORY_READ_ONLY:
        return PROT_READ;
    case MM_MEMORY_READ_WRITE:
        return PROT_READ | PROT_WRITE;
    case MM_MEMORY_NO_ACCESS:
    default:
        return PROT_NONE;
    }
}

enum mm_status mmi_memory_reserve(size_t size, void *wanted, void **address_out)
{
    return mmi_map(wanted, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0,
                   address_out);
}

/* Pages without access are not charged, so this is where they are. */
enum mm_status mmi_memory_commit(void *address, size_t size,
                                 enum mm_memory_protection protection)
{
    return mmi_memory_protect(address, size, protection);
}

/* New pages in the place of the old ones: these are gone, and uncharged. */
enum mm_status mmi_memory_decommit(void *address, size_t size)
{
    void *placed = mmap(address, size, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    return placed == MAP_FAILED ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_memory_release(void *address, size_t size)
{
    return munmap(address, size) != 0 ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_memory_protect(void *address, size_t size,
                                  enum mm_memory_protection protection)
{
    return mprotect(address, size, page_protection(protection)) != 0
               ? mmi_os_error()
               : MM_OK;
}

/* What has been marked when bringing it in fails would stay marked. */
enum mm_status mmi_memory_lock(void *address, size_t size)
{
    enum mm_status status;

    if (mlock(address, size) == 0) {
        return MM_OK;
    }
    status = mmi_os_error();
    if (status == MM_NO_MEMORY || status == MM_BUSY) {
        munlock(address, size);
        status = MM_NO_MEMORY;
    }
    return status;
}

enum mm_status mmi_memory_unlock(void *address, size_t size)
{
    return munlock(address, size) != 0 ? mmi_os_error() : MM_OK;
}

/* Of a call that was given an address to try. */
static enum mm_status probe_status(void)
{
    enum mm_status status = mmi_os_error();

    switch (mm_last_os_error()) {
    case EFAULT:
        return MM_IO;
    case EPERM:
    case ENOSYS:
        return MM_UNSUPPORTED;
    default:
        return status;
    }
}

enum mm_status mmi_memory_peek(const void *address, void *copy, size_t size)
{
    const struct iovec to = {copy, size};
    /* The call takes it as writable, and only reads it. */
    const struct iovec from = {(void *)(uintptr_t)address, size};
    ssize_t count = process_vm_readv(getpid(), &to, 1, &from, 1, 0);

    if (count < 0) {
        return probe_status();
    }
    return (size_t)count < size ? MM_IO : MM_OK;
}

/*
 * A futex operation that ORs nothing into a word: the kernel writes it in one
 * step, so no other thread's write can be lost. Nobody waits at `none`, and
 * at the word only who sees -2048 there is woken for nothing.
 */
enum mm_status mmi_memory_try_write(void *address)
{
    const int nothing = FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0x800);
    uintptr_t word = (uintptr_t)address & ~(uintptr_t)3;
    uint32_t none = 0;

    if (syscall(SYS_futex, &none, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0,
                word, nothing) < 0) {
        return probe_status();
    }
    return MM_OK;
}
