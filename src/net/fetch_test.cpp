#include "net/fetch.hpp"

#include "net/loopback_fixture.hpp"

namespace apiforge::net {
namespace {

class FetchTest : public LoopbackTest {
 protected:
  void fetch_document(std::size_t limit = 1'000, bool head_only = false) {
    auto target = std::make_shared<DialTarget>();
    target->address = {"127.0.0.1", server_.port()};
    FetchRequest request{.server = std::move(target), .authority = "keys.test", .target = "/jwks"};
    request.max_body_bytes = limit;
    request.head_only = head_only;
    spawn(wait_for(std::move(request)));
    ASSERT_TRUE(becomes([this] { return (peer_ = server_.accept()) != nullptr; }));
    ASSERT_TRUE(becomes([this] { return peer_->received().ends_with("\r\n\r\n"); }));
  }
  Task<void> wait_for(FetchRequest request) { reply_ = co_await fetch(loop, dialer_, request); }
  const Result<FetchReply>& reply() {
    EXPECT_TRUE(becomes([this] { return reply_.has_value(); }));
    return *reply_;
  }

  RawServer server_;
  Dialer dialer_{loop, [](const std::string&) { return true; }};
  std::unique_ptr<RawSocket> peer_;
  std::optional<Result<FetchReply>> reply_;
};

TEST_F(FetchTest, GivesStatusAndWholeBody) {
  fetch_document();
  EXPECT_TRUE(peer_->received().starts_with("GET /jwks HTTP/1.1\r\nHost: keys.test\r\n"));
  peer_->send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  peer_->send("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");
  ASSERT_TRUE(reply());
  EXPECT_EQ(reply()->status, 200);
  EXPECT_EQ(reply()->body, "abcdef");
}

TEST_F(FetchTest, TakesABodyThatEndsWithTheConnection) {
  fetch_document();
  peer_->send("HTTP/1.1 404 Not Found\r\n\r\nnothing here");
  peer_->close();
  ASSERT_TRUE(reply());
  EXPECT_EQ(reply()->status, 404);
  EXPECT_EQ(reply()->body, "nothing here");
}

TEST_F(FetchTest, RefusesABodyLargerThanAllowed) {
  fetch_document(3);
  peer_->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd");
  ASSERT_FALSE(reply());
  EXPECT_EQ(reply().error().code, ErrorCode::UpstreamProtocolError);
}

// A webhook that had taken a message, but whose page was long or broken off, was told it for a day.
TEST_F(FetchTest, IsDoneWithTheHeadWhenTheBodyDoesNotMatter) {
  fetch_document(3, true);
  peer_->send("HTTP/1.1 200 OK\r\nContent-Length: 102400\r\n\r\nabcd");
  ASSERT_TRUE(reply());
  EXPECT_EQ(reply()->status, 200);
  EXPECT_EQ(reply()->body, "");
}

TEST_F(FetchTest, EndsInTime) {
  fetch_document();
  peer_->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
  settle();
  pass(std::chrono::seconds(6));
  ASSERT_FALSE(reply());
  EXPECT_EQ(reply().error().code, ErrorCode::UpstreamTimeout);
}

}  // namespace
}  // namespace apiforge::net
