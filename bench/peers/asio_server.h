/* SPDX-License-Identifier: MIT */
/*
 * An echo server by Asio's proactor, one buffer a connection. It is compiled
 * once for each of its back ends, whose name is the namespace that Asio gets,
 * because one program cannot have two libraries of one name.
 */
#include <memory>
#include <vector>

#include <asio.hpp>

#include "../echo.h"

namespace
{

class Guest : public std::enable_shared_from_this<Guest>
{
  public:
    Guest(asio::ip::tcp::socket made, size_t size)
        : socket(std::move(made)), octets(size)
    {
        socket.set_option(asio::ip::tcp::no_delay(true));
    }

    void receive()
    {
        socket.async_read_some(
            asio::buffer(octets),
            [self = shared_from_this()](std::error_code failed, size_t count) {
                if (!failed) {
                    self->send(count);
                }
            });
    }

  private:
    void send(size_t count)
    {
        asio::async_write(
            socket, asio::buffer(octets, count),
            [self = shared_from_this()](std::error_code failed, size_t) {
                if (!failed) {
                    self->receive();
                }
            });
    }

    asio::ip::tcp::socket socket;
    std::vector<char> octets;
};

void welcome(asio::ip::tcp::acceptor &acceptor, size_t size)
{
    acceptor.async_accept(
        [&acceptor, size](std::error_code failed, asio::ip::tcp::socket made) {
            if (!failed) {
                std::make_shared<Guest>(std::move(made), size)->receive();
            }
            welcome(acceptor, size);
        });
}

mm_status serve(const echo_terms *terms)
try {
    asio::io_context context(1);
    asio::ip::tcp::acceptor acceptor(context,
                                     {asio::ip::address_v4::loopback(), 0});

    acceptor.listen(asio::socket_base::max_listen_connections);
    welcome(acceptor, terms->octets);
    terms->listens(terms->context, acceptor.local_endpoint().port());
    context.run();
    return MM_CLOSED;
} catch (const std::exception &) {
    return MM_OS;
}

} /* namespace */
