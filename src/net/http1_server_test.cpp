#include "net/http1_server.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "net/loopback_fixture.hpp"

namespace apiforge::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Body whole(std::string_view text) {
  Body body;
  body.pieces[body.count++] = text;
  body.end = true;
  return body;
}

OutgoingReply reply_of(std::size_t bytes, int status = 200) {
  OutgoingReply reply;
  reply.status = status;
  reply.framing = BodyFraming::Length;
  reply.content_length = bytes;
  return reply;
}

// Answers by the first segment of the target.
class TestHandler final : public RequestHandler {
 public:
  explicit TestHandler(EventLoop& loop) : loop_(loop) {}

  Task<void> handle(ServerExchange& exchange) override {
    targets.emplace_back(exchange.request().target);
    const std::string target(exchange.request().target);
    if (target == "/echo") co_await echo(exchange);
    if (target == "/early") co_await say(exchange, "no thanks");
    if (target == "/hello") co_await say(exchange, "hello");
    if (target == "/stream") co_await stream(exchange);
    if (target == "/cut") co_await cut(exchange);
    if (target == "/upgrade") co_await upgrade(exchange);
    if (target == "/wait") co_await wait(exchange);
    // The head must still be what it was, whatever has been read since.
    EXPECT_EQ(exchange.request().target, target);
    ++ended;
  }
  std::string refusal(const Error& error) override {
    refused = error.code;
    return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }

  std::vector<std::string> targets;
  std::optional<ErrorCode> refused;
  std::optional<ErrorCode> body_error;
  int ended = 0;
  int callers_gone = 0;

 private:
  struct Watch final : Connection::Watcher {
    explicit Watch(int& count) : gone(count) {}
    void on_peer_gone() override { ++gone; }
    int& gone;
  };

  Task<void> echo(ServerExchange& exchange) {
    std::string text;
    while (true) {
      auto body = co_await exchange.read_body();
      if (!body) {
        body_error = body.error().code;
        co_return;
      }
      for (std::size_t i = 0; i < body->count; ++i) text += body->pieces[i];
      for (const Field& field : body->trailers) text.append(field.name).append(field.value);
      if (body->end) break;
    }
    // As the gateway does, so that the next head comes into a buffer under a read.
    Watch watch(callers_gone);
    exchange.watch(&watch);
    co_await exchange.send(reply_of(text.size()), whole(text));
    exchange.watch(nullptr);
  }

  Task<void> say(ServerExchange& exchange, std::string_view text) {
    co_await exchange.send(reply_of(text.size()), whole(text));
  }

  Task<void> stream(ServerExchange& exchange) {
    OutgoingReply reply;
    reply.framing = BodyFraming::Chunked;
    Body piece;
    piece.pieces[piece.count++] = "first ";
    co_await exchange.send(reply, piece);
    co_await loop_.sleep_until(loop_.now() + seconds(1));
    co_await exchange.send_body(whole("second"));
  }

  Task<void> cut(ServerExchange& exchange) {
    Body piece;
    piece.pieces[piece.count++] = "half";
    co_await exchange.send(reply_of(8), piece);
    exchange.abort();
  }

  Task<void> upgrade(ServerExchange& exchange) {
    OutgoingReply reply;
    reply.status = 101;
    reply.lines = "Connection: upgrade\r\nUpgrade: echo\r\n";
    co_await exchange.send(reply, {});
    Connection& stream = exchange.stream();
    if (stream.input().empty()) co_await stream.read(loop_.now() + seconds(1));
    const std::array<std::string_view, 1> pieces{stream.input()};
    co_await stream.write(pieces, 0, loop_.now() + seconds(1));
    stream.consume(pieces[0].size());
  }

  Task<void> wait(ServerExchange& exchange) {
    Watch watch(callers_gone);
    exchange.watch(&watch);
    co_await loop_.sleep_until(loop_.now() + seconds(5));
    exchange.watch(nullptr);
    co_await say(exchange, "late");
  }

