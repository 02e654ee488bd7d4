#include "sim/connection.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

namespace apiforge::sim {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Readable without bytes means that the peer closed; bytes may be the next, pipelined request.
bool peer_is_gone(tcp::socket& socket) {
  char byte = 0;
  boost::system::error_code error;
  socket.non_blocking(true, error);
  socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  return error && error != asio::error::would_block;
}

}  // namespace

asio::awaitable<bool> wait_while_connected(boost::beast::tcp_stream& stream,
                                           std::chrono::milliseconds time) {
  using namespace asio::experimental::awaitable_operators;
  if (time.count() == 0) co_return true;
  asio::steady_timer timer(stream.get_executor(), time);
  const auto first = co_await (timer.async_wait(kAwait) ||
                               stream.socket().async_wait(tcp::socket::wait_read, kAwait));
  if (first.index() == 0) co_return true;
  if (peer_is_gone(stream.socket())) co_return false;
  co_await timer.async_wait(kAwait);
  co_return true;
}

void close_now(boost::beast::tcp_stream& stream, bool reset) {
  boost::system::error_code ignored;
  if (reset) {
    stream.socket().set_option(tcp::socket::linger(true, 0), ignored);
  } else {
    stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
  }
  stream.socket().close(ignored);
}

}  // namespace apiforge::sim
