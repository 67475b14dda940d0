/* SPDX-License-Identifier: MIT */
/*
 * Any text is a class file or is refused with a sentence that says where, and
 * what is read is whole.
 */
#include <string.h>

#include <corpus.h>

#include "fuzz.h"

static void check_outcomes(const struct conform_ruling *ruling,
                           const struct conform_case *item)
{
    FUZZ_CHECK(ruling->count > 0 && strlen(ruling->clause) > 0);
    for (size_t i = 0; i < ruling->count; i++) {
        const struct conform_outcome *outcome = &ruling->alternatives[i];

        FUZZ_CHECK(outcome->end <= item->wire.size);
        FUZZ_CHECK(outcome->octets <= outcome->end);
    }
}

static void check_case(const struct conform_case *item)
{
    FUZZ_CHECK(strlen(item->id) > 0 && strlen(item->why) > 0);
    FUZZ_CHECK(item->since > 0 && item->roles != 0);
    FUZZ_CHECK(item->send_count > 0 && item->send_count <= CONFORM_SENDS_MAX);
    FUZZ_CHECK(item->send_ends[item->send_count - 1] == item->wire.size);
    FUZZ_CHECK((item->answers != NULL) ==
               (item->direction == CONFORM_DIRECTION_RESPONSE));
    for (int i = 0; i < CONFORM_EPOCH_COUNT; i++) {
        check_outcomes(&item->rulings[i], item);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    static struct conform_corpus corpus; /* large; empty between the calls */
    struct conform_buffer text = {0};
    struct conform_problem problem = {{0}};
    enum exit_code code = conform_buffer_add(&text, (const char *)input, size,
                                             CONFORM_FILE_SIZE_MAX, &problem);

    if (code == EXIT_OK) {
        code = conform_corpus_add(&corpus, "fuzz", &text, &problem);
    }
    if (code == EXIT_OK) {
        code = conform_corpus_finish(&corpus, &problem);
    }
    FUZZ_CHECK(code == EXIT_OK ||
               (code == EXIT_ENVIRONMENT && strlen(problem.text) > 0));
    for (size_t i = 0; code == EXIT_OK && i < corpus.case_count; i++) {
        check_case(&corpus.cases[i]);
    }
    conform_buffer_free(&text);
    conform_corpus_free(&corpus);
    return 0;
}
