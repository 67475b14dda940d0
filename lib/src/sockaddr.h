/* SPDX-License-Identifier: MIT */
/* The definitions of mmi_net_address_make() and mmi_net_address_read(): the
 * same on all systems, behind the headers of each. Include it in one file. */
#ifndef MMI_SOCKADDR_H
#define MMI_SOCKADDR_H

#include <string.h>

#include "net.h"

union native {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

_Static_assert(sizeof(union native) <= MMI_NET_ADDRESS_ROOM,
               "an address has room for it");

bool mmi_net_address_make(const struct mm_address *address,
                          struct mmi_net_address *made_out)
{
    union native native;

    memset(&native, 0, sizeof(native));
    if (address->family == MM_SOCKET_IPV4) {
        native.four.sin_family = AF_INET;
        native.four.sin_port = htons(address->port);
        memcpy(&native.four.sin_addr, address->octets,
               sizeof(native.four.sin_addr));
        made_out->size = sizeof(native.four);
    } else if (address->family == MM_SOCKET_IPV6) {
        native.six.sin6_family = AF_INET6;
        native.six.sin6_port = htons(address->port);
        native.six.sin6_scope_id = address->scope;
        memcpy(&native.six.sin6_addr, address->octets,
               sizeof(native.six.sin6_addr));
        made_out->size = sizeof(native.six);
    } else {
        return false;
    }
    memcpy(made_out->octets, &native, sizeof(native));
    return true;
}

void mmi_net_address_read(const struct mmi_net_address *made,
                          struct mm_address *address_out)
{
    union native native;

    *address_out = (struct mm_address){0};
    memcpy(&native, made->octets, sizeof(native));
    if (native.any.sa_family == AF_INET) {
        address_out->family = MM_SOCKET_IPV4;
        address_out->port = ntohs(native.four.sin_port);
        memcpy(address_out->octets, &native.four.sin_addr,
               sizeof(native.four.sin_addr));
    } else if (native.any.sa_family == AF_INET6) {
        address_out->family = MM_SOCKET_IPV6;
        address_out->port = ntohs(native.six.sin6_port);
        address_out->scope = native.six.sin6_scope_id;
        memcpy(address_out->octets, &native.six.sin6_addr,
               sizeof(native.six.sin6_addr));
    }
}

#endif /* MMI_SOCKADDR_H */
