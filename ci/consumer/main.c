/* SPDX-License-Identifier: MIT */
/* The smallest program of somebody else's; ci/consumer/check builds it. */
#include <stdio.h>

#include <mapmark/status.h>

int main(void)
{
    return puts(mm_status_text(MM_OK)) < 0;
}
