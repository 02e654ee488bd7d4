// The server over real loopback sockets, on a port the system chooses.
#include "sim/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json.hpp>
#include <thread>

#include "sim/simulator.hpp"

namespace apiforge::sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// Answers a text message with itself, and says "tick" in its rhythm.
class Echo final : public Channel {
 public:
  std::vector<std::string> receive(std::string_view message) override {
    return {std::string(message)};
  }
  std::vector<std::string> tick() override { return {"tick"}; }
  std::chrono::milliseconds interval() const override { return 1ms; }
};

class Parrot final : public Simulator {
 public:
  Reply reply(const Request& request) override {
    ++replies;
    Reply reply;
    if (request.path == "/stream")
      reply.chunks = {"one", "two"};
    else
      reply.body = request.method + " " + request.body;
    return reply;
  }
  Reply failure(unsigned status) const override {
    Reply reply;
    reply.status = status;
    return reply;
  }
  void reset() override { ++resets; }
  std::unique_ptr<Channel> open(const Request&) override { return std::make_unique<Echo>(); }

  std::atomic<int> replies = 0;
  std::atomic<int> resets = 0;
};

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto bound = server.listen("127.0.0.1", 0);
    ASSERT_TRUE(bound) << bound.error();
    address = tcp::endpoint(asio::ip::make_address("127.0.0.1"), *bound);
    thread = std::jthread([this] { context.run(); });
  }
  void TearDown() override {
    context.stop();
    thread.join();
  }

  tcp::socket connect() {
    tcp::socket socket(client);
    socket.connect(address);
    return socket;
  }
  static void send(tcp::socket& socket, std::string_view path, std::string_view fault = {},
                   std::string_view connection = "close") {
    std::string text = "GET " + std::string(path) + " HTTP/1.1\r\nHost: sim\r\nConnection: ";
    text.append(connection).append("\r\n");
    if (!fault.empty()) text.append("X-Sim-Fault: ").append(fault).append("\r\n");
    asio::write(socket, asio::buffer(text + "\r\n"));
  }
  /// All that comes until the end, and how that was.
  std::string read_all(tcp::socket& socket) {
    std::string text;
    asio::read(socket, asio::dynamic_buffer(text), ended_with);
    return text;
  }
  std::string call(std::string_view path, std::string_view fault = {}) {
    auto socket = connect();
    send(socket, path, fault);
    return read_all(socket);
  }
  static std::string body_of(const std::string& reply) {
    const auto end = reply.find("\r\n\r\n");
    return end == std::string::npos ? "" : reply.substr(end + 4);
  }
  boost::json::value requests() { return boost::json::parse(body_of(call("/sim/requests"))); }

  asio::io_context context;
  Parrot parrot;
  HttpServer server{context, parrot};
  tcp::endpoint address;
  asio::io_context client;
  boost::system::error_code ended_with;
  std::jthread thread;
};

TEST_F(HttpServerTest, RepliesAndClosesWhenAsked) {
  const auto reply = call("/a");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(body_of(reply), "GET ");
  EXPECT_EQ(ended_with, asio::error::eof);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsOfOneConnection) {
  auto socket = connect();
  send(socket, "/a", {}, "keep-alive");
  send(socket, "/b", {}, "keep-alive");
  send(socket, "/c");
  const auto replies = read_all(socket);
  EXPECT_EQ(std::count(replies.begin(), replies.end(), 'G'), 3);
  EXPECT_EQ(requests().at("total"), 3);
}

TEST_F(HttpServerTest, SendsEveryEventAsItsOwnChunk) {
  const auto reply = call("/stream");
  EXPECT_NE(reply.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(body_of(reply), "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
}

TEST_F(HttpServerTest, PlaysTheFaultsOfReplies) {
  EXPECT_TRUE(call("/a", "status=503").starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(body_of(call("/a", "large=70000")).size(), 70'000U);
  EXPECT_EQ(body_of(call("/a", "cut=2")), "GE");
  EXPECT_EQ(body_of(call("/a", "slow=1,delay=1")), "GET ");
  EXPECT_TRUE(call("/a", "nonsense").starts_with("HTTP/1.1 400 "));
}

TEST_F(HttpServerTest, PlaysTheFaultsOfConnections) {
  EXPECT_EQ(call("/a", "reset"), "");
  EXPECT_EQ(ended_with, asio::error::connection_reset);
  EXPECT_EQ(call("/a", "close"), "");
  EXPECT_EQ(ended_with, asio::error::eof);
  EXPECT_EQ(parrot.replies, 2) << "both were carried out";
}

TEST_F(HttpServerTest, ClosesUnannouncedAfterTheReply) {
  auto socket = connect();
  send(socket, "/a", "close-after", "keep-alive");
  const auto reply = read_all(socket);
  EXPECT_EQ(reply.find("Connection: close"), std::string::npos);
  EXPECT_EQ(body_of(reply), "GET ");
}

TEST_F(HttpServerTest, NoticesAPeerThatDoesNotWait) {
  auto socket = connect();
  send(socket, "/a", "stall");
  socket.close();
  // Asked again until the server has seen the end, which it does at once.
  boost::json::value abandoned = 0;
  for (int i = 0; i < 1000 && abandoned == 0; ++i) abandoned = requests().at("abandoned");
  EXPECT_EQ(abandoned, 1);
}

TEST_F(HttpServerTest, RemembersTheLastRequestAndForgetsItWhenReset) {
  call("/a?b=c");
  const auto log = requests();
  EXPECT_EQ(log.at("last").at("target"), "/a?b=c");
  EXPECT_EQ(log.at("last").at("headers").at(0), boost::json::parse(R"(["Host","sim"])"));
  EXPECT_EQ(log.at("paths").at("/a"), 1);
  auto socket = connect();
  asio::write(socket, asio::buffer(std::string_view(
                          "POST /sim/reset HTTP/1.1\r\nHost: sim\r\nContent-Length: 0\r\n"
                          "Connection: close\r\n\r\n")));
  read_all(socket);
  EXPECT_TRUE(requests().at("last").is_null());
  EXPECT_EQ(parrot.resets, 1);
}

TEST_F(HttpServerTest, HoldsAWebSocketConversation) {
  boost::beast::websocket::stream<tcp::socket> socket(connect());
  socket.handshake("sim", "/ws");
  socket.write(asio::buffer(std::string_view("hello")));
  bool heard_tick = false;
  bool heard_echo = false;
  while (!heard_tick || !heard_echo) {
    boost::beast::flat_buffer buffer;
    socket.read(buffer);
    const std::string_view text(static_cast<const char*>(buffer.data().data()), buffer.size());
    heard_tick = heard_tick || text == "tick";
    heard_echo = heard_echo || text == "hello";
  }
  socket.close(boost::beast::websocket::close_code::normal);
}

}  // namespace
}  // namespace apiforge::sim
