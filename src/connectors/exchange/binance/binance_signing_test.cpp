// What happens to a caller's parameters: requests as ccxt, curl and careless programs send them.
#include <gmock/gmock.h>

#include "base/random.hpp"
#include "connectors/exchange/binance/binance_fixture.hpp"

namespace apiforge::connectors::binance {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST_F(BinanceTest, ASignedReadOfCcxtIsSignedAnew) {
  send("GET",
       "/api/v3/openOrders?symbol=BTCUSDT&timestamp=1700000000000&recvWindow=10000&signature=00ff");
  const SignedText sent = split_signature(query_of(target_));
  EXPECT_EQ(sent.payload, "symbol=BTCUSDT&recvWindow=10000&timestamp=1499827319559");
  EXPECT_EQ(sent.signature, independent_hmac(sent.payload));
  EXPECT_EQ(fields_, key_line());
}

TEST_F(BinanceTest, AnOrderOfCcxtIsSignedAnewInItsBody) {
  send("POST", "/api/v3/order",
       "timestamp=1700000000000&symbol=BTCUSDT&side=BUY&newClientOrderId=x-TKT5PX2F%2B1&type=MARKET"
       "&quantity=0.001&recvWindow=10000&signature=00ff");
  const SignedText sent = split_signature(body_);
  EXPECT_EQ(sent.payload,
            "symbol=BTCUSDT&side=BUY&newClientOrderId=x-TKT5PX2F%2B1&type=MARKET&quantity=0.001"
            "&recvWindow=10000&timestamp=1499827319559");
  EXPECT_EQ(sent.signature, independent_hmac(sent.payload));
  EXPECT_EQ(target_, "/api/v3/order");
}

TEST_F(BinanceTest, ABodyOfSigningParametersAloneStaysInTheBody) {
  send("POST", "/sapi/v1/asset/get-funding-asset", "timestamp=1&recvWindow=10000&signature=00ff");
  EXPECT_THAT(body_, StartsWith("recvWindow=10000&timestamp=1499827319559&signature="));
  EXPECT_EQ(target_, "/sapi/v1/asset/get-funding-asset");
}

TEST_F(BinanceTest, ARequestWithoutParametersGetsAQuery) {
  for (const std::string_view method : {"GET", "POST", "DELETE"}) {
    send(method, "/api/v3/account");
    EXPECT_EQ(split_signature(target_).payload,
              "/api/v3/account?recvWindow=5000&timestamp=1499827319559");
    EXPECT_EQ(body_, "");
  }
}

TEST_F(BinanceTest, SigningParametersAreRemovedWhereverAndHoweverTheyAreWritten) {
  // Binance reads the query before the body, so that one left there would win over ours.
  send("POST", "/api/v3/order?%74imestamp=1&symbol=A&signature=aa&X-MBX-APIKEY=mine",
       "sign%61ture=bb&side=BUY&timestamp=2&timestamp=3&signature");
  EXPECT_EQ(target_, "/api/v3/order?symbol=A");
  const SignedText sent = split_signature(body_);
  EXPECT_EQ(sent.payload, "side=BUY&recvWindow=5000&timestamp=1499827319559");
  EXPECT_EQ(sent.signature, independent_hmac("symbol=A" + sent.payload));
}

TEST_F(BinanceTest, TheCallersOtherParametersStayByteForByte) {
  send("GET", "/api/v3/allOrders?symbol=%e4%BA&&a=b=c&d=e+f&g&Signature=x&%zz=%");
  EXPECT_THAT(target_, StartsWith("/api/v3/allOrders?symbol=%e4%BA&&a=b=c&d=e+f&g&Signature=x&%zz=%"
                                  "&recvWindow=5000&timestamp="));
}

TEST_F(BinanceTest, AValidReceiveWindowIsKeptAndAnotherReplaced) {
  for (const std::string window : {"1", "5000", "60000", "6000.346", "0.5", "60000.000"}) {
    send("GET", "/api/v3/account?recvWindow=" + window + "&a=1");
    EXPECT_THAT(target_, StartsWith("/api/v3/account?recvWindow=" + window + "&a=1&timestamp="));
  }
  for (const std::string window : {"0", "60001", "60000.001", "-1", "+1", "1e3", "", "abc", "5.",
                                   ".5", "1.2345", "99999999999999999999", "0.000", "1.2.3"}) {
    send("GET", "/api/v3/account?recvWindow=" + window + "&a=1");
    EXPECT_THAT(target_, StartsWith("/api/v3/account?a=1&recvWindow=5000&timestamp=")) << window;
  }
}

TEST_F(BinanceTest, OfSeveralReceiveWindowsNoneIsKept) {
  send("POST", "/api/v3/order?recvWindow=1000", "a=1&recvWindow=2000");
  EXPECT_EQ(target_, "/api/v3/order");
  EXPECT_THAT(body_, StartsWith("a=1&recvWindow=5000&timestamp="));
}

TEST_F(BinanceTest, PublicDataGoesOutWithoutAnyCredential) {
  send("GET", "/api/v3/depth?symbol=BTCUSDT&timestamp=1&recvWindow=5&signature=x&limit=5");
  EXPECT_EQ(target_, "/api/v3/depth?symbol=BTCUSDT&limit=5");
  EXPECT_EQ(fields_, "");
  send("GET", "/api/v3/ping?timestamp=1");
  EXPECT_EQ(target_, "/api/v3/ping");
}

TEST_F(BinanceTest, AUserStreamGetsTheKeyAndNoSignature) {
  send("PUT", "/api/v3/userDataStream?listenKey=abc");
  EXPECT_EQ(target_, "/api/v3/userDataStream?listenKey=abc");
  EXPECT_EQ(fields_, key_line());
  send("PUT", "/api/v3/userDataStream", "listenKey=abc&recvWindow=5000");
  EXPECT_EQ(body_, "listenKey=abc");
}

TEST_F(BinanceTest, ACallerThatSignsAKeyOnlyRequestGetsItSigned) {
  send("GET", "/api/v3/historicalTrades?symbol=A&timestamp=1");
  EXPECT_THAT(target_, HasSubstr("&signature="));
  send("PUT", "/api/v3/userDataStream", "listenKey=abc&signature=00");
  EXPECT_THAT(body_, StartsWith("listenKey=abc&recvWindow=5000&timestamp="));
}

TEST_F(BinanceTest, ABodyThatIsNotAFormIsSignedButNotChanged) {
  const std::string json = R"({"signature":"x","a":1})";
  for (const std::string_view type : {"application/json", "application/json; charset=utf-8", ""}) {
    send("POST", "/sapi/v1/x?a=1", json, type);
    EXPECT_EQ(body_, json);
    const SignedText sent = split_signature(query_of(target_));
    EXPECT_EQ(sent.payload, "a=1&recvWindow=5000&timestamp=1499827319559");
    EXPECT_EQ(sent.signature, independent_hmac(sent.payload + json));
  }
}

TEST_F(BinanceTest, AFormIsKnownByItsMediaTypeInAnyCase) {
  for (const std::string_view type : {"application/x-www-form-urlencoded; charset=UTF-8",
                                      "Application/X-WWW-Form-Urlencoded", ""}) {
    send("POST", "/api/v3/order", "a=1", type);
    EXPECT_THAT(body_, StartsWith("a=1&recvWindow=5000&timestamp=")) << type;
  }
}

TEST_F(BinanceTest, ASecondAttemptIsSignedAnewAndGrowsByNothing) {
  send("POST", "/api/v3/order?a=1", "b=2");
  const std::string first_body = body_;
  local_.advance(std::chrono::seconds(1));
  send("POST", target_, body_);
  EXPECT_EQ(body_.size(), first_body.size());
  EXPECT_THAT(body_, HasSubstr("timestamp=1499827320559"));
  EXPECT_EQ(split_signature(body_).signature,
            independent_hmac("a=1" + split_signature(body_).payload));
}

TEST_F(BinanceTest, ParametersThatAreNotPercentEncodedAreTheCallersFault) {
  for (const auto& [target, body] :
       {std::pair{"/api/v3/order?symbol=１", ""}, std::pair{"/api/v3/order", "symbol=１"}}) {
    const auto done = try_to_send("POST", target, body);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::MalformedRequest);
    EXPECT_EQ(fields_, "");
  }
}

