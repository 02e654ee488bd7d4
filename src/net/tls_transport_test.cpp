// TLS between a dialer and a listener of ours: who is believed, and how a stream ends.
#include <gmock/gmock.h>

#include <optional>

#include "net/dialer.hpp"
#include "net/http1_client.hpp"
#include "net/loopback_fixture.hpp"
#include "support/certificates.hpp"

namespace apiforge::net {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing_support::CertificateAuthority;
using testing_support::CertificateFiles;
using testing_support::TemporaryFolder;

Task<void> dial_into(Dialer& dialer, std::shared_ptr<DialTarget> target, MonotonicTime deadline,
                     std::optional<Result<ConnectionPtr>>& result) {
  result.emplace(co_await dialer.dial(std::move(target), deadline));
}

// Reads until the stream ends.
Task<void> read_all(ConnectionPtr connection, MonotonicTime deadline, std::string& text,
                    std::optional<IoStatus>& end) {
  connection->allow_input(64 * 1024, true);
  while (true) {
    const IoStatus status = co_await connection->read(deadline);
    text += connection->input();
    connection->consume(connection->input().size());
    if (status == IoStatus::Ok) continue;
    end = status;
    co_return;
  }
}

Task<void> write_all(ConnectionPtr connection, std::string_view text, MonotonicTime deadline,
                     std::optional<IoStatus>& end) {
  const std::array<std::string_view, 1> pieces{text};
  end = co_await connection->write(pieces, 0, deadline);
}

class TlsTest : public LoopbackTest {
 protected:
  void SetUp() override {
    show(authority.issue("upstream.test", "server"));
    listener.start();
  }
  void TearDown() override {
    ours = theirs = nullptr;
    LoopbackTest::TearDown();
  }

  void show(const CertificateFiles& files) {
    auto context = TlsServerContext::load(files.certificate, files.key);
    ASSERT_TRUE(context) << context.error().detail;
    listener.set_tls(*context);
  }
  std::shared_ptr<DialTarget> target_named(const std::string& name, TlsClientOptions options) {
    auto target = std::make_shared<DialTarget>();
    target->address = {"127.0.0.1", port};
    target->tls = TlsClientContext::load(options).value();
    target->server_name = name;
    return target;
  }
  /// Connects and finishes the handshake; the error when it fails.
  std::optional<Error> connect(const std::string& name, const TlsClientOptions& options) {
    std::optional<Result<ConnectionPtr>> dialled;
    spawn(dial_into(dialer, target_named(name, options), in(seconds(5)), dialled));
    EXPECT_TRUE(becomes([&] { return dialled.has_value(); }));
    if (!*dialled) return dialled->error();
    ours = **dialled;
    EXPECT_TRUE(becomes([&] { return theirs != nullptr; }));
    return std::nullopt;
  }
  void connect_in_order() {
    ASSERT_EQ(connect("upstream.test", {.ca_file = authority.file()}), std::nullopt);
  }
  void expect_refused(const std::string& name, const TlsClientOptions& options,
                      const std::string& reason) {
    const auto error = connect(name, options);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, ErrorCode::UpstreamTlsFailed);
    EXPECT_THAT(error->detail, HasSubstr(reason));
    EXPECT_FALSE(theirs) << "the listener took the caller for connected";
    EXPECT_TRUE(becomes([&] { return budget.open == 0; })) << "the place was not given back";
  }

  TemporaryFolder folder;
  CertificateAuthority authority{folder, "authority"};
  CertificateAuthority stranger{folder, "stranger"};
  ConnectionBudget budget;
  int socket = open_listening_sockets({"127.0.0.1", 0}, 1).value().front();
  std::uint16_t port = bound_port(socket);
  Listener listener{loop, socket, {}, budget, [this](ConnectionPtr connection, bool tls) {
                      EXPECT_TRUE(tls);
                      theirs = std::move(connection);
                    }};
  Dialer dialer{loop, [](const std::string&) { return true; }};
  ConnectionPtr ours;
  ConnectionPtr theirs;
};

// --------------------------------------------------------------------------------------- handshake

