/* SPDX-License-Identifier: MIT */
/* The second engine behind bench.h: rows in slices, on request. The protocol
 * is described in SERVE.md. */
#ifndef SERVE_H
#define SERVE_H

#include <stdio.h>

#include <program/exit_code.h>

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SERVE_ROWS_MAX = 64, /* open at the same time */
    SERVE_LINE_MAX = 1024,
};

/** Answer the requests of `in` to `out` for the rows that a plan of `terms`
 * has, until one of them ends or the user interrupts. */
enum exit_code serve(const struct plan_terms *terms, double clock_cost_ns,
                     FILE *in, FILE *out);

#ifdef __cplusplus
}
#endif

#endif /* SERVE_H */
