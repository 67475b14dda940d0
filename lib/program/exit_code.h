/* SPDX-License-Identifier: MIT */
/* How a program of mapmark ends; the same numbers for every one of them. */
#ifndef PROGRAM_EXIT_CODE_H
#define PROGRAM_EXIT_CODE_H

enum exit_code {
    EXIT_OK = 0,
    EXIT_REGRESSION = 1, /* and nothing else */
    EXIT_USAGE = 2,
    EXIT_ENVIRONMENT = 3,
    EXIT_INCONCLUSIVE = 4,
    EXIT_ROWS = 5, /* missing, void or failed rows */
    EXIT_CONFORMANCE = 6,
    EXIT_INTERNAL = 70,
    EXIT_INPUT_OUTPUT = 74,
    EXIT_NOTHING_RAN = 77,
    EXIT_INTERRUPTED = 130,
};

#endif /* PROGRAM_EXIT_CODE_H */
