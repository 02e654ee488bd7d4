// recall and keep together, without sockets: whose reply is whose, and what of a reply is kept.
#include <gtest/gtest.h>

#include "gateway/cache/cache_ticket.hpp"
#include "gateway/phases/cache_key.hpp"
#include "gateway/phases/keep.hpp"
#include "gateway/phases/recall.hpp"
#include "gateway/worker_fixture.hpp"
#include "net/field_names.hpp"

namespace apiforge::gateway::phases {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kSecret = "a-secret-of-the-caller";

// Calls have no caller's connection: what they are answered with is their status and what was kept.
class CachePhasesTest : public WorkerTest {
 protected:
  CachePhasesTest() : WorkerTest({.cache_bytes = 1 << 20}) {
    config_.name = "prices";
    config_.kind = model::ApiKind::Data;
    config_.cache.emplace();
  }
  void TearDown() override {
    call_.reset();
    loop_.run_out();
  }

  model::CachePolicy& policy() { return *config_.cache; }

  std::shared_ptr<const auth::Caller> caller(std::string tenant, std::string key) {
    auto made = std::make_shared<auth::Caller>();
    made->tenant = model::TenantId{std::move(tenant)};
    made->user = model::UserId{"user of " + key};
    made->key = model::ApiKeyId{std::move(key)};
    return made;
  }
  /// A new call, of the Api as it was configured when the first came.
  Call& given_call(const Lines& lines = {}, std::string method = "GET") {
    call_ = std::make_unique<Call>();
    call_->owned->method = std::move(method);
    for (const auto& [name, value] : lines) call_->owned->fields.push_back({name, value});
    call_->owned->seal(0);
    call_->target = {.path = "/proxy/prices/btc", .query = "day=1", .authority = {}};
    call_->prefix_length = 13;
    call_->host = "api.example.com";
    call_->caller = caller_;
    call_->started = loop_.now();
    if (!api_) api_ = std::make_shared<CompiledApi>(std::make_shared<const model::Api>(config_));
    call_->api = std::make_shared<ApiRuntime>(ApiRuntime{.api = api_,
                                                         .endpoints = {},
                                                         .loads = {},
                                                         .balancer = policy::Balancer({}, {}, 0),
                                                         .outliers = policy::OutlierDetector({}, 0),
                                                         .retry_budget = {},
                                                         .hedge_budget = policy::HedgeBudget(0),
                                                         .cells = nullptr});
    return *call_;
  }
  std::string key_of(Call& call) {
    std::string key;
    write_cache_key(call, 7, key);
    return key;
  }

  std::optional<Recalled> recalled() {
    recalled_.reset();
    net::spawn(run_recall(this));
    run();
    return recalled_;
  }
  bool is_answered() { return recalled() == Recalled::Answered; }
  /// The upstream answers the call that was not.
  void upstream_answers(const Lines& lines, const std::string& body, int status = 200) {
    std::vector<net::Field> fields;
    for (const auto& [name, value] : lines) {
      fields.push_back({name, value, net::field_id(name)});
    }
    net::ResponseHead head;
    head.status = status;
    head.fields = fields;
    head.framing = net::BodyFraming::Length;
    head.content_length = body.size();
    if (validated(*call_, head)) {
      net::spawn(answer_validated(*call_, worker_, head));
    } else if (wants_to_keep(*call_, worker_, head)) {
      net::Body piece;
      piece.pieces[piece.count++] = body;
      copy_body(*call_, piece);
      keep(*call_, worker_);
    }
    run();
  }
  /// One cold call and its reply.
  void given_kept(const Lines& lines, const std::string& body = "the body") {
    given_call();
    ASSERT_EQ(recalled(), Recalled::Ask);
    upstream_answers(lines, body);
  }
  bool is_answered_stale() {
    bool answered = false;
    net::spawn(run_stale(this, answered));
    return answered;
  }
  cache::KeptPtr kept() {
    const std::uint64_t id = cache_.owner_of(api_).id;
    std::string key;
    write_cache_key(given_call(), id, key);
    return cache_.find(cache_.key(key), {});
  }

  model::Api config_;
  std::shared_ptr<const auth::Caller> caller_ = caller("t1", "k1");
  std::unique_ptr<Call> call_;

