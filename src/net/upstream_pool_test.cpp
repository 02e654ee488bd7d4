#include "net/upstream_pool.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "net/loopback_fixture.hpp"

namespace apiforge::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Choice = UpstreamPool::Choice;
using Lease = UpstreamPool::Lease;

Task<void> connect(std::shared_ptr<UpstreamPool> pool, MonotonicTime deadline,
                   std::optional<Result<Lease>>& result) {
  result.emplace(co_await pool->connect(deadline));
}

// What became of one exchange.
struct Answer {
  bool done = false;
  int status = 0;
  std::string body;
  std::optional<ErrorCode> error;
};

Task<void> exchange(Lease& lease, Method method, MonotonicTime deadline, Answer& answer) {
  OutgoingRequest request;
  request.method = method;
  request.method_text = method_name(method);
  request.target = "/";
  request.authority = "upstream";
  Body none;
  none.end = true;
  co_await lease->send(request, none, deadline);
  auto head = co_await lease->read_head(deadline);
  if (head && (*head)->status < 200) head = co_await lease->read_head(deadline);
  if (head) {
    answer.status = (*head)->status;
  } else {
    answer.error = head.error().code;
  }
  while (!answer.error && !lease->reply_complete()) {
    auto body = co_await lease->read_body(deadline);
    if (!body) {
      answer.error = body.error().code;
      break;
    }
    for (std::size_t i = 0; i < body->count; ++i) answer.body += body->pieces[i];
  }
  answer.done = true;
}

class UpstreamPoolTest : public LoopbackTest {
 protected:
  void SetUp() override { open_pool({}); }
  void TearDown() override {
    lease = {};
    LoopbackTest::TearDown();
    pool.reset();
  }

  void open_pool(UpstreamPoolOptions options) {
    auto target = std::make_shared<DialTarget>();
    target->address = {"127.0.0.1", upstream->port()};
    target->input_bytes = 1'024;
    pool = std::make_shared<UpstreamPool>(loop, dialer, std::move(target), options, scratch);
  }
  std::optional<ErrorCode> connect_fresh() {
    std::optional<Result<Lease>> result;
    spawn(connect(pool, in(seconds(10)), result));
    EXPECT_TRUE(becomes([&] { return result.has_value(); }));
    if (!*result) return result->error().code;
    lease = std::move(**result);
    return std::nullopt;
  }
  void connect_and_accept() {
    ASSERT_EQ(connect_fresh(), std::nullopt);
    ASSERT_TRUE(becomes([&] { return (peer = upstream->accept()) != nullptr; }));
  }
  // One exchange over the lease, which the upstream answers with `reply`.
  Answer call(std::string_view reply, Method method = Method::Get) {
    Answer answer;
    const std::size_t before = peer->received().size();
    spawn(exchange(lease, method, in(seconds(10)), answer));
    EXPECT_TRUE(becomes([&] { return peer->received().size() > before; }));
    peer->send(reply);
    EXPECT_TRUE(becomes([&] { return answer.done; }));
    return answer;
  }

  static constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  std::unique_ptr<RawServer> upstream = std::make_unique<RawServer>();
  Dialer dialer{loop, [this](const std::string&) { return may_connect; }};
  bool may_connect = true;
  std::string scratch;
  std::shared_ptr<UpstreamPool> pool;
  Lease lease;
  std::unique_ptr<RawSocket> peer;
};

TEST_F(UpstreamPoolTest, uses_a_connection_again) {
  EXPECT_FALSE(pool->take_idle(Choice::Any));
  connect_and_accept();
  EXPECT_FALSE(lease.reused());
  EXPECT_EQ(call(kOk).body, "ok");
  lease = {};
  EXPECT_EQ(pool->counts().idle, 1U);
  lease = pool->take_idle(Choice::Any);
  ASSERT_TRUE(lease);
  EXPECT_TRUE(lease.reused());
  EXPECT_EQ(call(kOk).body, "ok");
  lease = {};
  EXPECT_EQ(pool->counts().open, 1U);
  EXPECT_EQ(pool->counts().connects, 1U);
  EXPECT_EQ(pool->counts().reuses, 1U);
}

