/* SPDX-License-Identifier: MIT */
/* How many of the next octets are of a class: most of a head is passed over. */
#ifndef MMI_MESSAGE_SCAN_H
#define MMI_MESSAGE_SCAN_H

#include "message.h"

#if defined(__SSE2__) || defined(_M_X64)
#define MMI_SCAN_SSE2 1
#include <emmintrin.h>
#if defined(_MSC_VER)
#include <intrin.h>
#endif
#else
#define MMI_SCAN_SSE2 0
#endif

/* Give how many of the octets are of the class, up to the first other one. */
static inline size_t mmi_scan_plain(const unsigned char *octets, size_t size,
                                    enum mmi_octet_class class)
{
    size_t at = 0;

    while (at < size && mmi_octet_is(octets[at], class)) {
        at++;
    }
    return at;
}

#if MMI_SCAN_SSE2

enum { MMI_SCAN_WIDTH = 16 };

/* Has a bit for each of 16 octets that is below `least`, or DEL; a tabulator
 * passes where `tab` is one.
 */
static inline unsigned mmi_scan_others(const unsigned char *octets, char least,
                                       char tab)
{
    const __m128i all = _mm_loadu_si128((const __m128i *)(const void *)octets);
    const __m128i floor = _mm_set1_epi8(least);
    __m128i pass = _mm_cmpeq_epi8(_mm_max_epu8(all, floor), all);

    pass = _mm_or_si128(pass, _mm_cmpeq_epi8(all, _mm_set1_epi8(tab)));
    pass = _mm_andnot_si128(_mm_cmpeq_epi8(all, _mm_set1_epi8(0x7f)), pass);
    return (unsigned)_mm_movemask_epi8(pass) ^ 0xffffu;
}

/* The place of the lowest bit; there is one. */
static inline size_t mmi_scan_first(unsigned bits)
{
#if defined(_MSC_VER)
    unsigned long place;

    _BitScanForward(&place, bits);
    return place;
#else
    return (size_t)__builtin_ctz(bits);
#endif
}

/* The same as mmi_scan_plain(), of a class that is a range, in strides. */
static inline size_t mmi_scan_range(const unsigned char *octets, size_t size,
                                    enum mmi_octet_class class)
{
    bool value = class == MMI_OCTET_VALUE;
    size_t at = 0;

    while (size - at >= MMI_SCAN_WIDTH) {
        unsigned others =
            mmi_scan_others(octets + at, value ? ' ' : '!', value ? '\t' : '!');

        if (others != 0) {
            return at + mmi_scan_first(others);
        }
        at += MMI_SCAN_WIDTH;
    }
    return at + mmi_scan_plain(octets + at, size - at, class);
}

#else

static inline size_t mmi_scan_range(const unsigned char *octets, size_t size,
                                    enum mmi_octet_class class)
{
    return mmi_scan_plain(octets, size, class);
}

#endif

/* Octets of a field value, and of a request target. */
static inline size_t mmi_scan_value(const unsigned char *octets, size_t size)
{
    return mmi_scan_range(octets, size, MMI_OCTET_VALUE);
}

static inline size_t mmi_scan_target(const unsigned char *octets, size_t size)
{
    return mmi_scan_range(octets, size, MMI_OCTET_TARGET);
}

#endif /* MMI_MESSAGE_SCAN_H */
