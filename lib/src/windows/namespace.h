/* SPDX-License-Identifier: MIT */
/* Named objects of every kind: here the kernel keeps them, by UTF-16 names. */
#ifndef MMI_NAMESPACE_H
#define MMI_NAMESPACE_H

#include <wchar.h>

#include "name.h"

/* The name as the kernel wants it; one octet gives at most one unit. */
struct mmi_wide_name {
    wchar_t text[MMI_NAME_ROOM];
};

enum mm_status mmi_name_widen(const struct mmi_name *name,
                              struct mmi_wide_name *wide_out);

/*
 * Translate the failure of a call that looked for an object by its name: the
 * kernel has numbers of its own for what is wrong with it.
 */
enum mm_status mmi_name_error(void);

#endif /* MMI_NAMESPACE_H */
