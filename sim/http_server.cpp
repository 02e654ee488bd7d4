#include "sim/http_server.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "sim/connection.hpp"
#include "sim/faults.hpp"
#include "sim/request_log.hpp"

namespace apiforge::sim {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

struct HttpServer::Shared {
  Simulator& simulator;
  RequestLog log;
};

namespace {

constexpr auto kIdleLimit = std::chrono::minutes(5);
constexpr auto kStallLimit = std::chrono::minutes(30);
constexpr std::uint64_t kMaxBodyBytes = 64 << 20;
constexpr std::uint32_t kMaxHeadBytes = 64 << 10;
/// `slow=` sends a plain body in so many pieces.
constexpr std::size_t kSlowPieces = 10;

Request to_request(const HttpMessage& message) {
  Request request;
  request.method = std::string_view(message.method_string());
  request.target = std::string_view(message.target());
  const auto question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) request.query = request.target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = message.body();
  return request;
}

/// Nullopt at the end of the connection or of its patience.
asio::awaitable<std::optional<HttpMessage>> read_message(beast::tcp_stream& stream,
                                                         beast::flat_buffer& buffer) {
  http::request_parser<http::string_body> parser;
  parser.body_limit(kMaxBodyBytes);
  parser.header_limit(kMaxHeadBytes);
  stream.expires_after(kIdleLimit);
  const auto [head_error, head_bytes] =
      co_await http::async_read_header(stream, buffer, parser, kAwait);
  if (head_error) co_return std::nullopt;
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(stream, asio::buffer(kContinue), kAwait);
  }
  const auto [error, bytes] = co_await http::async_read(stream, buffer, parser, kAwait);
  stream.expires_never();
  if (error) co_return std::nullopt;
  co_return parser.release();
}

/// The body, or the chunks in their framing, as the pieces that are written one by one.
std::vector<std::string> pieces_of(Reply& reply, bool slow) {
  std::vector<std::string> pieces;
  if (!reply.chunks.empty()) {
    for (const std::string& chunk : reply.chunks) {
      pieces.push_back(fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk));
    }
    pieces.back() += "0\r\n\r\n";
    return pieces;
  }
  const std::size_t size =
      slow ? std::max<std::size_t>(1, reply.body.size() / kSlowPieces) : reply.body.size();
  for (std::size_t at = 0; at < reply.body.size(); at += size) {
    pieces.push_back(reply.body.substr(at, size));
  }
  return pieces;
}

http::response<http::string_body> to_response(const Reply& reply, const HttpMessage& message) {
  http::response<http::string_body> response(static_cast<http::status>(reply.status),
                                             message.version());
  response.set(http::field::content_type, reply.content_type);
  for (const Header& header : reply.headers) response.set(header.name, header.value);
  response.keep_alive(message.keep_alive());
  if (reply.chunks.empty()) {
    response.content_length(reply.body.size());
  } else {
    response.chunked(true);
  }
  return response;
}

/// Sends the reply piece by piece, as far as the faults let it. False when it did not arrive whole.
asio::awaitable<bool> write_in_pieces(beast::tcp_stream& stream, const HttpMessage& message,
                                      Reply reply, Faults faults) {
  auto response = to_response(reply, message);
  http::response_serializer<http::string_body> serializer(response);
  serializer.split(true);
  const auto [head_error, head_bytes] =
      co_await http::async_write_header(stream, serializer, kAwait);
  if (head_error) co_return false;
  std::size_t left = faults.cut.value_or(std::numeric_limits<std::size_t>::max());
  const auto pause = faults.slow.count() > 0 ? faults.slow : reply.chunk_interval;
  for (const std::string& piece : pieces_of(reply, faults.slow.count() > 0)) {
    const bool connected = co_await wait_while_connected(stream, pause);
    if (!connected) co_return false;
    const auto [error, bytes] =
        co_await asio::async_write(stream, asio::buffer(piece, left), kAwait);
    if (error) co_return false;
    if (left <= piece.size()) {
      close_now(stream, false);
      co_return true;
    }
    left -= piece.size();
  }
  co_return true;
}

