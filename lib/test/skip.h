/* SPDX-License-Identifier: MIT */
/* How a test says that it cannot show its fact here, and why. */
#ifndef SKIP_H
#define SKIP_H

/* For the body of a test; include after cmocka.h. */
#define SKIP_TEST(reason)                                 \
    do {                                                  \
        print_message("SKIP %s: %s\n", __func__, reason); \
        skip();                                           \
        return; /* skip() does not come back */           \
    } while (0)

/* The status on both sides by name: numbers say little in a log. */
#define assert_status(expression, expected) \
    assert_string_equal(mm_status_name(expression), mm_status_name(expected))

#endif /* SKIP_H */
