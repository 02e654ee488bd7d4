// The cache of replies, through the real gateway: what is answered from it, and what never is.
#include <atomic>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

constexpr const char* kRequest = "GET /proxy/prices/btc";

class CacheTest : public GatewayTest {
 protected:
  /// An upstream that answers each request with the number of it, and the given fields.
  static FakeUpstream::Script counting(std::string fields, int status = 200) {
    return FakeUpstream::answering(
        [fields, status, count = std::make_shared<std::atomic<int>>(0)](const HttpMessage&) {
          return reply(status, "reply " + std::to_string(++*count), fields);
        });
  }
  /// Answers 304 to the tag `"one"` and else 200 with it.
  static FakeUpstream::Script validating(std::string fields) {
    return FakeUpstream::answering([fields](const HttpMessage& request) {
      if (request.field("If-None-Match") == "\"one\"") {
        return "HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\n" + fields + "\r\n";
      }
      return reply(200, "the body", "ETag: \"one\"\r\n" + fields);
    });
  }
  void given_prices(const FakeUpstream& upstream, const std::string& cache = "{}",
                    const std::string& more = {}) {
    given_api("prices", upstream, {.more = "cache: " + cache + (more.empty() ? "" : ", " + more)});
  }
  std::string body_of(std::string_view request, std::string_view fields = {}) {
    return call(request, fields).body;
  }
  std::string cache_status() const { return last().field("Cache-Status"); }
  void expect_hit() const {
    EXPECT_TRUE(cache_status().starts_with("apiforge; hit")) << cache_status();
  }
  void expect_miss() const { EXPECT_EQ(cache_status(), "apiforge; fwd=miss; stored"); }

  /// Asks until the reply is another one: for what happens in the background.
  bool body_changes_from(const std::string& body) {
    constexpr int kPatience = 20'000;
    for (int i = 0; i < kPatience; ++i) {
      if (body_of(kRequest) != body) return true;
    }
    return false;
  }
};

TEST_F(CacheTest, AFreshReplyIsGivenAgainWithoutTheUpstream) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\nX-Own: kept\r\n"));
  given_prices(upstream);
  EXPECT_EQ(body_of(kRequest), "reply 1");
  expect_miss();
  EXPECT_EQ(body_of(kRequest), "reply 1");
  expect_hit();
  EXPECT_EQ(last().field("X-Own"), "kept");
  EXPECT_TRUE(last().has("Age"));
  EXPECT_TRUE(last().has("X-Request-ID"));
  EXPECT_EQ(upstream.requests().size(), 1u);
}

TEST_F(CacheTest, EachReplyHasARequestIdOfItsOwn) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\nX-Request-ID: of-the-upstream\r\n"));
  given_prices(upstream);
  call(kRequest);
  const std::string first = last().field("X-Request-ID");
  call(kRequest);
  EXPECT_NE(last().field("X-Request-ID"), first);
  EXPECT_NE(last().field("X-Request-ID"), "of-the-upstream");
}

TEST_F(CacheTest, AnApiWithoutACacheHasNone) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n"));
  given_api("prices", upstream);
  EXPECT_EQ(body_of(kRequest), "reply 1");
  EXPECT_EQ(body_of(kRequest), "reply 2");
  EXPECT_FALSE(last().has("Cache-Status"));
}

TEST_F(CacheTest, TargetsAreToldApartByPathAndQuery) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n"));
  given_prices(upstream);
  EXPECT_EQ(body_of("GET /proxy/prices/btc"), "reply 1");
  EXPECT_EQ(body_of("GET /proxy/prices/btc?day=1"), "reply 2");
  EXPECT_EQ(body_of("GET /proxy/prices/eth"), "reply 3");
  EXPECT_EQ(body_of("GET /proxy/prices/%62tc"), "reply 1") << "the same target, spelled otherwise";
}

TEST_F(CacheTest, VaryTellsRequestsApart) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage& request) {
    return reply(200, "in " + request.field("Accept-Language"),
                 "Cache-Control: max-age=60\r\nVary: Accept-Language\r\n");
  }));
  given_prices(upstream);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(body_of(kRequest, "Accept-Language: de\r\n"), "in de");
    EXPECT_EQ(body_of(kRequest, "Accept-Language: en\r\n"), "in en");
    EXPECT_EQ(body_of(kRequest), "in ");
  }
  EXPECT_EQ(upstream.requests().size(), 3u);
}