asio::awaitable<bool> write_reply(beast::tcp_stream& stream, const HttpMessage& message,
                                  Reply reply, Faults faults) {
  const bool bodiless = message.method() == http::verb::head || reply.status == 204;
  const bool in_pieces = !reply.chunks.empty() || faults.cut || faults.slow.count() > 0;
  if (in_pieces && !bodiless) {
    co_return co_await write_in_pieces(stream, message, std::move(reply), faults);
  }
  auto response = to_response(reply, message);
  if (!bodiless) response.body() = std::move(reply.body);
  const auto [error, bytes] = co_await http::async_write(stream, response, kAwait);
  co_return !error;
}

Reply answer(Simulator& simulator, RequestLog& log, const Request& request, const Faults& faults) {
  Reply reply;
  if (request.method == "GET" && request.path == "/sim/requests") {
    reply.body = log.to_json();
    return reply;
  }
  if (request.method == "POST" && request.path == "/sim/reset") {
    simulator.reset();
    log.clear();
    reply.body = "{}";
    return reply;
  }
  reply = faults.status ? simulator.failure(*faults.status) : simulator.reply(request);
  if (faults.large) {
    reply.body.assign(*faults.large, 'x');
    reply.chunks.clear();
    reply.content_type = "text/plain";
  }
  return reply;
}

Reply wrong_faults(const std::string& complaint) {
  return {.status = 400, .content_type = "text/plain", .body = complaint + "\n"};
}

/// The end of a connection whose reply is lost.
asio::awaitable<void> end_without_reply(beast::tcp_stream& stream, RequestLog& log, Ending ending) {
  if (ending == Ending::Stall) {
    const bool stayed = co_await wait_while_connected(stream, kStallLimit);
    if (!stayed) log.reply_abandoned();
  }
  close_now(stream, ending == Ending::Reset);
}

asio::awaitable<void> serve(beast::tcp_stream stream, Simulator& simulator, RequestLog& log) {
  beast::flat_buffer buffer;
  log.connection_opened();
  auto message = co_await read_message(stream, buffer);
  while (message) {
    const Request request = to_request(*message);
    if (!request.path.starts_with("/sim/")) log.record(request);
    const auto requested = requested_faults(request);
    const Faults faults = requested.value_or(Faults{});
    const bool patient = co_await wait_while_connected(stream, faults.delay);
    if (!patient) {
      log.reply_abandoned();
      co_return;
    }
    const bool undisturbed = !faults.status && faults.ending == Ending::Reply;
    if (beast::websocket::is_upgrade(*message) && undisturbed) {
      if (auto channel = simulator.open(request)) {
        co_await serve_websocket(std::move(stream), std::move(*message), std::move(channel),
                                 faults.cut);
        co_return;
      }
    }
    Reply reply =
        requested ? answer(simulator, log, request, faults) : wrong_faults(requested.error());
    if (faults.ending != Ending::Reply) {
      co_await end_without_reply(stream, log, faults.ending);
      co_return;
    }
    const bool taken = co_await write_reply(stream, *message, std::move(reply), faults);
    if (!taken) {
      log.reply_abandoned();
      co_return;
    }
    if (faults.close_after || !message->keep_alive()) break;
    message = co_await read_message(stream, buffer);
  }
  close_now(stream, false);
}

asio::awaitable<void> accept_connections(tcp::acceptor acceptor, Simulator& simulator,
                                         RequestLog& log) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kAwait);
    if (error == asio::error::operation_aborted) co_return;
    if (error) continue;
    socket.set_option(tcp::no_delay(true), error);
    asio::co_spawn(acceptor.get_executor(),
                   serve(beast::tcp_stream(std::move(socket)), simulator, log), asio::detached);
  }
}

}  // namespace

HttpServer::HttpServer(asio::io_context& context, Simulator& simulator)
    : context_(context), shared_(std::make_unique<Shared>(Shared{simulator, {}})) {}

HttpServer::~HttpServer() = default;

std::expected<std::uint16_t, std::string> HttpServer::listen(const std::string& host,
                                                             std::uint16_t port) {
  boost::system::error_code error;
  const auto complain = [&] {
    return std::unexpected(fmt::format("cannot listen on {}:{}: {}", host, port, error.message()));
  };
  const auto address = asio::ip::make_address(host, error);
  if (error) return complain();
  const tcp::endpoint endpoint(address, port);
  tcp::acceptor acceptor(context_);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return complain();
  const std::uint16_t bound = acceptor.local_endpoint().port();
  asio::co_spawn(context_,
                 accept_connections(std::move(acceptor), shared_->simulator, shared_->log),
                 asio::detached);
  return bound;
}

}  // namespace apiforge::sim
