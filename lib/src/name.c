/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "name.h"

/* Length of the UTF-8 sequence that begins with `lead`; 0 when none does. */
static size_t sequence_size(unsigned char lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 3;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

/* Refuses overlong forms, surrogates and what is beyond U+10FFFF (RFC 3629):
 * two spellings of one character would be one name on Windows and two here. */
static bool second_octet_valid(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second <= 0x9F;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second <= 0x8F;
    default:
        return true;
    }
}

static bool utf8_valid(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != 0) {
        size_t size = sequence_size(*at);

        if (size == 0) {
            return false;
        }
        for (size_t i = 1; i < size; i++) {
            if ((at[i] & 0xC0) != 0x80) {
                return false; /* the final zero stops here too */
            }
        }
        if (size > 1 && !second_octet_valid(at[0], at[1])) {
            return false;
        }
        at += size;
    }
    return true;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum mm_status mmi_name_parse(const char *text, struct mmi_name *name_out)
{
    static const char local[] = "Local\\";
    static const char global[] = "Global\\";
    const char *prefix = local;
    const char *rest = text;

    memset(name_out, 0, sizeof(*name_out));
    if (memchr(text, 0, MMI_NAME_MAX + 1) == NULL || !utf8_valid(text)) {
        return MM_BAD_NAME;
    }
    if (starts_with(text, local)) {
        rest = text + strlen(local);
    } else if (starts_with(text, global)) {
        prefix = global;
        rest = text + strlen(global);
    }
    if (*rest == 0 || strchr(rest, '\\') != NULL) {
        return MM_BAD_NAME;
    }
    snprintf(name_out->full, sizeof(name_out->full), "%s%s", prefix, rest);
    name_out->size = strlen(name_out->full);
    return MM_OK;
}

/* A 128-bit number as two halves: C11 has no such type. */
struct wide {
    uint64_t high;
    uint64_t low;
};

/* Multiply by the FNV prime of 128 bits, 2^88 + 0x13B. */
static struct wide times_prime(struct wide x)
{
    const uint64_t small = 0x13B;
    uint64_t low_part = (x.low & UINT32_MAX) * small;
    uint64_t high_part = (x.low >> 32) * small + (low_part >> 32);
    struct wide product;

    product.low = x.low * small;
    product.high = x.high * small + (high_part >> 32);
    product.high += x.low << (88 - 64);
    return product;
}

void mmi_name_key(const struct mmi_name *name, char key_out[MMI_NAME_KEY_ROOM])
{
    /* FNV-1a, offset basis of 128 bits. */
    struct wide hash = {0x6C62272E07BB0142, 0x62B821756295C58D};

    for (size_t i = 0; i < name->size; i++) {
        hash.low ^= (unsigned char)name->full[i];
        hash = times_prime(hash);
    }
    snprintf(key_out, MMI_NAME_KEY_ROOM, "%016llx%016llx",
             (unsigned long long)hash.high, (unsigned long long)hash.low);
}
