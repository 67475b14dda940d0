/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "internal.h"

static enum mm_status translate(long number)
{
    switch (number) {
    case EINVAL:
    case ENAMETOOLONG:
    case EILSEQ:
        return MM_INVALID;
    case ENOMEM:
        return MM_NO_MEMORY;
    case EACCES:
    case EPERM:
    case EROFS:
        return MM_DENIED;
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
        return MM_NOT_FOUND;
    case EEXIST:
        return MM_ALREADY_EXISTS;
    case EISDIR:
    case ENXIO: /* a pipe without reader, a socket, a missing device */
        return MM_WRONG_TYPE;
    case EFBIG:
    case EOVERFLOW:
        return MM_OUT_OF_RANGE;
    case ENOSPC:
    case EDQUOT:
        return MM_NO_SPACE;
    case EIO:
        return MM_IO;
    case EMFILE:
    case ENFILE:
        return MM_TOO_MANY;
    case EBUSY:
    case EAGAIN:
    case ETXTBSY:
        return MM_BUSY;
    case EOPNOTSUPP:
    case ENOSYS:
        return MM_UNSUPPORTED;
    default:
        return MM_OS;
    }
}

enum mm_status mmi_os_error(void)
{
    return mmi_os_error_number(errno);
}

enum mm_status mmi_os_error_number(long number)
{
    mmi_remember_os_error(number);
    return translate(number);
}
