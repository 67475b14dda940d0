/* SPDX-License-Identifier: MIT */
/* Real extra work in the library's operations, to show what a gate finds. */
#ifndef MMI_INJECT_H
#define MMI_INJECT_H

#include <stdbool.h>
#include <stdint.h>

enum mmi_injected {
    MMI_INJECT_NOTHING,
    MMI_INJECT_WORK,   /* units of computation, of a nanosecond or two */
    MMI_INJECT_CALLS,  /* of the system, cheap ones */
    MMI_INJECT_FAULTS, /* of pages */
};

struct mmi_injection {
    enum mmi_injected kind;
    uint32_t amount;
};

/* "work:N", "call:N", "fault:N", or "none", which is also what NULL and ""
 * are. False, and nothing, for any other text. */
bool mmi_injection_read(const char *text, struct mmi_injection *injection_out);

void mmi_injection_do(const struct mmi_injection *injection);

/* src/<os>/inject.c */
void mmi_inject_call(void);
void mmi_inject_fault(void);

/*
 * At the begin of an operation: do what the environment variable MAPMARK_INJECT
 * said at the first one. Only a build that is asked for it (the option of the
 * same name) has an instruction of this. A library must not end its program,
 * so what makes no sense is told once on standard error, and is nothing.
 */
#if defined(MMI_INJECTS)
void mmi_inject(void);
#else
#define mmi_inject() ((void)0)
#endif

#endif /* MMI_INJECT_H */
