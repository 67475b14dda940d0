/* SPDX-License-Identifier: MIT */
/* Sockets of the system, without waiting for anything. */
#ifndef MMI_NET_H
#define MMI_NET_H

#include <mapmark/socket.h>

#include "internal.h"

enum {
    /* Octets of any of the system's own addresses that we know. */
    MMI_NET_ADDRESS_ROOM = 32,
};

/* One of the system's own. */
struct mmi_net_address {
    uint64_t octets[MMI_NET_ADDRESS_ROOM / sizeof(uint64_t)];
    int size; /* as the system wants it */
};

/* False where the family is unknown. */
bool mmi_net_address_make(const struct mm_address *address,
                          struct mmi_net_address *made_out);
void mmi_net_address_read(const struct mmi_net_address *made,
                          struct mm_address *address_out);

/* Not inherited; TCP sends at once. */
enum mm_status mmi_net_open(enum mm_socket_family family,
                            enum mm_socket_kind kind, intptr_t *handle_out);
void mmi_net_close(intptr_t handle);
enum mm_status mmi_net_bind(intptr_t handle, const struct mm_address *address);
enum mm_status mmi_net_listen(intptr_t handle, unsigned backlog);
enum mm_status mmi_net_local(intptr_t handle, struct mm_address *address_out);
enum mm_status mmi_net_peer(intptr_t handle, struct mm_address *address_out);
enum mm_status mmi_net_shutdown(intptr_t handle, enum mm_socket_end end);

/* What a number of the system's means for a socket; it is remembered. */
enum mm_status mmi_net_status(long number);

#endif /* MMI_NET_H */
