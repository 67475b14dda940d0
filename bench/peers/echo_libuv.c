/* SPDX-License-Identifier: MIT */
/* An echo server by libuv, as its guide has it: one buffer a connection, which
 * is read into again when it has been written. */
#include "../echo.h"

#ifdef BENCH_HAS_LIBUV

#include <stdlib.h>
#include <uv.h>

enum { BACKLOG = 1024 };

struct guest {
    uv_tcp_t tcp;
    size_t size;
    char octets[];
};

struct server {
    uv_loop_t loop;
    uv_tcp_t tcp;
    const struct echo_terms *terms;
};

static void forget(uv_handle_t *handle)
{
    free(handle->data);
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct guest *guest = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(guest->octets, (unsigned)guest->size);
}

/* The cheapest way that libuv has: a write goes at once, unless the peer does
 * not read, and then this server has nothing else to do. */
static void got(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct guest *guest = stream->data;
    uv_buf_t part =
        uv_buf_init(buffer->base, (unsigned)(count > 0 ? count : 0));

    if (count < 0) {
        uv_close((uv_handle_t *)stream, forget);
    } else if (count > 0) {
        int put = uv_try_write(stream, &part, 1);

        while (put == UV_EAGAIN || (put >= 0 && put < (int)part.len)) {
            if (put > 0) {
                part = uv_buf_init(part.base + put,
                                   (unsigned)part.len - (unsigned)put);
            }
            put = uv_try_write(stream, &part, 1);
        }
        if (put < 0) {
            uv_close((uv_handle_t *)&guest->tcp, forget);
        }
    }
}

static void welcome(uv_stream_t *listener, int failed)
{
    const struct server *server = listener->data;
    size_t size = server->terms->octets;
    struct guest *guest = failed == 0 ? calloc(1, sizeof(*guest) + size) : NULL;

    if (guest == NULL) {
        return;
    }
    guest->size = size;
    guest->tcp.data = guest;
    uv_tcp_init(listener->loop, &guest->tcp);
    if (uv_accept(listener, (uv_stream_t *)&guest->tcp) != 0 ||
        uv_tcp_nodelay(&guest->tcp, 1) != 0 ||
        uv_read_start((uv_stream_t *)&guest->tcp, give_buffer, got) != 0) {
        uv_close((uv_handle_t *)&guest->tcp, forget);
    }
}

static enum mm_status serve(const struct echo_terms *terms)
{
    static struct server server;
    struct sockaddr_in at;
    int size = sizeof(at);

    server.terms = terms;
    if (uv_loop_init(&server.loop) != 0 ||
        uv_tcp_init(&server.loop, &server.tcp) != 0 ||
        uv_ip4_addr("127.0.0.1", 0, &at) != 0 ||
        uv_tcp_bind(&server.tcp, (const struct sockaddr *)&at, 0) != 0) {
        return MM_OS;
    }
    server.tcp.data = &server;
    if (uv_listen((uv_stream_t *)&server.tcp, BACKLOG, welcome) != 0 ||
        uv_tcp_getsockname(&server.tcp, (struct sockaddr *)&at, &size) != 0) {
        return MM_OS;
    }
    terms->listens(terms->context, ntohs(at.sin_port));
    uv_run(&server.loop, UV_RUN_DEFAULT);
    return MM_CLOSED;
}

const struct echo_kind echo_libuv = {.serve = serve};

#else

const struct echo_kind echo_libuv = {.why_not = "libuv was not there when this "
                                                "program was built"};

#endif
