/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <program/json.h>

/* A writer to a file without a name. */
static int open_writer(void **state)
{
    static struct json json;

    json = (struct json){.stream = tmpfile()};
    *state = &json;
    return json.stream == NULL ? -1 : 0;
}

static int close_writer(void **state)
{
    const struct json *json = *state;

    return fclose(json->stream);
}

static void assert_written(const struct json *json, const char *expected)
{
    char text[512] = "";
    size_t size;

    rewind(json->stream);
    size = fread(text, 1, sizeof(text) - 1, json->stream);
    assert_true(size < sizeof(text) - 1);
    assert_string_equal(text, expected);
}

static void members_and_elements_are_separated(void **state)
{
    struct json *json = *state;

    json_object(json, NULL);
    json_integer(json, "least", INT64_MIN);
    json_array(json, "list");
    json_boolean(json, NULL, true);
    json_array(json, NULL);
    json_end(json, ']');
    json_null(json, NULL);
    json_end(json, ']');
    json_real(json, "half", 0.5);
    json_end(json, '}');
    json_line(json);
    assert_written(json, "{\"least\":-9223372036854775808,"
                         "\"list\":[true,[],null],\"half\":0.5}\n");
}

static void quotes_and_control_characters_are_escaped(void **state)
{
    json_text(*state, NULL, "\"\\/\n\x7f");
    assert_written(*state, "\"\\\"\\\\/\\u000a\x7f\"");
}

static void utf_8_is_kept_and_other_octets_are_replaced(void **state)
{
    json_text(*state, NULL, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xff\xc3");
    assert_written(*state, "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"
                           "\\ufffd\\ufffd\"");
}

/* Each is an encoding that UTF-8 forbids, so no reader would take the text. */
static void
overlong_forms_surrogates_and_too_large_ones_are_no_utf_8(void **state)
{
    json_text(*state, NULL, "\xe0\x80\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xc0");
    assert_written(*state, "\"\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|"
                           "\\ufffd\\ufffd\\ufffd\\ufffd|\\ufffd\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_and_elements_are_separated,
                                        open_writer, close_writer),
        cmocka_unit_test_setup_teardown(
            quotes_and_control_characters_are_escaped, open_writer,
            close_writer),
        cmocka_unit_test_setup_teardown(
            utf_8_is_kept_and_other_octets_are_replaced, open_writer,
            close_writer),
        cmocka_unit_test_setup_teardown(
            overlong_forms_surrogates_and_too_large_ones_are_no_utf_8,
            open_writer, close_writer),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
