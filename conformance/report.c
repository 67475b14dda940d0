/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "dump.h"

static const char *const directions[] = {"request", "response"};

static void print_row(const char *name, const struct conform_counts *counts)
{
    size_t total = 0;

    for (int i = 0; i < CONFORM_VERDICT_COUNT; i++) {
        total += counts->by_verdict[i];
    }
    if (total == 0) {
        return;
    }
    printf("  %-14s %5zu", name, total);
    for (int i = 0; i < CONFORM_VERDICT_COUNT; i++) {
        int width = i == CONFORM_VERDICT_NON_STRICT ? 11 : 6;

        if (counts->by_verdict[i] == 0) {
            printf(" %*s", width, "-");
        } else {
            printf(" %*zu", width, counts->by_verdict[i]);
        }
    }
    putchar('\n');
}

static void print_table(const struct conform_session *session, size_t index,
                        enum conform_epoch epoch)
{
    const struct conform_corpus *corpus = session->corpus;
    struct conform_counts counts;

    printf("  %-14s %5s", conform_epoch_name(epoch), "cases");
    for (int i = 0; i < CONFORM_VERDICT_COUNT; i++) {
        printf(" %*s", i == CONFORM_VERDICT_NON_STRICT ? 11 : 6,
               conform_verdict_name((enum conform_verdict)i));
    }
    putchar('\n');
    for (size_t i = 0; i < corpus->file_count; i++) {
        counts = conform_session_count(session, index, epoch,
                                       corpus->files[i].class_name);
        print_row(corpus->files[i].class_name, &counts);
    }
    counts = conform_session_count(session, index, epoch, NULL);
    print_row("all", &counts);
    putchar('\n');
}

void conform_report_table(const struct conform_session *session)
{
    for (size_t i = 0; i < session->subject_count; i++) {
        char version[64] = "";

        session->subjects[i]->version(version, sizeof(version));
        printf("%s %s\n\n", session->subjects[i]->name, version);
        for (int e = 0; e < CONFORM_EPOCH_COUNT; e++) {
            if (session->epochs[e]) {
                print_table(session, i, (enum conform_epoch)e);
            }
        }
    }
}

static void print_outcome(const struct conform_outcome *outcome)
{
    static const char *const fates[] = {"", ", connection kept",
                                        ", connection closed"};
    char text[CONFORM_OUTCOME_TEXT_MAX];

    conform_outcome_print(outcome, text);
    printf("%s%s", text, fates[outcome->fate]);
}

void conform_report_deviations(const struct conform_session *session)
{
    for (size_t i = 0; i < session->case_count; i++) {
        const struct conform_case *item = session->cases[i];

        for (size_t k = 0; k < session->subject_count; k++) {
            const struct conform_result *result =
                conform_session_result(session, i, k);

            for (int e = 0; result->ran && e < CONFORM_EPOCH_COUNT; e++) {
                const struct conform_ruling *ruling = &item->rulings[e];

                if (!session->epochs[e] ||
                    !conform_verdict_deviates(result->verdicts[e])) {
                    continue;
                }
                printf(
                    "%s: %s %s %s: ", conform_verdict_name(result->verdicts[e]),
                    result->subject->name,
                    conform_epoch_name((enum conform_epoch)e), item->id);
                print_outcome(&result->outcome);
                printf("; %s wants %s (%s)\n",
                       conform_level_name(ruling->level), ruling->accepted,
                       ruling->clause);
            }
        }
    }
}

void conform_report_list(const struct conform_session *session)
{
    for (size_t i = 0; i < session->case_count; i++) {
        const struct conform_case *item = session->cases[i];

        printf("%-28s %-10s %-8s %s\n", item->id, item->class_name,
               directions[item->direction], item->why);
    }
}

static void print_field(const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        printf("%-10s %s\n", name, text);
    }
}

static void print_wire(const struct conform_case *item)
{
    size_t ends[CONFORM_EPOCH_COUNT * CONFORM_ALTERNATIVES_MAX];
    size_t count = 0;

    for (int e = 0; e < CONFORM_EPOCH_COUNT; e++) {
        const struct conform_ruling *ruling = &item->rulings[e];

        for (size_t i = 0; i < ruling->count; i++) {
            if (conform_outcome_is_complete(ruling->alternatives[i].kind)) {
                ends[count++] = (size_t)ruling->alternatives[i].end;
            }
        }
    }
    printf("wire       %zu octets\n", item->wire.size);
    conform_dump(item->wire.data, item->wire.size, ends, count);
}

static void print_result(const struct conform_session *session,
                         size_t case_index, size_t subject_index)
{
    const struct conform_result *result =
        conform_session_result(session, case_index, subject_index);

    printf("%s: ", session->subjects[subject_index]->name);
    if (!result->ran) {
        printf("not run, the case is for others\n");
        return;
    }
    print_outcome(&result->outcome);
    putchar('\n');
    for (int e = 0; e < CONFORM_EPOCH_COUNT; e++) {
        if (session->epochs[e]) {
            printf("  %s %s\n", conform_epoch_name((enum conform_epoch)e),
                   conform_verdict_name(result->verdicts[e]));
        }
    }
    printf("  %zu two-way splits\n", result->splits);
    if (result->detail[0] != '\0') {
        printf("  %s\n", result->detail);
    }
}

void conform_report_case(const struct conform_session *session,
                         size_t case_index)
{
    const struct conform_case *item = session->cases[case_index];

    print_field("id", item->id);
    print_field("class", item->class_name);
    print_field("direction", directions[item->direction]);
    print_field("answers", item->answers);
    print_field("peer", item->peer_closes ? "closes behind the last octet"
                                          : "stays connected");
    print_field("why", item->why);
    for (int e = 0; e < CONFORM_EPOCH_COUNT; e++) {
        const struct conform_ruling *ruling = &item->rulings[e];

        if (session->epochs[e]) {
            printf("%-10s %s | %s | %s\n",
                   conform_epoch_name((enum conform_epoch)e), ruling->accepted,
                   conform_level_name(ruling->level), ruling->clause);
        }
    }
    print_field("next", item->next);
    print_field("harm", item->harm);
    print_field("flags", item->flags);
    print_field("refs", item->refs);
    print_wire(item);
    for (size_t i = 0; session->results != NULL && i < session->subject_count;
         i++) {
        putchar('\n');
        print_result(session, case_index, i);
    }
}
