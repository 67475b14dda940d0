/* SPDX-License-Identifier: MIT */
/* What the files of the backend of completion ports share. */
#ifndef MMI_IOCP_H
#define MMI_IOCP_H

#include <winsock2.h>

#include <windows.h>

#include "net.h"
#include "proactor.h"

enum {
    MMI_PACKET_BUFFERS_MAX = 16, /* of one transfer */
    /* AcceptEx wants 16 octets more for each address. */
    MMI_PACKET_ACCEPT_ROOM = MMI_NET_ADDRESS_ROOM + 16,
};

struct packet_lane {
    OVERLAPPED overlapped;
    struct mm_socket *socket;
    enum mmi_side side;
    struct mmi_piece *piece; /* that is being filled */
    bool peeks;              /* it was asked whether octets are there */
};

/* A socket's own. */
struct packet_socket {
    struct packet_lane lanes[MMI_SIDES];
    WSABUF in[MM_SOCKET_BUFFERS_MAX];
    WSABUF out[MMI_PACKET_BUFFERS_MAX];
    SOCKET accepting;
    unsigned char accept_room[2 * MMI_PACKET_ACCEPT_ROOM];
    struct mmi_net_address from;
    DWORD flags;
    bool skips;    /* what is done at once makes no packet */
    bool readable; /* octets are there, or the end */
};

struct iocp {
    HANDLE handle;
    unsigned taken; /* lanes that the system has something of */
};

enum {
    /* Keys of packets, which say what is behind the OVERLAPPED. */
    MMI_PACKET_OF_LANE,
    MMI_PACKET_OF_READ,
};

_Static_assert(sizeof(OVERLAPPED) <=
                   sizeof(((struct mmi_operation *)NULL)->system),
               "a read has room for it");

extern const struct mmi_backend mmi_iocp;

static inline struct packet_socket *mmi_packet_socket(struct mm_socket *socket)
{
    return (struct packet_socket *)(void *)socket->system;
}

/* ---- iocp.c -------------------------------------------------------------- */

/* Make a socket the port's. */
enum mm_status mmi_packet_add(struct mm_socket *socket);

/* ---- iocp_try.c: what the system is given -------------------------------- */

enum mmi_tried mmi_packet_try(struct mm_socket *socket, enum mmi_side side,
                              struct mmi_result *result_out);

/* What AcceptEx has made becomes a socket; or why not. */
enum mm_status mmi_packet_accepted(struct mm_socket *listener);

/* A connection of ConnectEx is not quite one before. */
void mmi_packet_connected(struct mm_socket *socket);

/* ---- iocp_take.c: what it gives back ------------------------------------- */

void mmi_packet_take(struct mm_port *port, const OVERLAPPED_ENTRY *entry);

#endif /* MMI_IOCP_H */