TEST_F(BinanceTest, TheBodyIsSeenOnlyWhereItMatters) {
  for (const std::string_view method : {"POST", "PUT", "DELETE", "PATCH"}) {
    EXPECT_TRUE(connector_->needs_body(method, "/api/v3/order?a=1")) << method;
  }
  EXPECT_FALSE(connector_->needs_body("GET", "/api/v3/order"));
  EXPECT_FALSE(connector_->needs_body("GET", "/api/v3/depth"));
}

TEST_F(BinanceTest, TheCallersOwnKeyFieldsAreStripped) {
  EXPECT_THAT(connector_->stripped_fields(), Contains("x-mbx-apikey"));
  EXPECT_THAT(connector_->stripped_fields(), Contains("authorization"));
}

TEST_F(BinanceTest, WithoutACredentialARequestPassesAsItIs) {
  connector_ = *make_binance_connector(model::Api{}, nullptr);
  const std::string target = "/api/v3/order?a=1&timestamp=1&signature=mine";
  send("POST", target, "b=2&signature=mine");
  EXPECT_EQ(target_, target);
  EXPECT_EQ(body_, "b=2&signature=mine");
  EXPECT_EQ(fields_, "");
  EXPECT_THAT(connector_->stripped_fields(), IsEmpty());
  EXPECT_FALSE(connector_->needs_body("POST", target));
  EXPECT_FALSE(connector_->clock_query_due(target, local_.now()));
}