  EventLoop& loop_;
};

class Http1ServerTest : public LoopbackTest {
 protected:
  void SetUp() override { listener.start(); }
  void TearDown() override {
    listener.stop();
    server.close_all();
    LoopbackTest::TearDown();
    EXPECT_EQ(server.sessions(), 0U);
    EXPECT_EQ(ended_connections, handed_over);
  }

  RawSocket caller() { return RawSocket::connected_to(bound_port(socket)); }
  static std::string get(std::string_view target, std::string_view lines = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
  }
  static std::string post(std::string_view body, std::string_view target = "/echo") {
    return "POST " + std::string(target) +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
  }
  bool gets(RawSocket& peer, std::string_view text) {
    return becomes([&] { return peer.received().find(text) != std::string::npos; });
  }
  // Sends all of it, letting the server read meanwhile.
  void send_all(RawSocket& peer, std::string_view text) {
    ASSERT_TRUE(becomes([&] {
      text.remove_prefix(peer.send(text));
      return text.empty();
    }));
  }

  Http1ServerOptions options{.limits = {.head_bytes = 4'096, .fields = 20, .target_bytes = 1'024}};
  TestHandler handler{loop};
  int ended_connections = 0;
  int handed_over = 0;
  Http1Server server{loop, handler, options, [this] { ++ended_connections; }};
  ConnectionBudget budget;
  int socket = open_listening_sockets({"127.0.0.1", 0}, 1).value().front();
  Listener listener{
      loop, socket, {.input_bytes = 1'024}, budget, [this](ConnectionPtr connection, bool tls) {
        ++handed_over;
        server.serve(std::move(connection), tls);
      }};
};

TEST_F(Http1ServerTest, serves_one_request_after_another_on_a_connection) {
  RawSocket peer = caller();
  for (int i = 0; i < 30; ++i) {
    peer.send(get("/hello"));
    ASSERT_TRUE(becomes([&] { return handler.ended == i + 1; }));
  }
  settle();
  EXPECT_FALSE(peer.ended());
  EXPECT_EQ(server.requests(), 30U);
}

TEST_F(Http1ServerTest, serves_pipelined_requests_in_order) {
  RawSocket peer = caller();
  peer.send(get("/hello") + post("ab") + get("/hello", "Connection: close\r\n"));
  ASSERT_TRUE(becomes([&] { return peer.ended(); }));
  EXPECT_EQ(handler.targets, (std::vector<std::string>{"/hello", "/echo", "/hello"}));
  EXPECT_FALSE(peer.was_reset());
}