 private:
  static net::Task<void> run_recall(CachePhasesTest* self) {
    self->recalled_ = co_await recall(*self->call_, self->worker_);
  }
  static net::Task<void> run_stale(CachePhasesTest* self, bool& answered) {
    answered = co_await answer_stale(*self->call_, self->worker_, StaleUse::OnError);
  }

  std::shared_ptr<CompiledApi> api_;
  std::optional<Recalled> recalled_;
};

// ----------------------------------------------------------------------------------------- keys

TEST_F(CachePhasesTest, tenants_have_keys_of_their_own_and_callers_of_one_share) {
  const std::string key = key_of(given_call());
  caller_ = caller("t1", "k2");
  EXPECT_EQ(key_of(given_call()), key);
  caller_ = caller("t2", "k1");
  EXPECT_NE(key_of(given_call()), key);
  caller_ = nullptr;
  EXPECT_NE(key_of(given_call()), key);
}

TEST_F(CachePhasesTest, with_the_scope_caller_each_key_and_user_has_its_own) {
  policy().scope = model::CacheScope::Caller;
  const std::string key = key_of(given_call());
  caller_ = caller("t1", "k2");
  EXPECT_NE(key_of(given_call()), key);
  auto user = std::make_shared<auth::Caller>(*caller("t1", "k1"));
  user->user = model::UserId{"k1"};
  user->key.reset();
  caller_ = user;
  EXPECT_NE(key_of(given_call()), key) << "a user whose name is the id of a key";
}

TEST_F(CachePhasesTest, shared_replies_are_for_everybody) {
  policy().scope = model::CacheScope::Shared;
  const std::string key = key_of(given_call());
  caller_ = nullptr;
  EXPECT_EQ(key_of(given_call()), key);
}

TEST_F(CachePhasesTest, no_credential_is_part_of_a_key) {
  policy().scope = model::CacheScope::Caller;
  const std::string secret(kSecret);
  Call& call = given_call({{"Authorization", "Bearer " + secret}, {"X-API-Key", secret}});
  call.authorization_is_ours = true;
  EXPECT_EQ(key_of(call).find(kSecret), std::string::npos);
}

TEST_F(CachePhasesTest, parts_of_a_key_cannot_be_shifted) {
  Call& call = given_call();
  call.target.path = "/proxy/prices/a";
  call.target.query = "b";
  const std::string key = key_of(call);
  call.target.path = "/proxy/prices/ab";
  call.target.query = "";
  EXPECT_NE(key_of(call), key);
}

TEST_F(CachePhasesTest, what_an_own_service_is_told_of_the_host_is_part_of_the_key) {
  config_.kind = model::ApiKind::Http;
  Call& call = given_call();
  const std::string key = key_of(call);
  call.host = "evil.example";
  EXPECT_NE(key_of(call), key);
}

TEST_F(CachePhasesTest, fields_that_the_operator_names_are_part_of_the_key) {
  policy().key_headers = {"X-Account"};
  const std::string key = key_of(given_call({{"X-Account", "1"}}));
  EXPECT_EQ(key_of(given_call({{"x-account", "1"}})), key);
  EXPECT_NE(key_of(given_call({{"X-Account", "2"}})), key);
  EXPECT_NE(key_of(given_call()), key);
}

// ------------------------------------------------------------------------------ recall and keep

TEST_F(CachePhasesTest, a_kept_reply_answers_the_next_call) {
  given_kept({{"Cache-Control", "max-age=60"}});
  EXPECT_NE(call_->reply_lines.find("fwd=miss; stored"), std::string::npos);
  Call& call = given_call();
  EXPECT_TRUE(is_answered());
  EXPECT_EQ(call.status, 200);
  EXPECT_TRUE(call.cached);
  EXPECT_FALSE(call.keep) << "a hit allocates no ticket";
}

TEST_F(CachePhasesTest, what_concerns_one_reply_only_is_not_kept_with_it) {
  policy().rules = {{.path = "/", .ttl = std::chrono::minutes(1)}};
  given_kept({{"Set-Cookie", "a=b"},
              {"X-Request-ID", "1"},
              {"Age", "5"},
              {"Connection", "X-Hop"},
              {"X-Hop", "1"},
              {"X-Own", "kept"},
              {"Content-Length", "8"}});
  const auto reply = kept();
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->reply.fields.size(), 1u);
  EXPECT_EQ(reply->reply.fields.front().name, "X-Own");
}

