// identify and authorize together: who may call what, and what of the credential goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "auth/api_key_text.hpp"
#include "auth/directory_samples.hpp"
#include "auth/opaque_token.hpp"
#include "gateway/field_filter.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/worker_fixture.hpp"
#include "net/field_names.hpp"

namespace apiforge::gateway::phases {
namespace {

using auth::sample_key;
using auth::sample_tenant;
using auth::sample_user;
using testing::HasSubstr;
using Lines = std::vector<std::pair<std::string, std::string>>;

// A request that has come; nothing is sent.
class GivenExchange final : public net::ServerExchange {
 public:
  explicit GivenExchange(const Lines& lines) {
    for (const auto& [name, value] : lines) fields_.push_back({name, value, net::field_id(name)});
    head_.fields = fields_;
  }
  const net::RequestHead& request() const override { return head_; }
  std::string_view peer_address() const override { return "192.0.2.1"; }
  bool is_tls() const override { return false; }
  Result<net::Body> buffered_body() override { return net::Body{}; }
  net::Task<Result<net::Body>> read_body() override { co_return net::Body{}; }
  bool body_complete() const override { return true; }
  net::Task<net::IoStatus> send(const net::OutgoingReply&, const net::Body&) override {
    co_return net::IoStatus::Ok;
  }
  net::Task<net::IoStatus> send_body(const net::Body&) override { co_return net::IoStatus::Ok; }
  net::Task<net::IoStatus> flush() override { co_return net::IoStatus::Ok; }
  net::Task<net::IoStatus> send_interim(int, std::span<const net::Field>) override {
    co_return net::IoStatus::Ok;
  }
  void watch(net::Connection::Watcher*) override {}
  net::Connection& stream() override { std::abort(); }
  void abort() override {}

 private:
  std::vector<net::Field> fields_;
  net::RequestHead head_;
};

struct Admitted {
  std::optional<Error> error;
  std::shared_ptr<const auth::Caller> caller;
  Lines upstream;  ///< fields of the caller's that go on
};

class AdmissionTest : public WorkerTest {
 protected:
  AdmissionTest() {
    given_key_for({"*"});
    config_->name = "binance";
    api_->permissions = {model::Permission::GatewayCall};
  }

  void given_key_for(std::vector<std::string> apis, std::string_view network = {}) {
    model::ApiKey key = sample_key(id_, "t1", "u1", key_);
    key.apis = std::move(apis);
    if (!network.empty()) key.allowed_cidrs.push_back(*model::parse_cidr(network));
    directory_ = directory_->with({.tenants = {{sample_tenant("t1")}},
                                   .roles = {},
                                   .users = {{sample_user("u1", "t1")}},
                                   .keys = {{key}},
                                   .revoked_sessions = {}},
                                  clock_.wall());
  }
  void given_public_api() { config_->access.is_public = true; }

  Admitted call(const Lines& lines) {
    GivenExchange exchange(lines);
    Call call(exchange);
    call.client = "192.0.2.1";
    call.api = std::make_shared<ApiRuntime>(ApiRuntime{.api = api_,
                                                       .endpoints = {},
                                                       .loads = {},
                                                       .balancer = policy::Balancer({}, {}, 0),
                                                       .outliers = policy::OutlierDetector({}, 0),
                                                       .retry_budget = {},
                                                       .cells = nullptr});
    Step step = identify(call, worker_);
    if (step == Step::GoOn) step = authorize(call, worker_);
    EXPECT_EQ(step == Step::Fail, call.error.has_value());
    Admitted result{call.error, call.caller, {}};
    std::vector<net::Field> passed;
    if (step == Step::GoOn) {
      select_request_fields(call.request(), {}, call.authorization_is_ours, passed);
    }
    for (const auto& field : passed) result.upstream.emplace_back(field.name, field.value);
    return result;
  }
  void expect_refused(const Lines& lines, ErrorCode code) {
    const Admitted result = call(lines);
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->code, code);
    auth::RefusalQueue::Slot noted;
    ASSERT_TRUE(refusals_.take(noted)) << "each refusal is noted for the audit log";
    EXPECT_EQ(noted.code, code);
    EXPECT_STREQ(noted.target.data(), "binance");
  }

