/* SPDX-License-Identifier: MIT */
#include "partner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peers/orphan.h"

enum {
    /* No machine has more CPUs than these. */
    CPUS_MAX = 4096,
    NUMBER_TEXT = 32,
};

/* Places of a partner's arguments, behind the program's name. */
enum { IS_PARTNER = 1, PART, INDEX, PARENT, HANDLE, ARGUMENTS };

enum mm_status partner_stage_make(size_t size, struct partner_stage *stage_out)
{
    const struct mm_mapping_options paging = {
        .size = size, .protection = MM_READ_WRITE, .flags = MM_MAPPING_INHERIT};
    enum mm_status status =
        mm_mapping_create(NULL, &paging, &stage_out->mapping);

    if (status == MM_OK) {
        status = mm_view_map(stage_out->mapping, 0, 0, MM_VIEW_WRITE, NULL,
                             &stage_out->view);
    }
    stage_out->memory =
        status == MM_OK ? (void *)stage_out->view.address : NULL;
    return status;
}

void partner_stage_free(struct partner_stage *stage)
{
    if (stage->memory != NULL) {
        mm_view_unmap(&stage->view);
    }
    mm_mapping_close(stage->mapping);
}

enum mm_status partner_start(const struct partner_stage *stage,
                             enum partner_part part, unsigned index,
                             struct mm_process **process_out)
{
    const uint64_t numbers[] = {
        [PART] = part,
        [INDEX] = index,
        [PARENT] = mm_process_id(NULL),
        [HANDLE] = mm_mapping_handle(stage->mapping),
    };
    char texts[ARGUMENTS][NUMBER_TEXT];
    const char *list[ARGUMENTS] = {PARTNER_ARGUMENT};
    const struct mm_process_options options = {.arguments = list,
                                               .flags = MM_PROCESS_INHERIT};

    for (size_t i = PART; i < ARGUMENTS; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%" PRIu64, numbers[i]);
        list[i - 1] = texts[i];
    }
    return mm_process_spawn(&options, process_out);
}

void partner_kill(struct mm_process *process)
{
    if (process != NULL) {
        (void)mm_process_kill(process);
        (void)mm_process_wait(process, MM_INFINITE, NULL);
        mm_process_close(process);
    }
}

bool partner_is_meant(int count, char *const *arguments)
{
    return count == ARGUMENTS &&
           strcmp(arguments[IS_PARTNER], PARTNER_ARGUMENT) == 0;
}

static enum mm_status adopt(uint64_t handle, struct partner_stage *stage)
{
    enum mm_status status =
        mm_mapping_adopt(handle, MM_READ_WRITE, 0, &stage->mapping);

    if (status == MM_OK) {
        status = mm_view_map(stage->mapping, 0, 0, MM_VIEW_WRITE, NULL,
                             &stage->view);
    }
    if (status == MM_OK) {
        stage->memory = (void *)stage->view.address;
    }
    return status;
}

int partner_main(int count, char *const *arguments,
                 const struct partner_role *roles)
{
    uint64_t numbers[ARGUMENTS] = {0};
    struct partner_stage stage = {0};
    enum mm_status status;
    int code;

    for (int i = PART; i < count; i++) {
        numbers[i] = strtoull(arguments[i], NULL, 10);
    }
    status = numbers[PART] < PARTNER_PARTS ? adopt(numbers[HANDLE], &stage)
                                           : MM_INVALID;
    if (status == MM_OK) {
        status = orphan_ends(numbers[PARENT]);
    }
    code = (int)status;
    if (status == MM_OK) {
        const struct partner_role *role = &roles[numbers[PART]];

        code =
            role->play(stage.memory, (unsigned)numbers[INDEX], role->context);
    }
    partner_stage_free(&stage);
    return code;
}

enum mm_status partner_take_cpu(unsigned from, unsigned *cpu_out)
{
    for (unsigned cpu = from; cpu < CPUS_MAX; cpu++) {
        if (mm_process_pin(cpu) == MM_OK) {
            *cpu_out = cpu;
            return MM_OK;
        }
    }
    return MM_UNSUPPORTED;
}

static uint64_t between(uint64_t before, uint64_t after)
{
    return before == MM_UNKNOWN || after == MM_UNKNOWN ? MM_UNKNOWN
                                                       : after - before;
}

struct mm_process_usage partner_used(const struct mm_process_usage *before,
                                     const struct mm_process_usage *after)
{
    struct mm_process_usage used = *after;

    used.user_ns = between(before->user_ns, after->user_ns);
    used.system_ns = between(before->system_ns, after->system_ns);
    used.voluntary_switches =
        between(before->voluntary_switches, after->voluntary_switches);
    used.involuntary_switches =
        between(before->involuntary_switches, after->involuntary_switches);
    return used;
}

static uint64_t sum_of(uint64_t one, uint64_t other)
{
    return one == MM_UNKNOWN || other == MM_UNKNOWN ? MM_UNKNOWN : one + other;
}

void partner_add(struct mm_process_usage *sum,
                 const struct mm_process_usage *used)
{
    sum->user_ns = sum_of(sum->user_ns, used->user_ns);
    sum->system_ns = sum_of(sum->system_ns, used->system_ns);
    sum->voluntary_switches =
        sum_of(sum->voluntary_switches, used->voluntary_switches);
    sum->involuntary_switches =
        sum_of(sum->involuntary_switches, used->involuntary_switches);
}

void partner_count(struct bench_run *run, const struct mm_process_usage *used)
{
    static const enum bench_counter counters[] = {
        BENCH_PARTNER_USER, BENCH_PARTNER_SYSTEM, BENCH_PARTNER_VOLUNTARY,
        BENCH_PARTNER_INVOLUNTARY};
    const uint64_t values[] = {used->user_ns, used->system_ns,
                               used->voluntary_switches,
                               used->involuntary_switches};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (values[i] != MM_UNKNOWN) {
            bench_count(run, counters[i], (double)values[i]);
        }
    }
}