TEST_F(BinanceTest, ACredentialIsCheckedWhenTheConnectorIsMade) {
  const auto expect_refused = [](const model::Credential& credential, std::string_view field) {
    const auto made = make_binance_connector(model::Api{}, &credential);
    ASSERT_FALSE(made) << field;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidConfiguration);
    EXPECT_THAT(made.error().detail, HasSubstr("'" + std::string(field) + "'"));
    EXPECT_THAT(made.error().detail, Not(HasSubstr("s3cret")));
  };
  const Secret bad(std::string("s3cret\n"));
  expect_refused({"main", "bearer", {{"token", bad}}}, "bearer");
  expect_refused({"main", "hmac", {{"secret", bad}}}, "key");
  expect_refused({"main", "hmac", {{"key", bad}, {"secret", Secret("s")}}}, "key");
  expect_refused({"main", "hmac", {{"key", Secret("k")}, {"secret", bad}}}, "secret");
  expect_refused({"main", "ed25519", {{"key", Secret("k")}}}, "private_key");
  expect_refused({"main", "ed25519", {{"key", Secret("k")}, {"private_key", bad}}}, "private_key");
}

/// Random parameters as careless callers write them, signing parameters among them.
std::string random_form(Random& random) {
  static constexpr std::array<std::string_view, 12> kPieces{"symbol=BTCUSDT",
                                                            "timestamp=1",
                                                            "signature=00ff",
                                                            "recvWindow=10000",
                                                            "recvWindow=x",
                                                            "",
                                                            "%73ignature=1",
                                                            "a=%C3%A9",
                                                            "b",
                                                            "c=d=e",
                                                            "=",
                                                            "q=+"};
  std::string form;
  for (std::uint64_t count = random.below(7); count > 0; --count) {
    if (!form.empty()) form += '&';
    form += kPieces[random.below(kPieces.size())];
  }
  return form;
}

TEST_F(BinanceTest, WhateverIsSentItVerifiesOverTheBytesBeforeTheSignature) {
  const std::uint64_t seed = 8'256;
  Random random(seed);
  for (int round = 0; round < 3'000; ++round) {
    const std::string query = random_form(random);
    const std::string form = random.below(2) == 0 ? std::string() : random_form(random);
    SCOPED_TRACE("seed " + std::to_string(seed) + " query " + query + " form " + form);
    send(form.empty() ? "GET" : "POST", "/api/v3/order" + (query.empty() ? "" : "?" + query), form);

    const SignedText sent = split_signature(form.empty() ? query_of(target_) : body_);
    const std::string payload =
        form.empty() ? sent.payload : std::string(query_of(target_)) + sent.payload;
    ASSERT_EQ(sent.signature, independent_hmac(payload));
    int signatures = 0;
    for (const std::string_view part : {query_of(target_), std::string_view(body_)}) {
      for_each_pair(part, [&](const QueryPair& pair) {
        if (is_query_name(pair.name, "signature")) ++signatures;
      });
    }
    ASSERT_EQ(signatures, 1);
  }
}

}  // namespace
}  // namespace apiforge::connectors::binance