  const std::string id_ = auth::make_id();
  const std::string key_{auth::make_api_key("test", {id_}).text.reveal()};
  std::shared_ptr<model::Api> config_ = std::make_shared<model::Api>();
  std::shared_ptr<CompiledApi> api_ = std::make_shared<CompiledApi>(config_);
};

TEST_F(AdmissionTest, a_key_is_taken_from_either_field_and_ends_here) {
  for (const Lines& lines : {Lines{{"Authorization", "Bearer " + key_}}, Lines{{"x-api-key", key_}},
                             Lines{{"AUTHORIZATION", "bearer " + key_}, {"X-API-KEY", key_}}}) {
    const Admitted result = call(lines);
    ASSERT_FALSE(result.error) << result.error->detail;
    EXPECT_EQ(result.caller->label, "key:" + id_);
    EXPECT_TRUE(result.upstream.empty());
  }
}

TEST_F(AdmissionTest, without_a_credential_only_public_apis_are_open) {
  expect_refused({}, ErrorCode::AuthenticationRequired);
  expect_refused({{"Authorization", "Basic dTpw"}}, ErrorCode::AuthenticationRequired);
  given_public_api();
  EXPECT_FALSE(call({}).error);
}

TEST_F(AdmissionTest, a_bad_credential_is_refused_also_on_a_public_api) {
  const Lines bad{{"Authorization", "Bearer afk_bad"}};
  expect_refused(bad, ErrorCode::InvalidCredential);
  given_public_api();
  expect_refused(bad, ErrorCode::InvalidCredential);
  expect_refused({{"X-API-Key", "afk_bad"}}, ErrorCode::InvalidCredential);
}

TEST_F(AdmissionTest, contradictions_are_malformed_requests) {
  expect_refused({{"X-API-Key", key_}, {"X-Api-Key", key_}}, ErrorCode::ContradictoryCredentials);
  expect_refused({{"X-API-Key", key_}, {"Authorization", "Bearer other"}},
                 ErrorCode::ContradictoryCredentials);
}

TEST_F(AdmissionTest, a_key_is_held_to_its_permissions_apis_and_networks) {
  api_->permissions = {model::Permission::GatewayCall, model::Permission::QuotaWrite};
  expect_refused({{"X-API-Key", key_}}, ErrorCode::Forbidden);
  api_->permissions = {};
  given_key_for({"openai"});
  expect_refused({{"X-API-Key", key_}}, ErrorCode::Forbidden);
  given_key_for({"binance"}, "10.0.0.0/8");
  expect_refused({{"X-API-Key", key_}}, ErrorCode::Forbidden);
  given_key_for({"binance"}, "192.0.2.0/24");
  EXPECT_FALSE(call({{"X-API-Key", key_}}).error);
}

TEST_F(AdmissionTest, a_caller_of_a_public_api_may_bring_a_credential_for_the_upstream) {
  given_public_api();
  for (const std::string value :
       {"Basic dTpw", "Bearer sk-theirs", "Bearer a.b.c", "Bearer a, b"}) {
    const Admitted result = call({{"Authorization", value}});
    ASSERT_FALSE(result.error) << value;
    EXPECT_EQ(result.upstream, (Lines{{"Authorization", value}}));
  }
}

TEST_F(AdmissionTest, a_key_on_a_public_api_names_the_caller_and_ends_here) {
  given_public_api();
  const Admitted result = call({{"Authorization", "Bearer " + key_}});
  ASSERT_TRUE(result.caller);
  EXPECT_TRUE(result.upstream.empty());
}

// CVE-2021-32777, CVE-2024-45410 and their like: spellings, duplicates and `Connection` must not
// bring the key to an upstream.
TEST_F(AdmissionTest, no_spelling_brings_the_key_to_the_upstream) {
  const std::vector<std::string> names{"Authorization", "authorization",       "AUTHORIZATION",
                                       "X-API-Key",     "x-api-key",           "X-Other",
                                       "Connection",    "Proxy-Authorization", "X-Forwarded-For"};
  const std::vector<std::string> values{"Bearer " + key_,
                                        "bearer   " + key_,
                                        key_,
                                        "Basic " + key_,
                                        "Bearer x",
                                        "Bearer " + key_ + ", Bearer x",
                                        "close, authorization",
                                        "close, x-api-key, x-other",
                                        "Digest k=\"" + key_ + '"',
                                        "1"};
  std::mt19937 random(3);
  int admitted = 0;
  for (int round = 0; round < 20'000; ++round) {
    config_->access.is_public = random() % 2 == 0;
    Lines lines;
    for (unsigned n = random() % 4 + 1; n > 0; --n) {
      const std::string& name = names[random() % names.size()];
      const bool is_free_text = name == "X-Other";
      const std::string& value = is_free_text ? key_ : values[random() % values.size()];
      lines.emplace_back(name, value);
    }
    const Admitted result = call(lines);
    admitted += !result.error;
    for (const auto& [name, value] : result.upstream) {
      ASSERT_THAT(value, Not(HasSubstr(key_))) << name;
    }
  }
  EXPECT_GT(admitted, 1'000);
}

TEST_F(AdmissionTest, an_api_of_another_tenant_is_not_there) {
  config_->tenant = model::TenantId{"t2"};
  const Admitted result = call({{"X-API-Key", key_}});
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, ErrorCode::RouteNotFound);
  config_->tenant = model::TenantId{"t1"};
  EXPECT_FALSE(call({{"X-API-Key", key_}}).error);
  EXPECT_EQ(call({}).error->code, ErrorCode::AuthenticationRequired);
}

}  // namespace
}  // namespace apiforge::gateway::phases
