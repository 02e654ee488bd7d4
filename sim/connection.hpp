// What the coroutines of a connection share: the stream, and waiting that notices a peer who
// leaves. For .cpp files of the server only, as it draws in Asio and Beast.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>

#include "sim/simulator.hpp"

namespace apiforge::sim {

// In these coroutines no `co_await` stands inside the condition of an `if`: g++ 12 miscompiles some
// of those (a trap when the coroutine is resumed). Its result is named first.

/// Completion as {error_code, result...} instead of an exception.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

using HttpMessage = boost::beast::http::request<boost::beast::http::string_body>;

/// Waits; false when the peer closed or reset the connection meanwhile.
boost::asio::awaitable<bool> wait_while_connected(boost::beast::tcp_stream& stream,
                                                  std::chrono::milliseconds time);

/// FIN, or RST when `reset`.
void close_now(boost::beast::tcp_stream& stream, bool reset);

/// Holds the WebSocket conversation that `handshake` asks for, until either side ends it. After
/// `message_limit` messages, if any, the connection is cut without a close frame.
boost::asio::awaitable<void> serve_websocket(boost::beast::tcp_stream stream, HttpMessage handshake,
                                             std::unique_ptr<Channel> channel,
                                             std::optional<std::size_t> message_limit);

}  // namespace apiforge::sim