TEST_F(UpstreamPoolTest, reads_a_large_reply_between_small_ones) {
  connect_and_accept();
  const std::string large(40'000, 'x');
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(call(kOk).body, "ok");
    EXPECT_EQ(call("HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + large).body, large);
    lease = {};
    lease = pool->take_idle(Choice::Checked);
    ASSERT_TRUE(lease);
  }
}

TEST_F(UpstreamPoolTest, skips_interim_replies) {
  connect_and_accept();
  const Answer answer = call("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + std::string(kOk));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok");
  lease = {};
  EXPECT_EQ(pool->counts().idle, 1U);
}

TEST_F(UpstreamPoolTest, keeps_no_connection_whose_next_reply_could_be_wrong) {
  for (const std::string_view reply :
       {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 surplus",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 099 Low\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok"}) {
    SCOPED_TRACE(reply);
    connect_and_accept();
    Answer answer;
    spawn(exchange(lease, Method::Get, in(seconds(1)), answer));
    ASSERT_TRUE(becomes([&] { return !peer->received().empty(); }));
    peer->send(reply);
    settle();
    pass(seconds(2));
    ASSERT_TRUE(becomes([&] { return answer.done; }));
    lease = {};
    EXPECT_EQ(pool->counts().open, 0U);
    EXPECT_TRUE(becomes([&] { return peer->ended(); }));
  }
}

TEST_F(UpstreamPoolTest, keeps_no_connection_whose_exchange_did_not_end) {
  connect_and_accept();
  lease = {};
  EXPECT_EQ(pool->counts().idle, 0U);
  EXPECT_TRUE(becomes([&] { return peer->ended(); }));
}

TEST_F(UpstreamPoolTest, forgets_an_idle_connection_when_the_upstream_closes_it) {
  connect_and_accept();
  call(kOk);
  lease = {};
  peer->close();
  EXPECT_TRUE(becomes([&] { return pool->counts().open == 0; }));
  EXPECT_FALSE(pool->take_idle(Choice::Any));
}

TEST_F(UpstreamPoolTest, does_not_hand_out_a_connection_that_the_kernel_knows_is_closed) {
  connect_and_accept();
  call(kOk);
  lease = {};
  peer->close();
  EXPECT_FALSE(pool->take_idle(Choice::Checked));
  EXPECT_EQ(pool->counts().open, 0U);
}

TEST_F(UpstreamPoolTest, does_not_hand_out_a_connection_on_which_something_came) {
  connect_and_accept();
  call(kOk);
  lease = {};
  peer->send("HTTP/1.1 408 Request Timeout\r\n\r\n");
  settle();
  EXPECT_FALSE(pool->take_idle(Choice::Any));
}

TEST_F(UpstreamPoolTest, closes_connections_that_are_idle_for_long) {
  connect_and_accept();
  call(kOk);
  lease = {};
  pass(seconds(59));
  EXPECT_EQ(pool->counts().idle, 1U);
  pass(seconds(2));
  EXPECT_EQ(pool->counts().idle, 0U);
  EXPECT_TRUE(becomes([&] { return peer->ended(); }));
}

TEST_F(UpstreamPoolTest, leaves_a_leased_connection_alone_when_its_idle_time_is_over) {
  connect_and_accept();
  call(kOk);
  lease = {};
  lease = pool->take_idle(Choice::Any);
  pass(seconds(120));
  ASSERT_TRUE(lease);
  EXPECT_EQ(call(kOk).body, "ok");
}

TEST_F(UpstreamPoolTest, keeps_its_bounds) {
  open_pool({.max_connections = 2, .max_idle = 1, .client = {}});
  connect_and_accept();
  call(kOk);
  Lease first = std::move(lease);
  std::unique_ptr<RawSocket> first_peer = std::move(peer);
  connect_and_accept();
  call(kOk);
  Lease second = std::move(lease);
  EXPECT_EQ(connect_fresh(), ErrorCode::UpstreamSaturated);
  first = {};
  second = {};
  EXPECT_EQ(pool->counts().idle, 1U);
  EXPECT_EQ(pool->counts().open, 1U);
}

// A call that must not use an idle connection was refused while only idle ones were open.
TEST_F(UpstreamPoolTest, gives_up_an_idle_connection_for_a_fresh_one) {
  open_pool({.max_connections = 1, .client = {}});
  connect_and_accept();
  call(kOk);
  lease = {};
  EXPECT_EQ(connect_fresh(), std::nullopt);
  EXPECT_FALSE(lease.reused());
  EXPECT_EQ(pool->counts().open, 1U);
}

TEST_F(UpstreamPoolTest, closes_what_comes_back_after_it_was_retired) {
  connect_and_accept();
  call(kOk);
  pool->retire();
  lease = {};
  EXPECT_EQ(pool->counts().open, 0U);
}

TEST_F(UpstreamPoolTest, lives_as_long_as_its_leases) {
  connect_and_accept();
  const std::weak_ptr<UpstreamPool> watched = pool;
  pool.reset();
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(call(kOk).body, "ok");
  lease = {};
  EXPECT_TRUE(watched.expired());
  EXPECT_TRUE(becomes([&] { return peer->ended(); }));
}

TEST_F(UpstreamPoolTest, a_wait_on_a_lease_that_is_closed_ends) {
  connect_and_accept();
  Answer answer;
  spawn(exchange(lease, Method::Get, in(seconds(10)), answer));
  settle();
  ASSERT_FALSE(answer.done);
  lease.close();
  ASSERT_TRUE(becomes([&] { return answer.done; }));
  EXPECT_EQ(answer.error, ErrorCode::UpstreamBroke);
}

TEST_F(UpstreamPoolTest, tells_how_a_reply_failed) {
  connect_and_accept();
  Answer slow;
  spawn(exchange(lease, Method::Get, in(seconds(10)), slow));
  pass(seconds(11));
  ASSERT_TRUE(becomes([&] { return slow.done; }));
  EXPECT_EQ(slow.error, ErrorCode::UpstreamTimeout);
  lease = {};

  connect_and_accept();
  Answer broken;
  spawn(exchange(lease, Method::Get, in(seconds(10)), broken));
  settle();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  peer->finish_sending();
  ASSERT_TRUE(becomes([&] { return broken.done; }));
  EXPECT_EQ(broken.status, 200);
  EXPECT_EQ(broken.error, ErrorCode::UpstreamBroke);
}

TEST_F(UpstreamPoolTest, a_reply_without_length_ends_with_its_connection) {
  connect_and_accept();
  Answer answer;
  spawn(exchange(lease, Method::Get, in(seconds(10)), answer));
  settle();
  peer->send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  settle();
  peer->finish_sending();
  ASSERT_TRUE(becomes([&] { return answer.done; }));
  EXPECT_EQ(answer.error, std::nullopt);
  EXPECT_EQ(answer.body, "until the end");
  lease = {};
  EXPECT_EQ(pool->counts().open, 0U);
}

TEST_F(UpstreamPoolTest, tells_why_it_cannot_connect) {
  may_connect = false;
  EXPECT_EQ(connect_fresh(), ErrorCode::Forbidden);
  may_connect = true;
  const std::uint16_t port = upstream->port();
  upstream.reset();
  auto target = std::make_shared<DialTarget>();
  target->address = {"127.0.0.1", port};
  pool = std::make_shared<UpstreamPool>(loop, dialer, std::move(target), UpstreamPoolOptions{},
                                        scratch);
  EXPECT_EQ(connect_fresh(), ErrorCode::UpstreamConnectFailed);
  EXPECT_EQ(pool->counts().open, 0U);
  EXPECT_EQ(pool->counts().connect_failures, 1U);
}

}  // namespace
}  // namespace apiforge::net
