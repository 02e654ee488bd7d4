#include "app/issuer_keys.hpp"

#include "auth/token_workshop.hpp"
#include "net/loopback_fixture.hpp"
#include "support/temporary_folder.hpp"

namespace apiforge::app {
namespace {

using observe::HealthStatus;
using std::chrono::minutes;
using std::chrono::seconds;
using testing_support::TemporaryFolder;

/// A key set with one Ed25519 key (RFC 8037 A.2) of that name.
std::string key_set(const std::string& id) {
  return R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":")" + id +
         R"(","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
}

class IssuerKeysTest : public net::LoopbackTest {
 protected:
  IssuerKeysTest() {
    network_.upstream_allow = {model::parse_cidr("127.0.0.0/8").value()};
    issuer_.issuer = "https://login.example.com";
    issuer_.audience = "gateway";
    issuer_.jwks_url = "http://127.0.0.1:" + std::to_string(server_.port()) + "/keys";
    issuer_.tenant = {"t1"};
    issuer_.default_roles = {"developer"};
  }
  void TearDown() override {
    keys_.stop();
    LoopbackTest::TearDown();
  }

  void trust() {
    keys_.configure({issuer_});
    keys_.start();
  }
  /// Whether the provider is asked; it then gives this reply.
  bool is_asked(const std::string& status, const std::string& body) {
    std::unique_ptr<net::RawSocket> peer;
    if (!becomes([&] { return (peer = server_.accept()) != nullptr; })) return false;
    if (!becomes([&] { return peer->received().ends_with("\r\n\r\n"); })) return false;
    EXPECT_TRUE(peer->received().starts_with("GET /keys HTTP/1.1\r\n"));
    peer->send("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body);
    settle();
    return true;
  }
  bool is_left_alone() {
    settle();
    return server_.accept() == nullptr;
  }
  /// Whether the verifier in force knows the key, as the reason of its refusal tells.
  bool knows(const std::string& id) {
    const auto token = auth::test::with_signature(
        auth::test::signing_input(R"({"alg":"EdDSA","kid":")" + id + R"("})",
                                  R"({"iss":"https://login.example.com"})"),
        std::string(64, 'x'));
    if (!verifier_) return false;
    const auto claims = verifier_->verify(token, clock.wall());
    return !claims && claims.error().context.starts_with("the signature");
  }
  HealthStatus health() const { return keys_.health().value().status; }

  NetworkSettings network_;
  model::TrustedIssuer issuer_;
  net::RawServer server_;
  observe::LineQueue lines_;
  observe::Log log_{lines_, clock, observe::LogLevel::Info, observe::LineFormat::Text, "TEST"};
  std::shared_ptr<const auth::ExternalVerifier> verifier_;
  IssuerKeys keys_{
      {.control = loop, .network = network_, .log = log_, .publish = [this](auto verifier) {
         verifier_ = std::move(verifier);
       }}};
};

TEST_F(IssuerKeysTest, AreNobodysWithoutIssuers) {
  keys_.configure({});
  keys_.start();
  EXPECT_TRUE(keys_.were_asked());
  EXPECT_FALSE(keys_.health());
  EXPECT_EQ(verifier_, nullptr);
}

TEST_F(IssuerKeysTest, AreReadAtTheStartAndEachTenMinutes) {
  trust();
  EXPECT_FALSE(keys_.were_asked());
  ASSERT_TRUE(is_asked("200 OK", key_set("a")));
  pass(seconds(1));
  EXPECT_TRUE(keys_.were_asked());
  EXPECT_TRUE(knows("a"));
  EXPECT_EQ(health(), HealthStatus::Ok);

  pass(minutes(8));
  EXPECT_TRUE(is_left_alone());
  pass(minutes(4));
  ASSERT_TRUE(is_asked("200 OK", key_set("b")));
  EXPECT_TRUE(knows("b"));
  EXPECT_FALSE(knows("a"));
}

TEST_F(IssuerKeysTest, AreReadAgainForAKeyThatIsMissingButNotEachTime) {
  trust();
  ASSERT_TRUE(is_asked("200 OK", key_set("a")));
  EXPECT_FALSE(knows("b"));
  pass(seconds(1));
  ASSERT_TRUE(is_asked("200 OK", key_set("b")));
  EXPECT_TRUE(knows("b"));

  EXPECT_FALSE(knows("c"));
  pass(seconds(1));
  EXPECT_TRUE(is_left_alone());
  pass(seconds(30));
  EXPECT_TRUE(is_asked("200 OK", key_set("c")));
  EXPECT_TRUE(knows("c"));
}

TEST_F(IssuerKeysTest, StayAfterAFailureWhichIsSeenAndMended) {
  trust();
  ASSERT_TRUE(is_asked("200 OK", key_set("a")));
  lines_.take();
  pass(minutes(12));
  ASSERT_TRUE(is_asked("503 Service Unavailable", ""));
  EXPECT_TRUE(knows("a"));
  EXPECT_EQ(health(), HealthStatus::Degraded);
  const auto lines = lines_.take();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("status 503"), std::string::npos) << lines[0];

  pass(seconds(3));
  ASSERT_TRUE(is_asked("200 OK", "{}"));
  EXPECT_TRUE(knows("a"));
  EXPECT_EQ(health(), HealthStatus::Degraded);
  pass(seconds(5));
  ASSERT_TRUE(is_asked("200 OK", key_set("b")));
  EXPECT_TRUE(knows("b"));
  EXPECT_EQ(health(), HealthStatus::Ok);
}

TEST_F(IssuerKeysTest, AreNotFetchedInTheClearFromAddressesThatAreNotNamed) {
  network_.upstream_allow = {};
  trust();
  EXPECT_TRUE(becomes([this] { return health() == HealthStatus::Degraded; }));
  EXPECT_TRUE(is_left_alone());
}

TEST_F(IssuerKeysTest, StayWhenOnlyWhatTheyAreWorthChanges) {
  trust();
  ASSERT_TRUE(is_asked("200 OK", key_set("a")));
  issuer_.default_roles = {"viewer"};
  keys_.configure({issuer_});
  EXPECT_TRUE(knows("a"));
  EXPECT_TRUE(is_left_alone());

  keys_.configure({});
  EXPECT_EQ(verifier_, nullptr);
  EXPECT_FALSE(keys_.health());
}

TEST_F(IssuerKeysTest, ComeFromAFileAndAreReadAgainWhenItChanges) {
  const TemporaryFolder folder;
  issuer_.jwks_url = {};
  issuer_.jwks_file = folder.file("keys.json");
  trust();
  EXPECT_TRUE(keys_.were_asked());
  EXPECT_EQ(health(), HealthStatus::Degraded);

  folder.write("keys.json", key_set("a"));
  pass(seconds(1));
  EXPECT_TRUE(knows("a"));
  EXPECT_EQ(health(), HealthStatus::Ok);

  folder.write("keys.json", key_set("longer"));
  pass(seconds(1));
  EXPECT_TRUE(knows("longer"));
  std::filesystem::remove(issuer_.jwks_file);
  pass(seconds(1));
  EXPECT_TRUE(knows("longer"));
  EXPECT_EQ(health(), HealthStatus::Degraded);
}

}  // namespace
}  // namespace apiforge::app
