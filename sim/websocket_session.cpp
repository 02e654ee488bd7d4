#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>

#include "sim/connection.hpp"

namespace apiforge::sim {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

namespace {

/// As Binance: a ping every 20 s, and the end when no pong came for 60 s.
constexpr auto kPingInterval = std::chrono::seconds(20);
constexpr auto kPongPatience = std::chrono::seconds(60);
constexpr std::size_t kMaxMessageBytes = 64 << 10;
/// A peer that sends faster than it reads is cut here.
constexpr std::size_t kMaxWaitingAnswers = 1000;

/// Kept alive by its two coroutines, one that reads and one that writes.
struct Session {
  Session(beast::tcp_stream stream, std::unique_ptr<Channel> its_channel)
      : socket(std::move(stream)),
        channel(std::move(its_channel)),
        next_tick(socket.get_executor(), channel->interval()) {}

  websocket::stream<beast::tcp_stream> socket;
  std::unique_ptr<Channel> channel;
  /// Cancelled to wake the writer before it is time.
  asio::steady_timer next_tick;
  std::deque<std::string> answers;
  std::chrono::milliseconds since_ping{0};
  std::chrono::milliseconds since_pong{0};
  bool over = false;
};

void end(Session& session) {
  session.over = true;
  session.next_tick.cancel();
}

asio::awaitable<void> read_messages(std::shared_ptr<Session> session) {
  beast::flat_buffer buffer;
  while (!session->over) {
    const auto [error, bytes] = co_await session->socket.async_read(buffer, kAwait);
    if (error || session->answers.size() > kMaxWaitingAnswers) break;
    const std::string_view message(static_cast<const char*>(buffer.data().data()), bytes);
    for (auto& text : session->channel->receive(message)) {
      session->answers.push_back(std::move(text));
    }
    buffer.clear();
    session->next_tick.cancel();
  }
  end(*session);
}

/// False when the connection is dead. Time is counted in ticks, which is exact enough here.
asio::awaitable<bool> keep_alive(Session& session) {
  session.since_ping += session.channel->interval();
  session.since_pong += session.channel->interval();
  if (session.since_pong > kPongPatience) co_return false;
  if (session.since_ping < kPingInterval) co_return true;
  session.since_ping = {};
  const auto [error] = co_await session.socket.async_ping("sim", kAwait);
  co_return !error;
}

/// Waits for the next answers or events and takes all there are.
asio::awaitable<std::deque<std::string>> next_messages(Session& session) {
  std::deque<std::string> messages;
  while (messages.empty() && !session.over) {
    if (session.answers.empty()) {
      const auto [woken_early] = co_await session.next_tick.async_wait(kAwait);
      if (!woken_early) {
        for (auto& event : session.channel->tick()) messages.push_back(std::move(event));
        // From now, not from when it was due: a slow reader must not find a backlog of ticks.
        session.next_tick.expires_after(session.channel->interval());
        const bool alive = co_await keep_alive(session);
        if (!alive) end(session);
      }
    }
    for (auto& answer : std::exchange(session.answers, {})) messages.push_back(std::move(answer));
  }
  co_return messages;
}

asio::awaitable<void> write_messages(Session& session, std::optional<std::size_t> limit) {
  std::size_t sent = 0;
  while (!session.over) {
    const auto messages = co_await next_messages(session);
    for (const std::string& message : messages) {
      if (limit && sent++ == *limit) co_return;
      const auto [error, bytes] =
          co_await session.socket.async_write(asio::buffer(message), kAwait);
      if (error) co_return;
    }
  }
}

}  // namespace

asio::awaitable<void> serve_websocket(beast::tcp_stream stream, HttpMessage handshake,
                                      std::unique_ptr<Channel> channel,
                                      std::optional<std::size_t> message_limit) {
  auto session = std::make_shared<Session>(std::move(stream), std::move(channel));
  auto& socket = session->socket;
  socket.read_message_max(kMaxMessageBytes);
  const auto [error] = co_await socket.async_accept(handshake, kAwait);
  if (error) co_return;
  socket.control_callback([raw = session.get()](websocket::frame_type type, beast::string_view) {
    if (type == websocket::frame_type::pong) raw->since_pong = {};
  });
  socket.text(true);
  asio::co_spawn(socket.get_executor(), read_messages(session), asio::detached);
  co_await write_messages(*session, message_limit);
  end(*session);
  close_now(beast::get_lowest_layer(socket), false);
}

}  // namespace apiforge::sim