TEST_F(Http1ServerTest, answers_a_head_that_comes_byte_by_byte) {
  RawSocket peer = caller();
  for (const char byte : get("/hello", "X-Long: " + std::string(1'500, 'x') + "\r\n")) {
    peer.send(std::string_view(&byte, 1));
    loop.poll();
  }
  EXPECT_TRUE(gets(peer, "\r\n\r\nhello"));
}

TEST_F(Http1ServerTest, echoes_bodies_of_every_size_on_one_connection) {
  RawSocket peer = caller();
  std::size_t expected = 0;
  for (const std::size_t size : {1U, 900U, 1'024U, 20'000U, 1U, 300'000U, 70'000U, 3U}) {
    std::string body;
    for (std::size_t i = 0; i < size; ++i) body += static_cast<char>('a' + i % 23);
    send_all(peer, post(body));
    ++expected;
    ASSERT_TRUE(becomes([&] { return handler.ended == static_cast<int>(expected); })) << size;
    ASSERT_TRUE(becomes([&] { return peer.received().ends_with("\r\n\r\n" + body); })) << size;
  }
  EXPECT_FALSE(peer.ended());
}

TEST_F(Http1ServerTest, reads_chunks_and_trailers) {
  RawSocket peer = caller();
  peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  settle();
  peer.send("2\r\nde\r\n0\r\nSum: 5\r\n\r\n" + get("/hello"));
  EXPECT_TRUE(gets(peer, "abcdeSum5"));
  EXPECT_TRUE(gets(peer, "\r\n\r\nhello"));
}

TEST_F(Http1ServerTest, invites_a_body_that_waits_for_it_and_only_then) {
  RawSocket peer = caller();
  peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(gets(peer, "HTTP/1.1 100 Continue\r\n\r\n"));
  peer.send("ok");
  ASSERT_TRUE(gets(peer, "\r\n\r\nok"));

  RawSocket eager = caller();
  eager.send(
      "POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(gets(eager, "no thanks"));
  EXPECT_EQ(eager.received().find("100 Continue"), std::string::npos);
  EXPECT_NE(eager.received().find("Connection: close"), std::string::npos);
}

TEST_F(Http1ServerTest, an_early_reply_reaches_a_caller_that_is_still_sending) {
  RawSocket peer = caller();
  peer.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 50; ++i) {
    peer.send(std::string(1'000, 'x'));
    loop.poll();
  }
  ASSERT_TRUE(gets(peer, "no thanks"));
  ASSERT_TRUE(becomes([&] { return peer.ended(); }));
  EXPECT_FALSE(peer.was_reset());
  pass(seconds(2));
  EXPECT_EQ(ended_connections, 1);
}

TEST_F(Http1ServerTest, streams_a_reply_as_it_comes) {
  RawSocket peer = caller();
  peer.send(get("/stream"));
  ASSERT_TRUE(gets(peer, "6\r\nfirst \r\n"));
  EXPECT_EQ(peer.received().find("second"), std::string::npos);
  pass(seconds(2));
  EXPECT_TRUE(gets(peer, "6\r\nsecond\r\n0\r\n\r\n"));
}

TEST_F(Http1ServerTest, ends_the_connection_where_a_caller_knows_no_chunks) {
  RawSocket peer = caller();
  peer.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(gets(peer, "first "));
  pass(seconds(2));
  ASSERT_TRUE(becomes([&] { return peer.ended(); }));
  EXPECT_TRUE(peer.received().ends_with("Connection: close\r\n\r\nfirst second"));
}

TEST_F(Http1ServerTest, a_reply_that_is_cut_ends_the_connection) {
  RawSocket peer = caller();
  peer.send(get("/cut") + get("/hello"));
  ASSERT_TRUE(becomes([&] { return peer.ended(); }));
  EXPECT_EQ(handler.targets.size(), 1U);
}

TEST_F(Http1ServerTest, refuses_what_it_cannot_parse_and_serves_nothing_behind_it) {
  RawSocket peer = caller();
  peer.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" +
            get("/hello"));
  ASSERT_TRUE(becomes([&] { return peer.ended(); }));
  EXPECT_EQ(handler.refused, ErrorCode::AmbiguousFraming);
  EXPECT_TRUE(handler.targets.empty());
  EXPECT_FALSE(peer.was_reset());
}

TEST_F(Http1ServerTest, refuses_a_head_without_end) {
  RawSocket peer = caller();
  send_all(peer, "GET / HTTP/1.1\r\nX: " + std::string(10'000, 'x'));
  ASSERT_TRUE(gets(peer, "400 Bad Request"));
  EXPECT_EQ(handler.refused, ErrorCode::HeadTooLarge);
}

TEST_F(Http1ServerTest, drops_a_caller_that_is_slow_with_its_head) {
  RawSocket peer = caller();
  for (int i = 0; i < 5; ++i) {
    peer.send("G");
    pass(seconds(3));
  }
  EXPECT_TRUE(becomes([&] { return peer.ended(); }));
}

TEST_F(Http1ServerTest, drops_a_caller_that_is_idle_for_long) {
  RawSocket peer = caller();
  peer.send(get("/hello"));
  ASSERT_TRUE(gets(peer, "hello"));
  pass(seconds(70));
  EXPECT_FALSE(peer.ended());
  pass(seconds(10));
  EXPECT_TRUE(becomes([&] { return peer.ended(); }));
}

TEST_F(Http1ServerTest, gives_up_a_body_that_does_not_come) {
  RawSocket peer = caller();
  peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  ASSERT_TRUE(becomes([&] { return handler.targets.size() == 1; }));
  pass(seconds(31));
  ASSERT_TRUE(becomes([&] { return handler.ended == 1; }));
  EXPECT_EQ(handler.body_error, ErrorCode::RequestTimeout);
}

TEST_F(Http1ServerTest, tells_a_malformed_body_from_a_caller_that_left) {
  RawSocket malformed = caller();
  malformed.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  ASSERT_TRUE(becomes([&] { return handler.ended == 1; }));
  EXPECT_EQ(handler.body_error, ErrorCode::MalformedRequest);
  RawSocket gone = caller();
  gone.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  settle();
  gone.close();
  ASSERT_TRUE(becomes([&] { return handler.ended == 2; }));
  EXPECT_EQ(handler.body_error, ErrorCode::CallerGone);
}

TEST_F(Http1ServerTest, hears_that_a_waiting_caller_left) {
  RawSocket peer = caller();
  peer.send(get("/wait"));
  ASSERT_TRUE(becomes([&] { return handler.targets.size() == 1; }));
  peer.close();
  EXPECT_TRUE(becomes([&] { return handler.callers_gone == 1; }));
}

TEST_F(Http1ServerTest, hands_over_the_stream_after_an_upgrade) {
  RawSocket peer = caller();
  peer.send(get("/upgrade", "Connection: upgrade\r\nUpgrade: echo\r\n") + "raw bytes");
  ASSERT_TRUE(gets(peer, "Upgrade: echo\r\n\r\nraw bytes"));
  EXPECT_EQ(peer.received().find("Connection: close"), std::string::npos);
}

// CVE-2026-73548: bytes behind a refused upgrade must not be served as a request.
TEST_F(Http1ServerTest, serves_nothing_behind_a_refused_upgrade) {
  RawSocket peer = caller();
  peer.send(get("/hello", "Connection: upgrade\r\nUpgrade: websocket\r\n") + get("/hello"));
  ASSERT_TRUE(becomes([&] { return peer.ended(); }));
  EXPECT_EQ(handler.targets.size(), 1U);
}

TEST_F(Http1ServerTest, bounds_how_many_requests_are_pipelined) {
  RawSocket peer = caller();
  std::string burst;
  for (int i = 0; i < 100; ++i) burst += get("/hello");
  send_all(peer, burst);
  ASSERT_TRUE(becomes([&] { return peer.ended(); }));
  EXPECT_LE(handler.targets.size(), options.max_pipelined_requests + 1);
}

TEST_F(Http1ServerTest, drains) {
  RawSocket busy = caller();
  RawSocket idle = caller();
  RawSocket late = caller();
  busy.send(get("/stream"));
  ASSERT_TRUE(gets(busy, "first"));
  server.drain(milliseconds(500));
  late.send(get("/hello"));
  ASSERT_TRUE(gets(late, "Connection: close\r\n\r\nhello"));
  pass(milliseconds(600));
  EXPECT_TRUE(becomes([&] { return idle.ended(); }));
  EXPECT_FALSE(busy.ended());
  pass(seconds(1));
  EXPECT_TRUE(gets(busy, "0\r\n\r\n"));
}

TEST_F(Http1ServerTest, cuts_every_connection_when_told_to) {
  RawSocket busy = caller();
  RawSocket idle = caller();
  busy.send(get("/wait"));
  ASSERT_TRUE(becomes([&] { return handler.targets.size() == 1 && server.sessions() == 2; }));
  server.close_all();
  ASSERT_TRUE(becomes([&] { return busy.ended() && idle.ended(); }));
}

}  // namespace
}  // namespace apiforge::net