TEST_F(TlsTest, believes_a_certificate_of_the_named_authority) {
  connect_in_order();
  EXPECT_EQ(ours->peer_address(), "127.0.0.1");
}

TEST_F(TlsTest, believes_the_certificate_of_an_address) {
  show(authority.issue("IP:127.0.0.1", "server"));
  EXPECT_EQ(connect("127.0.0.1", {.ca_file = authority.file()}), std::nullopt);
}

TEST_F(TlsTest, refuses_another_name) {
  expect_refused("other.test", {.ca_file = authority.file()}, "hostname mismatch");
}

TEST_F(TlsTest, refuses_another_address) {
  show(authority.issue("IP:127.0.0.2", "server"));
  expect_refused("127.0.0.1", {.ca_file = authority.file()}, "IP address mismatch");
}

TEST_F(TlsTest, refuses_another_authority) {
  expect_refused("upstream.test", {.ca_file = stranger.file()}, "unable to get local issuer");
  expect_refused("upstream.test", {}, "unable to get local issuer");
}

TEST_F(TlsTest, believes_anything_when_told_not_to_verify) {
  EXPECT_EQ(connect("other.test", {.verify = false}), std::nullopt);
}

TEST_F(TlsTest, a_peer_that_never_shakes_hands_is_given_up) {
  RawServer silent;
  auto target = target_named("upstream.test", {.ca_file = authority.file()});
  target->address.port = silent.port();
  std::optional<Result<ConnectionPtr>> dialled;
  spawn(dial_into(dialer, target, in(seconds(5)), dialled));
  settle();
  EXPECT_FALSE(dialled);
  pass(seconds(6));
  ASSERT_TRUE(dialled);
  ASSERT_FALSE(*dialled);
  EXPECT_EQ(dialled->error().code, ErrorCode::UpstreamConnectTimeout);
}

TEST_F(TlsTest, a_caller_that_never_shakes_hands_gives_its_place_back) {
  RawSocket caller = RawSocket::connected_to(port);
  ASSERT_TRUE(becomes([&] { return budget.open == 1; }));
  pass(seconds(11));
  EXPECT_TRUE(becomes([&] { return caller.ended(); }));
  EXPECT_EQ(budget.open, 0u);
}

TEST_F(TlsTest, a_peer_that_speaks_no_tls_is_refused) {
  RawServer plain;
  auto target = target_named("upstream.test", {.ca_file = authority.file()});
  target->address.port = plain.port();
  std::optional<Result<ConnectionPtr>> dialled;
  spawn(dial_into(dialer, target, in(seconds(5)), dialled));
  std::unique_ptr<RawSocket> peer;
  ASSERT_TRUE(becomes([&] { return (peer = plain.accept()) != nullptr; }));
  peer->send("HTTP/1.1 400 Bad Request\r\n\r\n");
  ASSERT_TRUE(becomes([&] { return dialled.has_value(); }));
  ASSERT_FALSE(*dialled);
  EXPECT_EQ(dialled->error().code, ErrorCode::UpstreamTlsFailed);
}

TEST_F(TlsTest, files_that_cannot_be_used_are_named) {
  const CertificateFiles one = authority.issue("one.test", "one");
  const CertificateFiles two = authority.issue("two.test", "two");
  const std::string garbage = folder.write("garbage.pem", "not a certificate");
  const auto expect_named = [](const auto& loaded, const std::string& file) {
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::InvalidConfiguration);
    EXPECT_THAT(loaded.error().detail, HasSubstr(file));
  };
  expect_named(TlsServerContext::load(garbage, one.key), garbage);
  expect_named(TlsServerContext::load(one.certificate, folder.file("none")), folder.file("none"));
  expect_named(TlsServerContext::load(one.certificate, two.key), two.key);
  expect_named(TlsClientContext::load({.ca_file = garbage}), garbage);
}

// ------------------------------------------------------------------------------------------ stream

