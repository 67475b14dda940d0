/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "view_pool.h"

enum {
    GRANULES = 16,
    WORD = sizeof(uint64_t),
    MOVES = 4096,
};

static const uint64_t granule = 65536;
static const uint64_t mapping_bytes = UINT64_C(16) * 65536;

/* Paging store whose words say where they are. */
static struct mm_mapping *mapping;

static int make_mapping(void **state)
{
    const struct mm_mapping_options options = {.size = mapping_bytes,
                                               .protection = MM_READ_WRITE};
    struct mm_view view = {0};
    uint64_t *words;

    (void)state;
    if (mm_mapping_create(NULL, &options, &mapping) != MM_OK ||
        mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &view) != MM_OK) {
        return -1;
    }
    words = view.address;
    for (uint64_t i = 0; i < mapping_bytes / WORD; i++) {
        words[i] = i * WORD;
    }
    return mm_view_unmap(&view) == MM_OK ? 0 : -1;
}

static int drop_mapping(void **state)
{
    (void)state;
    mm_mapping_close(mapping);
    return 0;
}

/* Reach a word and see that it is the right one. */
static void reach(struct view_pool *pool, uint64_t offset)
{
    unsigned char *octets = NULL;
    uint64_t word = 0;

    assert_int_equal(view_pool_reach(pool, offset, WORD, &octets), MM_OK);
    if (octets != NULL) {
        memcpy(&word, octets, WORD);
    }
    assert_int_equal(word, offset);
}

static void open_pool(struct view_pool *pool, const struct view_pool_plan *plan)
{
    view_pool_open(pool, plan, mapping, mapping_bytes);
}

static void one_view_is_a_window_that_moves(void **state)
{
    const struct view_pool_plan plan = {granule, granule, 1, MM_VIEW_READ,
                                        false};
    struct view_pool pool;

    (void)state;
    open_pool(&pool, &plan);
    reach(&pool, 0);
    reach(&pool, granule - WORD);
    assert_int_equal(pool.maps, 1);
    reach(&pool, granule);
    reach(&pool, 0);
    assert_int_equal(pool.maps, 3);
    assert_int_equal(view_pool_close(&pool), MM_OK);
}

static void the_view_used_least_recently_makes_room(void **state)
{
    const struct view_pool_plan plan = {granule, granule, 2, MM_VIEW_READ,
                                        false};
    struct view_pool pool;

    (void)state;
    open_pool(&pool, &plan);
    reach(&pool, 0);
    reach(&pool, granule);
    reach(&pool, WORD); /* now the second one is older */
    reach(&pool, 2 * granule);
    assert_int_equal(pool.maps, 3);
    reach(&pool, 0);
    assert_int_equal(pool.maps, 3);
    reach(&pool, granule);
    assert_int_equal(pool.maps, 4);
    assert_int_equal(view_pool_close(&pool), MM_OK);
}

static void a_dropped_view_is_mapped_anew(void **state)
{
    const struct view_pool_plan plan = {granule, granule, 1, MM_VIEW_READ,
                                        false};
    struct view_pool pool;

    (void)state;
    open_pool(&pool, &plan);
    for (uint64_t i = 0; i < 3; i++) {
        reach(&pool, i * WORD);
        assert_int_equal(view_pool_drop(&pool), MM_OK);
    }
    assert_int_equal(pool.maps, 3);
    assert_int_equal(view_pool_drop(&pool), MM_OK); /* nothing to drop */
    assert_int_equal(view_pool_close(&pool), MM_OK);
}

static void a_view_may_start_at_any_granule(void **state)
{
    const struct view_pool_plan plan = {4 * granule, granule, 1, MM_VIEW_READ,
                                        false};
    struct view_pool pool;

    (void)state;
    open_pool(&pool, &plan);
    reach(&pool, 3 * granule + WORD);
    reach(&pool, 7 * granule - WORD);
    assert_int_equal(pool.maps, 1);
    reach(&pool, 7 * granule);
    assert_int_equal(pool.maps, 2);
    assert_int_equal(view_pool_close(&pool), MM_OK);
}

static void the_last_view_ends_with_the_file(void **state)
{
    const struct view_pool_plan plan = {4 * granule, 4 * granule, 1,
                                        MM_VIEW_READ, false};
    struct view_pool pool;

    (void)state;
    view_pool_open(&pool, &plan, mapping, 5 * granule);
    reach(&pool, 5 * granule - WORD);
    assert_int_equal(pool.last->view.size, granule);
    assert_int_equal(view_pool_close(&pool), MM_OK);
}

static void a_refused_view_leaves_the_pool_usable(void **state)
{
    const struct view_pool_plan plan = {granule, 1, 1, MM_VIEW_READ, false};
    struct view_pool pool;
    unsigned char *octets = NULL;

    (void)state;
    open_pool(&pool, &plan);
    assert_int_equal(view_pool_reach(&pool, 1, WORD, &octets), MM_MISALIGNED);
    assert_string_equal(pool.tried, "map a view");
    assert_null(octets);
    reach(&pool, 0);
    assert_int_equal(view_pool_close(&pool), MM_OK);
}

/* Times of chosen moves stand for all of them. */
static void of_many_moves_some_are_timed(void **state)
{
    const struct view_pool_plan plan = {granule, granule, 1, MM_VIEW_READ,
                                        false};
    struct view_pool pool;

    (void)state;
    open_pool(&pool, &plan);
    for (uint64_t i = 0; i < 200; i++) {
        reach(&pool, i % GRANULES * granule);
    }
    /* The first one has nothing to unmap. */
    assert_int_equal(pool.phases.readings, 3 * 200 - 1);
    for (uint64_t i = 200; i < MOVES; i++) {
        reach(&pool, i % GRANULES * granule);
    }
    assert_int_equal(pool.maps, MOVES);
    assert_true(pool.phases.readings > MOVES / 16 * UINT64_C(3));
    assert_true(pool.phases.readings < MOVES / 4 * UINT64_C(3));
    assert_true(pool.phases.ns[BENCH_PHASE_MAP] > 0);
    assert_true(pool.phases.ns[BENCH_PHASE_UNMAP] > 0);
    assert_int_equal(pool.phases.ns[BENCH_PHASE_FLUSH], 0);
    assert_int_equal(view_pool_close(&pool), MM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_view_is_a_window_that_moves),
        cmocka_unit_test(the_view_used_least_recently_makes_room),
        cmocka_unit_test(a_dropped_view_is_mapped_anew),
        cmocka_unit_test(a_view_may_start_at_any_granule),
        cmocka_unit_test(the_last_view_ends_with_the_file),
        cmocka_unit_test(a_refused_view_leaves_the_pool_usable),
        cmocka_unit_test(of_many_moves_some_are_timed),
    };

    return cmocka_run_group_tests(tests, make_mapping, drop_mapping);
}
