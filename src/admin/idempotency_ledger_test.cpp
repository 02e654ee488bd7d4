#include "admin/idempotency_ledger.hpp"

#include <gtest/gtest.h>

#include "auth/caller.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::admin {
namespace {

class IdempotencyLedgerTest : public testing::Test {
 protected:
  static ControlRequest request(std::string body) {
    ControlRequest request;
    request.method = net::Method::Post;
    request.path = "/api/v1/auth/api-keys";
    request.body = std::move(body);
    return request;
  }
  static auth::Caller caller(std::string tenant, std::string user) {
    auth::Caller caller;
    caller.tenant.value = std::move(tenant);
    caller.user.value = std::move(user);
    return caller;
  }
  static ControlReply reply() {
    ControlReply reply;
    reply.status = 201;
    reply.fields = {{"ETag", "\"7\""}};
    reply.body = R"({"key":"planted-secret"})";
    return reply;
  }
  static ErrorCode code_of(const Result<IdempotencyLedger::Claim>& claim) {
    return claim ? ErrorCode::InternalError : claim.error().code;
  }

  SimulatedClock clock_;
  storage::MemoryStore store_{clock_};
  auth::Vault vault_{auth::MasterKeys::parse("test:" + std::string(62, 'a') + "42").value()};
  auth::CredentialHasher hasher_{Secret(std::string(32, 'h'))};
  IdempotencyLedger ledger_{store_, vault_, hasher_, clock_};
  const auth::Caller ada_ = caller("t1", "ada");
};

TEST_F(IdempotencyLedgerTest, lets_only_one_of_two_at_once_through) {
  ASSERT_TRUE(ledger_.claim(request("{}"), &ada_, "k"));
  EXPECT_EQ(code_of(ledger_.claim(request("{}"), &ada_, "k")), ErrorCode::RequestInProgress);
}

TEST_F(IdempotencyLedgerTest, gives_repeats_the_reply_of_the_first) {
  auto claim = ledger_.claim(request("{}"), &ada_, "k");
  ASSERT_TRUE(claim && ledger_.complete(*claim, reply()));
  const auto again = ledger_.claim(request("{}"), &ada_, "k");
  ASSERT_TRUE(again && again->reply) << again.error().detail;
  EXPECT_EQ(again->reply->status, 201);
  EXPECT_EQ(again->reply->body, reply().body);
  EXPECT_EQ(code_of(ledger_.claim(request("{ }"), &ada_, "k")), ErrorCode::IdempotencyKeyReused);
}

TEST_F(IdempotencyLedgerTest, keeps_replies_sealed) {
  auto claim = ledger_.claim(request(R"({"password":"planted-password"})"), &ada_, "k");
  ASSERT_TRUE(claim && ledger_.complete(*claim, reply()));
  const auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Read);
  const auto notes = (*transaction)->list(storage::Kind::IdempotencyKey, {});
  ASSERT_EQ(notes->size(), 1u);
  EXPECT_EQ(notes->front().body.find("planted"), std::string::npos) << notes->front().body;
}

TEST_F(IdempotencyLedgerTest, tells_callers_apart) {
  const auto grace = caller("t1", "grace");
  auto key = caller("t1", "ada");
  key.key = model::ApiKeyId{"key1"};
  const auto namesake = caller("t2", "ada");
  EXPECT_TRUE(ledger_.claim(request("{}"), &ada_, "k"));
  EXPECT_TRUE(ledger_.claim(request("{}"), &grace, "k"));
  EXPECT_TRUE(ledger_.claim(request("{}"), &key, "k"));
  EXPECT_TRUE(ledger_.claim(request("{}"), &namesake, "k"));
  EXPECT_TRUE(ledger_.claim(request("{}"), nullptr, "k"));
}

TEST_F(IdempotencyLedgerTest, lets_a_refused_request_try_again) {
  const auto claim = ledger_.claim(request("{}"), &ada_, "k");
  ASSERT_TRUE(claim && ledger_.release(*claim));
  EXPECT_TRUE(ledger_.claim(request("{\"other\":1}"), &ada_, "k"));
}

TEST_F(IdempotencyLedgerTest, forgets_after_a_day) {
  auto claim = ledger_.claim(request("{}"), &ada_, "k");
  ASSERT_TRUE(claim && ledger_.complete(*claim, reply()));
  clock_.advance(kIdempotencyLifetime - std::chrono::seconds(1));
  EXPECT_TRUE(ledger_.claim(request("{}"), &ada_, "k")->reply);
  clock_.advance(std::chrono::seconds(1));
  const auto anew = ledger_.claim(request("{}"), &ada_, "k");
  ASSERT_TRUE(anew);
  EXPECT_FALSE(anew->reply);
  clock_.advance(kIdempotencyLifetime + std::chrono::seconds(1));
  EXPECT_EQ(ledger_.purge_expired(), 1u);
}

}  // namespace
}  // namespace apiforge::admin