TEST_F(CacheTest, HeadIsAnsweredFromWhatGetHasKept) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n"));
  given_prices(upstream);
  call(kRequest);
  RawClient client = connect();
  client.send(request("HEAD /proxy/prices/btc"));
  const HttpMessage head = client.read_reply(MessageKind::ReplyToHead);
  EXPECT_EQ(head.status(), 200);
  EXPECT_EQ(head.field("Content-Length"), "7");
  EXPECT_TRUE(head.field("Cache-Status").starts_with("apiforge; hit"));
  EXPECT_EQ(upstream.requests().size(), 1u);
}

TEST_F(CacheTest, RangesPassBy) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n"));
  given_prices(upstream);
  call(kRequest);
  EXPECT_EQ(body_of(kRequest, "Range: bytes=0-3\r\n"), "reply 2");
  EXPECT_EQ(cache_status(), "apiforge; fwd=bypass");
  EXPECT_EQ(upstream.last_request().field("Range"), "bytes=0-3");
  EXPECT_EQ(body_of(kRequest), "reply 1");
}

TEST_F(CacheTest, ACallerWhoHasTheReplyGets304FromTheCache) {
  FakeUpstream upstream(validating("Cache-Control: max-age=60\r\n"));
  given_prices(upstream);
  call(kRequest, "If-None-Match: \"one\"\r\n");
  EXPECT_FALSE(upstream.last_request().has("If-None-Match")) << "the whole reply is wanted to keep";
  call(kRequest, "If-None-Match: \"zero\", \"one\"\r\n");
  expect_status(304);
  EXPECT_EQ(last().field("ETag"), "\"one\"");
  call(kRequest, "If-None-Match: \"two\"\r\n");
  expect_status(200);
  EXPECT_EQ(last().body, "the body");
  EXPECT_EQ(upstream.requests().size(), 1u);
}

TEST_F(CacheTest, AStaleReplyIsValidatedAndUsedOn) {
  FakeUpstream upstream(validating("Cache-Control: max-age=0\r\n"));
  given_prices(upstream);
  call(kRequest);
  EXPECT_EQ(body_of(kRequest), "the body");
  expect_status(200);
  EXPECT_TRUE(cache_status().starts_with("apiforge; fwd=stale; fwd-status=304")) << cache_status();
  EXPECT_EQ(upstream.last_request().field("If-None-Match"), "\"one\"");
}

TEST_F(CacheTest, A304BringsNewFieldsAndANewLife) {
  std::atomic<bool> renewed = false;
  FakeUpstream upstream(FakeUpstream::answering([&renewed](const HttpMessage& request) {
    if (!request.has("If-None-Match")) {
      return reply(200, "the body", "ETag: \"one\"\r\nX-Seen: 1\r\nCache-Control: max-age=0\r\n");
    }
    renewed = true;
    return std::string(
        "HTTP/1.1 304 Not Modified\r\nX-Seen: 2\r\nCache-Control: max-age=60\r\n\r\n");
  }));
  given_prices(upstream);
  call(kRequest);
  call(kRequest);
  EXPECT_TRUE(renewed);
  EXPECT_EQ(last().field("X-Seen"), "2");
  EXPECT_EQ(body_of(kRequest), "the body");
  expect_hit();
  EXPECT_EQ(upstream.requests().size(), 2u);
}

TEST_F(CacheTest, AStaleReplyIsGivenAtOnceAndRenewedInTheBackground) {
  FakeUpstream upstream(counting("Cache-Control: max-age=0, stale-while-revalidate=3600\r\n"));
  given_prices(upstream);
  EXPECT_EQ(body_of(kRequest), "reply 1");
  EXPECT_EQ(body_of(kRequest), "reply 1") << "the stale one";
  expect_hit();
  EXPECT_TRUE(upstream.wait_for_requests(2));
  EXPECT_TRUE(body_changes_from("reply 1"));
}

