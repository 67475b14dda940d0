/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "internal.h"
#include "namespace.h"

enum mm_status mmi_name_widen(const struct mmi_name *name,
                              struct mmi_wide_name *wide_out)
{
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name->full, -1,
                            wide_out->text, MMI_NAME_ROOM) <= 0) {
        mmi_os_error();
        return MM_BAD_NAME;
    }
    return MM_OK;
}

enum mm_status mmi_name_error(void)
{
    enum mm_status status = mmi_os_error();

    switch (mm_last_os_error()) {
    case ERROR_INVALID_HANDLE: /* an object of another kind has the name */
        return MM_WRONG_TYPE;
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
        return MM_BAD_NAME;
    default:
        return status;
    }
}
