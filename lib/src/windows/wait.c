/* SPDX-License-Identifier: MIT */
#include <mapmark/wait.h>

#include "waitable.h"

enum mm_status mm_wait(struct mm_waitable *waitable,
                       const struct mm_wait_policy *policy, uint64_t timeout_ns)
{
    enum mm_status status = mmi_wait_check(&waitable, 1, policy);

    (void)timeout_ns;
    return status != MM_OK ? status : MM_UNSUPPORTED;
}

enum mm_status mm_wait_any(struct mm_waitable *const *waitables, size_t count,
                           const struct mm_wait_policy *policy,
                           uint64_t timeout_ns, size_t *index_out)
{
    enum mm_status status = mmi_wait_check(waitables, count, policy);

    (void)timeout_ns;
    *index_out = 0;
    return status != MM_OK ? status : MM_UNSUPPORTED;
}

enum mm_status mm_wait_all(struct mm_waitable *const *waitables, size_t count,
                           const struct mm_wait_policy *policy,
                           uint64_t timeout_ns)
{
    enum mm_status status = mmi_wait_check(waitables, count, policy);

    (void)timeout_ns;
    return status != MM_OK ? status : MM_UNSUPPORTED;
}