TEST_F(CacheTest, AStaleReplyStandsInForAnError) {
  FakeUpstream upstream(FakeUpstream::answering(
      [first = std::make_shared<std::atomic<bool>>(true)](const HttpMessage&) {
        return first->exchange(false)
                   ? reply(200, "good", "Cache-Control: max-age=0, stale-if-error=3600\r\n")
                   : reply(500, "broken");
      }));
  given_prices(upstream);
  call(kRequest);
  EXPECT_EQ(body_of(kRequest), "good");
  expect_status(200);
  expect_hit();
  EXPECT_EQ(body_of("GET /proxy/prices/eth"), "broken") << "nothing is kept of this";
}

TEST_F(CacheTest, OwnLifetimesHoldForUpstreamsThatSayNothing) {
  FakeUpstream upstream(counting(""));
  given_prices(upstream, "{default_ttl_ms: 60000, rules: [{path: /live, ttl_ms: 0}]}");
  EXPECT_EQ(body_of(kRequest), "reply 1");
  EXPECT_EQ(body_of(kRequest), "reply 1");
  EXPECT_EQ(body_of("GET /proxy/prices/live/btc"), "reply 2");
  EXPECT_EQ(body_of("GET /proxy/prices/live/btc"), "reply 3");
}

TEST_F(CacheTest, ErrorsAreNeverKept) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n", 500));
  given_prices(upstream, "{default_ttl_ms: 60000}", "error_replies: [{pointer: /error}]");
  EXPECT_EQ(body_of(kRequest), "reply 1");
  EXPECT_EQ(body_of(kRequest), "reply 2");
}

TEST_F(CacheTest, ErrorsThatComeWith200AreNeverKept) {
  FakeUpstream upstream(
      FakeUpstream::answering([count = std::make_shared<std::atomic<int>>(0)](const HttpMessage&) {
        const bool fails = ++*count == 1;
        return reply(200, fails ? R"({"error": "limit reached"})" : R"({"price": 1})",
                     "Content-Type: application/json\r\nCache-Control: max-age=60\r\n");
      }));
  given_prices(upstream, "{}", "error_replies: [{pointer: /error}]");
  EXPECT_EQ(body_of(kRequest), R"({"error": "limit reached"})");
  EXPECT_EQ(body_of(kRequest), R"({"price": 1})");
  EXPECT_EQ(body_of(kRequest), R"({"price": 1})");
  EXPECT_EQ(upstream.requests().size(), 2u);
}

TEST_F(CacheTest, AReplyThatIsCutShortIsNotKept) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    if (!connection.next_request()) return;
    if (connection.number() == 0) {
      connection.send(
          "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 9\r\n\r\nfour");
      return;
    }
    connection.send(reply(200, "all of it", "Cache-Control: max-age=60\r\n"));
  });
  given_prices(upstream);
  EXPECT_FALSE(call(kRequest).complete);
  EXPECT_EQ(body_of(kRequest), "all of it");
}

TEST_F(CacheTest, WhatIsLargerThanAllowedIsRelayedAndNotKept) {
  const std::string large(200'000, 'x');
  FakeUpstream upstream(FakeUpstream::answering([&large](const HttpMessage& request) {
    if (request.target() == "/chunked") {
      return "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: "
             "chunked\r\n\r\n30d40\r\n" +
             large + "\r\n0\r\n\r\n";
    }
    return reply(200, large, "Cache-Control: max-age=60\r\n");
  }));
  given_prices(upstream, "{max_object_bytes: 1000}");
  for (const auto* target : {"GET /proxy/prices/known", "GET /proxy/prices/chunked"}) {
    EXPECT_EQ(body_of(target), large);
    EXPECT_EQ(body_of(target), large);
  }
  EXPECT_EQ(upstream.requests().size(), 4u);
}

TEST_F(CacheTest, AWriteMakesWhatIsKeptOfItsTargetGo) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n"));
  given_setting("WORKERS", "2");
  given_prices(upstream);
  EXPECT_EQ(body_of(kRequest), "reply 1");
  call("PUT /proxy/prices/btc", {}, "new");
  EXPECT_EQ(body_of(kRequest), "reply 3");
}

