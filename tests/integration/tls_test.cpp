// TLS on both sides: who is believed, who is not, and certificates that change while calls run.
#include <csignal>

#include "support/certificates.hpp"
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class CallerTlsTest : public GatewayTest {
 protected:
  CallerTlsTest() : upstream_(FakeUpstream::echoing()) {
    given_api("echo", upstream_);
    const CertificateFiles files = authority_.issue("gateway.test", "server");
    given_setting("TLS_CERT_FILE", files.certificate);
    given_setting("TLS_KEY_FILE", files.key);
  }

  RawClient connect_with_tls() {
    RawClient caller = connect();
    EXPECT_TRUE(caller.stream().begin_tls_client(client_.get(), "gateway.test"));
    return caller;
  }
  int status_of_a_call(RawClient& caller) {
    caller.send(request("GET /proxy/echo/x"));
    return caller.read_reply().status();
  }

  CertificateAuthority authority_{folder(), "authority"};
  TlsContext client_ = client_context(authority_.file());
  FakeUpstream upstream_;
};

TEST_F(CallerTlsTest, CallersAreServedOverHttp11) {
  RawClient caller = connect_with_tls();
  EXPECT_EQ(agreed_protocol(caller.stream()), "http/1.1");
  EXPECT_EQ(status_of_a_call(caller), 200);
  EXPECT_EQ(status_of_a_call(caller), 200);
  EXPECT_EQ(upstream_.last_request().field("X-Forwarded-Proto"), "https");
}

TEST_F(CallerTlsTest, CallersWithoutTlsAreNotServed) {
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x"));
  EXPECT_EQ(caller.read_reply().status(), 0);
  EXPECT_TRUE(upstream_.requests().empty());
}

TEST_F(CallerTlsTest, LargeBodiesPass) {
  RawClient caller = connect_with_tls();
  caller.send(request("PUT /proxy/echo/x", {}, std::string(2 << 20, 'x')));
  EXPECT_EQ(caller.read_reply().status(), 200);
  EXPECT_EQ(upstream_.last_request().body.size(), std::size_t{2} << 20);
}

TEST_F(CallerTlsTest, ANewCertificateIsShownWithoutDroppingConnections) {
  RawClient before = connect_with_tls();
  EXPECT_EQ(status_of_a_call(before), 200);
  authority_.issue("gateway.test", "server");
  gateway().signal(SIGHUP);
  ASSERT_TRUE(gateway().log_comes_to_have("certificate reloaded"));
  RawClient after = connect_with_tls();
  EXPECT_NE(peer_certificate_serial(after.stream()), peer_certificate_serial(before.stream()));
  EXPECT_EQ(status_of_a_call(before), 200);
  EXPECT_EQ(status_of_a_call(after), 200);
}

TEST_F(CallerTlsTest, ABrokenCertificateLeavesTheOneBeforeInUse) {
  gateway();
  folder().write("server.pem", "not a certificate");
  gateway().signal(SIGHUP);
  ASSERT_TRUE(gateway().log_comes_to_have("the certificate before stays in use"));
  RawClient caller = connect_with_tls();
  EXPECT_EQ(status_of_a_call(caller), 200);
}

class UpstreamTlsTest : public GatewayTest {
 protected:
  void given_secure_api(const FakeUpstream& upstream, const std::string& tls) {
    given_api("echo", {upstream.url("https")}, {.upstream = "tls: {" + tls + "}"});
  }
  void expect_refused(FakeUpstream& upstream) {
    call("GET /proxy/echo/x");
    expect_status(502);
    expect_problem("upstream_tls_failed");
    EXPECT_TRUE(upstream.requests().empty());
  }

  CertificateAuthority authority_{folder(), "authority"};
  CertificateAuthority stranger_{folder(), "stranger"};
};