TEST_F(TlsTest, carries_large_texts_both_ways_at_once) {
  connect_in_order();
  const std::string forth(1 << 20, 'f');
  const std::string back(1 << 20, 'b');
  std::string at_ours;
  std::string at_theirs;
  std::optional<IoStatus> written, answered, our_end, their_end;
  spawn(read_all(ours, in(seconds(5)), at_ours, our_end));
  spawn(read_all(theirs, in(seconds(5)), at_theirs, their_end));
  spawn(write_all(ours, forth, in(seconds(5)), written));
  spawn(write_all(theirs, back, in(seconds(5)), answered));
  ASSERT_TRUE(becomes([&] { return at_ours.size() == back.size(); }));
  ASSERT_TRUE(becomes([&] { return at_theirs.size() == forth.size(); }));
  EXPECT_TRUE(at_ours == back && at_theirs == forth);
  EXPECT_EQ(written, IoStatus::Ok);
  EXPECT_EQ(answered, IoStatus::Ok);
  ours->shutdown_send();
  theirs->shutdown_send();
  ASSERT_TRUE(becomes([&] { return our_end && their_end; }));
  EXPECT_EQ(our_end, IoStatus::EndOfStream);
  EXPECT_EQ(their_end, IoStatus::EndOfStream);
}

TEST_F(TlsTest, an_end_with_close_notify_is_in_order) {
  connect_in_order();
  std::string text;
  std::optional<IoStatus> end;
  spawn(read_all(ours, in(seconds(5)), text, end));
  theirs->shutdown_send();
  ASSERT_TRUE(becomes([&] { return end.has_value(); }));
  EXPECT_EQ(end, IoStatus::EndOfStream);
}

// A connection that somebody on the way had cut passed for one that ended in order.
TEST_F(TlsTest, an_end_without_close_notify_is_a_break) {
  connect_in_order();
  std::string text;
  std::optional<IoStatus> end;
  spawn(read_all(ours, in(seconds(5)), text, end));
  theirs->close();
  ASSERT_TRUE(becomes([&] { return end.has_value(); }));
  EXPECT_EQ(end, IoStatus::Reset);
}

// ----------------------------------------------------------------------- bodies that end with it

struct Reply {
  std::string body;
  bool done = false;
  std::optional<ErrorCode> error;
};

Task<void> ask(Http1Client& client, MonotonicTime deadline, Reply& reply) {
  OutgoingRequest request;
  request.method = Method::Get;
  request.method_text = "GET";
  request.target = "/";
  request.authority = "upstream.test";
  Body none;
  none.end = true;
  co_await client.send(request, none, deadline);
  const auto head = co_await client.read_head(deadline);
  if (!head) reply.error = head.error().code;
  while (!reply.error && !client.reply_complete()) {
    const auto body = co_await client.read_body(deadline);
    if (!body) {
      reply.error = body.error().code;
      break;
    }
    for (std::size_t i = 0; i < body->count; ++i) reply.body += body->pieces[i];
  }
  reply.done = true;
}

class TlsBodyTest : public TlsTest {
 protected:
  /// A reply whose body ends with its connection, which ends in order or not.
  Reply reply_until(bool close_notify) {
    connect_in_order();
    Http1Client client(ours, options, scratch);
    Reply reply;
    std::optional<IoStatus> written;
    spawn(ask(client, in(seconds(5)), reply));
    spawn(write_all(theirs, "HTTP/1.1 200 OK\r\n\r\nhalf of it", in(seconds(5)), written));
    EXPECT_TRUE(becomes([&] { return reply.body == "half of it"; }));
    EXPECT_FALSE(reply.done);
    if (close_notify) {
      theirs->shutdown_send();
    } else {
      theirs->close();
    }
    EXPECT_TRUE(becomes([&] { return reply.done; }));
    return reply;
  }

  Http1ClientOptions options;
  std::string scratch;
};

TEST_F(TlsBodyTest, a_body_until_the_end_is_complete_when_that_came_in_order) {
  EXPECT_EQ(reply_until(true).error, std::nullopt);
}

// RFC 9112 9.8: what was cut was handed to callers as a whole reply.
TEST_F(TlsBodyTest, a_body_until_the_end_is_incomplete_when_the_stream_was_cut) {
  EXPECT_EQ(reply_until(false).error, ErrorCode::UpstreamBroke);
}

}  // namespace
}  // namespace apiforge::net