TEST_F(CacheTest, WhatTheUpstreamIsToldOfTheCallersHostIsPartOfTheKey) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage& request) {
    return reply(200, "for " + request.field("X-Forwarded-Host"), "Cache-Control: max-age=60\r\n");
  }));
  given_prices(upstream);
  EXPECT_EQ(body_of(kRequest, "Host: good.example\r\n"), "for good.example");
  EXPECT_EQ(body_of(kRequest, "Host: evil.example\r\n"), "for evil.example");
  EXPECT_EQ(body_of(kRequest, "Host: good.example\r\n"), "for good.example");
}

TEST_F(CacheTest, RepliesToACookieAreNotForOthers) {
  FakeUpstream upstream(FakeUpstream::answering([](const HttpMessage& request) {
    return reply(200, "for " + request.field("Cookie"), "Cache-Control: max-age=60\r\n");
  }));
  given_prices(upstream);
  EXPECT_EQ(body_of(kRequest, "Cookie: ada=1\r\n"), "for ada=1");
  EXPECT_EQ(body_of(kRequest), "for ");
  EXPECT_EQ(body_of(kRequest, "Cookie: bob=1\r\n"), "for bob=1");
}

TEST_F(CacheTest, OnlyIfCachedNeverReachesTheUpstream) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n"));
  given_prices(upstream);
  call(kRequest, "Cache-Control: only-if-cached\r\n");
  expect_status(504);
  EXPECT_EQ(upstream.requests().size(), 0u);
  call(kRequest);
  EXPECT_EQ(body_of(kRequest, "Cache-Control: only-if-cached\r\n"), "reply 1");
}

TEST_F(CacheTest, NoCacheAsksTheUpstreamAndRenewsWhatIsKept) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n"));
  given_prices(upstream);
  call(kRequest);
  EXPECT_EQ(body_of(kRequest, "Cache-Control: no-cache\r\n"), "reply 2");
  EXPECT_EQ(body_of(kRequest), "reply 2");
}

// ------------------------------------------------------------------------------------- tenants

class TenantCacheTest : public CacheTest {
 protected:
  TenantCacheTest() {
    given_administrator();
    given_setting("REGISTRATION", "open");
  }
  /// The key of somebody in a tenant of their own.
  std::string key_of_stranger(const std::string& name) {
    const std::string password = name + " rides a blue mule";
    const HttpMessage made =
        control().ask("POST /api/v1/auth/register", {},
                      R"({"username":")" + name + R"(","email":")" + name +
                          R"(@example.com","password":")" + password + R"("})");
    EXPECT_EQ(made.status(), 201) << made.body;
    return control().make_key(control().log_in(name, password).access).text;
  }
};

TEST_F(TenantCacheTest, TenantsDoNotShareAndUsersOfOneDo) {
  FakeUpstream upstream(counting("Cache-Control: max-age=60\r\n"));
  given_api("prices", upstream, {.more = "cache: {}", .is_public = false});
  const std::string ada = key_of_stranger("ada");
  const std::string bob = key_of_stranger("bob");
  const std::string token = control().log_in("ada", "ada rides a blue mule").access;
  EXPECT_EQ(body_of(kRequest, api_key_field(ada)), "reply 1");
  EXPECT_EQ(body_of(kRequest, api_key_field(bob)), "reply 2");
  EXPECT_EQ(body_of(kRequest, api_key_field(ada)), "reply 1");
  EXPECT_EQ(body_of(kRequest, bearer_field(token)), "reply 1") << "another way of the same tenant";
  call(kRequest);
  expect_status(401);
}

TEST_F(TenantCacheTest, WithTheScopeCallerNobodyShares) {
  FakeUpstream upstream(counting("Cache-Control: private, max-age=60\r\n"));
  given_api("prices", upstream, {.more = "cache: {scope: caller}", .is_public = false});
  const std::string ada = key_of_stranger("ada");
  const std::string other =
      control().make_key(control().log_in("ada", "ada rides a blue mule").access).text;
  EXPECT_EQ(body_of(kRequest, api_key_field(ada)), "reply 1");
  EXPECT_EQ(body_of(kRequest, api_key_field(other)), "reply 2");
  EXPECT_EQ(body_of(kRequest, api_key_field(ada)), "reply 1");
}
}  // namespace
}  // namespace apiforge::testing_support
