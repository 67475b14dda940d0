/* SPDX-License-Identifier: MIT */
#include "message.h"

#define T MMI_OCTET_TOKEN
#define V MMI_OCTET_VALUE
#define R MMI_OCTET_TARGET
#define A (T | V | R)
#define P (V | R) /* printed, but no token */
#define H P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P

/* RFC 9110 5.6.2 names the octets of a token; from 0x80 on is obs-text. */
const unsigned char mmi_octets[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, V, 0, 0, 0, 0, 0, 0, /* HTAB */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
    V, A, P, A, A, A, A, A, P, P, A, A, P, A, A, P, /*  !"#$%&'()*+,-./ */
    A, A, A, A, A, A, A, A, A, A, P, P, P, P, P, P, /* 0-9 :;<=>? */
    P, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* @ A-O */
    A, A, A, A, A, A, A, A, A, A, A, P, P, P, A, A, /* P-Z [\]^_ */
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, /* ` a-o */
    A, A, A, A, A, A, A, A, A, A, A, P, A, P, A, 0, /* p-z {|}~ DEL */
    H, H, H, H, H, H, H, H};
