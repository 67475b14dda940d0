/* SPDX-License-Identifier: MIT */
/* How a function here can fail is how the program can end. */
#ifndef MM_EXIT_H
#define MM_EXIT_H

/* The numbers are those of every program of this project. */
enum mm_exit {
    MM_EXIT_OK = 0,
    MM_EXIT_USAGE = 2,
    MM_EXIT_ENVIRONMENT = 3,
    MM_EXIT_DEVIATION = 6,
    MM_EXIT_INTERNAL = 70,
    MM_EXIT_IO = 74,
    MM_EXIT_NOTHING_RAN = 77,
};

#endif /* MM_EXIT_H */