TEST_F(UpstreamTlsTest, AnUpstreamOfTheNamedAuthorityIsBelieved) {
  const TlsContext tls = server_context(authority_.issue("IP:127.0.0.1", "upstream"));
  FakeUpstream upstream(FakeUpstream::echoing(), tls.get());
  given_secure_api(upstream, "ca: " + authority_.file());
  EXPECT_EQ(call("GET /proxy/echo/x").body, "GET /x");
  EXPECT_EQ(call("GET /proxy/echo/y").body, "GET /y");
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST_F(UpstreamTlsTest, AnotherNameMayBeExpected) {
  const TlsContext tls = server_context(authority_.issue("inner.test", "upstream"));
  FakeUpstream upstream(FakeUpstream::echoing(), tls.get());
  given_secure_api(upstream, "server_name: inner.test, ca: " + authority_.file());
  call("GET /proxy/echo/x");
  expect_status(200);
}

TEST_F(UpstreamTlsTest, AnUpstreamOfAnotherAuthorityIsRefused) {
  const TlsContext tls = server_context(stranger_.issue("IP:127.0.0.1", "upstream"));
  FakeUpstream upstream(FakeUpstream::echoing(), tls.get());
  given_secure_api(upstream, "ca: " + authority_.file());
  expect_refused(upstream);
}

TEST_F(UpstreamTlsTest, AnUpstreamWithAnotherNameIsRefused) {
  const TlsContext tls = server_context(authority_.issue("other.test", "upstream"));
  FakeUpstream upstream(FakeUpstream::echoing(), tls.get());
  given_secure_api(upstream, "server_name: inner.test, ca: " + authority_.file());
  expect_refused(upstream);
}

TEST_F(UpstreamTlsTest, AnUpstreamUnknownToTheSystemIsRefused) {
  const TlsContext tls = server_context(authority_.issue("IP:127.0.0.1", "upstream"));
  FakeUpstream upstream(FakeUpstream::echoing(), tls.get());
  given_secure_api(upstream, "");
  expect_refused(upstream);
}

TEST_F(UpstreamTlsTest, AnUpstreamWithoutTlsIsRefused) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", {upstream.url("https")}, {.upstream = "connect_timeout_ms: 300"});
  call("GET /proxy/echo/x");
  EXPECT_TRUE(last().status() == 502 || last().status() == 504) << last().start_line;
}

TEST_F(UpstreamTlsTest, TheGatewayShowsItsClientCertificate) {
  const TlsContext tls =
      server_context(authority_.issue("IP:127.0.0.1", "upstream"), authority_.file());
  FakeUpstream upstream(FakeUpstream::echoing(), tls.get());
  const CertificateFiles own = authority_.issue("gateway", "client");
  given_secure_api(upstream, "ca: " + authority_.file() + ", certificate: " + own.certificate +
                                 ", key: " + own.key);
  call("GET /proxy/echo/x");
  expect_status(200);
}

TEST_F(UpstreamTlsTest, ASecondConnectionResumesTheSession) {
  const TlsContext tls = server_context(authority_.issue("IP:127.0.0.1", "upstream"));
  FakeUpstream upstream(
      [](UpstreamConnection& connection) {
        if (!connection.next_request()) return;
        connection.send(reply(200, session_was_resumed(connection.stream()) ? "resumed" : "new",
                              "Connection: close\r\n"));
      },
      tls.get());
  given_secure_api(upstream, "ca: " + authority_.file());
  EXPECT_EQ(call("GET /proxy/echo/x").body, "new");
  EXPECT_EQ(call("GET /proxy/echo/x").body, "resumed");
}

TEST_F(UpstreamTlsTest, OrdersSurviveAnUpstreamThatClosesAfterEachReply) {
  const TlsContext tls = server_context(authority_.issue("IP:127.0.0.1", "upstream"));
  FakeUpstream upstream(
      [](UpstreamConnection& connection) {
        if (connection.next_request()) connection.send(reply(200, "done"));
      },
      tls.get());
  given_secure_api(upstream, "ca: " + authority_.file());
  for (std::size_t i = 1; i <= 30; ++i) {
    call("POST /proxy/echo/x", {}, "order");
    expect_status(200);
    ASSERT_TRUE(upstream.wait_for_ended_scripts(i));
  }
  EXPECT_EQ(upstream.requests().size(), 30u);
}

}  // namespace
}  // namespace apiforge::testing_support
