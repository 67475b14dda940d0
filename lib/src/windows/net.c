/* SPDX-License-Identifier: MIT */
#include <winsock2.h>

#include <ws2tcpip.h>

#include <mstcpip.h>
#include <windows.h>

#include "sockaddr.h"

#ifndef SIO_UDP_CONNRESET
#define SIO_UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12) /* missing in mingw-w64 */
#endif

enum mm_status mmi_net_status(long number)
{
    enum mm_status usual = mmi_os_error_number(number);

    switch (number) {
    case WSAECONNRESET:
    case WSAECONNABORTED:
    case WSAENETRESET:
    case ERROR_NETNAME_DELETED:
    case ERROR_CONNECTION_ABORTED:
        return MM_CONNECTION_RESET;
    case WSAECONNREFUSED:
    case ERROR_CONNECTION_REFUSED:
        return MM_CONNECTION_REFUSED;
    case WSAEADDRINUSE:
        return MM_ADDRESS_IN_USE;
    case WSAEMSGSIZE:
    case ERROR_MORE_DATA:
        return MM_MESSAGE_TOO_LARGE;
    case WSAETIMEDOUT:
    case ERROR_SEM_TIMEOUT:
        return MM_TIMED_OUT;
    case WSAENETUNREACH:
    case WSAEHOSTUNREACH:
    case WSAEADDRNOTAVAIL:
    case ERROR_NETWORK_UNREACHABLE:
    case ERROR_HOST_UNREACHABLE:
        return MM_NOT_FOUND;
    case WSAENOTCONN:
    case WSAESHUTDOWN:
        return MM_CLOSED;
    case WSA_OPERATION_ABORTED:
        return MM_CANCELLED;
    case WSAEAFNOSUPPORT:
        return MM_UNSUPPORTED;
    case WSAEMFILE:
        return MM_TOO_MANY;
    case WSAENOBUFS:
        return MM_NO_MEMORY;
    case WSAEACCES:
        return MM_DENIED;
    case WSAEINVAL:
    case WSAEFAULT:
    case WSAENOTSOCK:
        return MM_INVALID;
    default:
        return usual;
    }
}

/* ---- sockets ------------------------------------------------------------- */

static BOOL CALLBACK start_library(PINIT_ONCE once, PVOID context,
                                   PVOID *result)
{
    WSADATA data;

    (void)once;
    (void)context;
    (void)result;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
}

/* A datagram that could not be delivered is not the socket's failure, and a
 * closed port of this machine refuses at once. */
static void set_up(SOCKET made, enum mm_socket_kind kind)
{
    TCP_INITIAL_RTO_PARAMETERS quickly = {
        TCP_INITIAL_RTO_UNSPECIFIED_RTT,
        TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS};
    BOOL on = TRUE, off = FALSE;
    DWORD ignored;

    if (kind == MM_SOCKET_UDP) {
        (void)WSAIoctl(made, SIO_UDP_CONNRESET, &off, sizeof(off), NULL, 0,
                       &ignored, NULL, NULL);
        return;
    }
    (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, (const char *)&on,
                     sizeof(on));
    (void)WSAIoctl(made, SIO_TCP_INITIAL_RTO, &quickly, sizeof(quickly), NULL,
                   0, &ignored, NULL, NULL);
}

enum mm_status mmi_net_open(enum mm_socket_family family,
                            enum mm_socket_kind kind, intptr_t *handle_out)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    bool is_tcp = kind == MM_SOCKET_TCP;
    SOCKET made;

    *handle_out = -1;
    if (!InitOnceExecuteOnce(&once, start_library, NULL, NULL)) {
        return MM_UNSUPPORTED;
    }
    made = WSASocketW(family == MM_SOCKET_IPV4 ? AF_INET : AF_INET6,
                      is_tcp ? SOCK_STREAM : SOCK_DGRAM,
                      is_tcp ? IPPROTO_TCP : IPPROTO_UDP, NULL, 0,
                      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (made == INVALID_SOCKET) {
        return mmi_net_status(WSAGetLastError());
    }
    set_up(made, kind);
    *handle_out = (intptr_t)made;
    return MM_OK;
}

void mmi_net_close(intptr_t handle)
{
    closesocket((SOCKET)handle);
}

enum mm_status mmi_net_bind(intptr_t handle, const struct mm_address *address)
{
    struct mmi_net_address made;
    BOOL on = TRUE;

    if (!mmi_net_address_make(address, &made)) {
        return MM_INVALID;
    }
    /* Nobody else takes the same address away. */
    if (setsockopt((SOCKET)handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
                   (const char *)&on, sizeof(on)) != 0 ||
        bind((SOCKET)handle, (const struct sockaddr *)(const void *)made.octets,
             made.size) != 0) {
        return mmi_net_status(WSAGetLastError());
    }
    return MM_OK;
}

enum mm_status mmi_net_listen(intptr_t handle, unsigned backlog)
{
    int most = backlog > SOMAXCONN ? SOMAXCONN : (int)backlog;

    return listen((SOCKET)handle, most) == 0
               ? MM_OK
               : mmi_net_status(WSAGetLastError());
}

static enum mm_status ask(int(WSAAPI *asked)(SOCKET, struct sockaddr *, int *),
                          intptr_t handle, struct mm_address *address_out)
{
    struct mmi_net_address made;
    int size = sizeof(made.octets);

    if (asked((SOCKET)handle, (struct sockaddr *)(void *)made.octets, &size) !=
        0) {
        return mmi_net_status(WSAGetLastError());
    }
    mmi_net_address_read(&made, address_out);
    return MM_OK;
}

enum mm_status mmi_net_local(intptr_t handle, struct mm_address *address_out)
{
    return ask(getsockname, handle, address_out);
}

enum mm_status mmi_net_peer(intptr_t handle, struct mm_address *address_out)
{
    return ask(getpeername, handle, address_out);
}

enum mm_status mmi_net_shutdown(intptr_t handle, enum mm_socket_end end)
{
    int how = end == MM_SOCKET_END_SEND ? SD_SEND : SD_BOTH;

    return shutdown((SOCKET)handle, how) == 0
               ? MM_OK
               : mmi_net_status(WSAGetLastError());
}