TEST_F(CachePhasesTest, a_stale_reply_is_asked_about_with_its_validators) {
  given_kept({{"Cache-Control", "max-age=0"}, {"ETag", "\"one\""}});
  Call& call = given_call({{"If-None-Match", "\"of the caller\""}});
  EXPECT_EQ(recalled(), Recalled::Ask);
  ASSERT_EQ(call.conditions.size(), 1u);
  EXPECT_EQ(call.conditions.front(), (OwnedField{"If-None-Match", "\"one\""}));
  clock_.advance(std::chrono::seconds(1));
  upstream_answers({{"Cache-Control", "max-age=60"}, {"X-New", "1"}}, "", 304);
  EXPECT_EQ(call.status, 200);
  EXPECT_EQ(kept()->reply.body, "the body");
  EXPECT_EQ(kept()->reply.field("X-New"), "1");
  given_call();
  EXPECT_TRUE(is_answered());
}

TEST_F(CachePhasesTest, a_304_about_another_tag_makes_the_reply_go) {
  given_kept({{"Cache-Control", "max-age=0"}, {"ETag", "\"one\""}});
  given_call();
  EXPECT_EQ(recalled(), Recalled::Ask);
  clock_.advance(std::chrono::seconds(1));
  upstream_answers({{"ETag", "\"two\""}, {"Cache-Control", "max-age=60"}}, "", 304);
  EXPECT_FALSE(kept());
}

TEST_F(CachePhasesTest, a_callers_own_condition_is_answered_from_the_cache) {
  given_kept({{"Cache-Control", "max-age=60"}, {"ETag", "\"one\""}});
  Call& call = given_call({{"If-None-Match", "\"one\""}});
  EXPECT_TRUE(is_answered());
  EXPECT_EQ(call.status, 304);
}

TEST_F(CachePhasesTest, declared_errors_and_large_bodies_are_not_kept) {
  config_.error_replies = {{.pointer = "/error", .equals = {}}};
  policy().max_object_bytes = 100;
  given_kept({{"Cache-Control", "max-age=60"}}, R"({"error": 1})");
  EXPECT_FALSE(kept());
  given_kept({{"Cache-Control", "max-age=60"}}, std::string(101, 'x'));
  EXPECT_FALSE(kept());
  given_kept({{"Cache-Control", "max-age=60"}, {"Content-Encoding", "gzip"}}, "what gzip made");
  EXPECT_FALSE(kept()) << "nobody can see whether it is an error";
  given_kept({{"Cache-Control", "max-age=60"}}, R"({"price": 1})");
  EXPECT_TRUE(kept());
}

TEST_F(CachePhasesTest, a_write_makes_the_reply_go) {
  given_kept({{"Cache-Control", "max-age=60"}});
  given_call({}, "DELETE");
  EXPECT_EQ(recalled(), Recalled::Ask);
  upstream_answers({}, "", 204);
  EXPECT_FALSE(kept());
}

TEST_F(CachePhasesTest, a_stale_reply_stands_in_when_it_may) {
  policy().stale_if_error = std::chrono::minutes(1);
  given_kept({{"Cache-Control", "max-age=1"}});
  clock_.advance(std::chrono::seconds(30));
  Call& call = given_call();
  EXPECT_EQ(recalled(), Recalled::Ask);
  EXPECT_TRUE(is_answered_stale());
  EXPECT_EQ(call.status, 200);
}

TEST_F(CachePhasesTest, only_if_cached_fails_when_nothing_is) {
  Call& call = given_call({{"Cache-Control", "only-if-cached"}});
  EXPECT_EQ(recalled(), Recalled::Failed);
  EXPECT_EQ(call.error->info().status, 504);
}

TEST_F(CachePhasesTest, a_forwarded_credential_goes_by_what_is_kept_for_others) {
  given_kept({{"Cache-Control", "max-age=60"}});
  given_call({{"Authorization", "Basic of-the-upstream"}});
  EXPECT_EQ(recalled(), Recalled::Ask);
  upstream_answers({{"Cache-Control", "max-age=60"}}, "personal");
  EXPECT_EQ(kept()->reply.body, "the body");
}

}  // namespace
}  // namespace apiforge::gateway::phases
