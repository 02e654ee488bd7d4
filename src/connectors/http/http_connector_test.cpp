#include "connectors/http/http_connector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/query.hpp"

namespace apiforge::connectors {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Fields = std::vector<std::pair<std::string, std::string>>;

model::Credential credential_of(std::string kind, const Fields& fields) {
  model::Credential credential{"main", std::move(kind), {}};
  for (const auto& [name, value] : fields) credential.fields[name] = Secret(value);
  return credential;
}

class HttpConnectorTest : public testing::Test {
 protected:
  void given_credential(std::string kind, const Fields& fields) {
    const model::Credential credential = credential_of(std::move(kind), fields);
    auto made = make_http_connector(model::Api{}, &credential);
    ASSERT_TRUE(made) << made.error().detail;
    connector_ = *std::move(made);
  }

  void sign(std::string target) {
    target_ = std::move(target);
    fields_ = "Accept: */*\r\n";
    SigningRequest request{"GET", target_, nullptr, fields_};
    ASSERT_TRUE(connector_->sign(request, WallTime{}));
  }

  void expect_refused(std::string kind, const Fields& fields, std::string_view field) {
    const model::Credential credential = credential_of(std::move(kind), fields);
    const auto made = make_http_connector(model::Api{}, &credential);
    ASSERT_FALSE(made) << "field " << field;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidConfiguration);
    EXPECT_THAT(made.error().detail, HasSubstr("'" + std::string(field) + "'"));
    EXPECT_THAT(made.error().detail + made.error().context, Not(HasSubstr("s3cret")));
  }

  std::shared_ptr<const Connector> connector_;
  std::string target_;
  std::string fields_;
};

TEST_F(HttpConnectorTest, AHeaderIsAppendedToTheOthers) {
  given_credential("header", {{"name", "X-Finnhub-Token"}, {"value", "s3cret"}});
  sign("/quote?symbol=AAPL");
  EXPECT_EQ(fields_, "Accept: */*\r\nX-Finnhub-Token: s3cret\r\n");
  EXPECT_EQ(target_, "/quote?symbol=AAPL");
}

TEST_F(HttpConnectorTest, ABearerTokenGoesIntoAuthorization) {
  given_credential("bearer", {{"token", "s3cret"}});
  sign("/v1/models");
  EXPECT_EQ(fields_, "Accept: */*\r\nAuthorization: Bearer s3cret\r\n");
}

TEST_F(HttpConnectorTest, BasicCredentialsAreThoseOfRfc7617) {
  given_credential("basic", {{"username", "Aladdin"}, {"password", "open sesame"}});
  sign("/");
  EXPECT_EQ(fields_, "Accept: */*\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
}

TEST_F(HttpConnectorTest, AQueryKeyIsEncodedAndAppendedLast) {
  given_credential("query_key", {{"name", "apikey"}, {"value", "a b&c=/+"}});
  sign("/query?function=X&symbol=%e9+b");
  EXPECT_EQ(target_, "/query?function=X&symbol=%e9+b&apikey=a%20b%26c%3D%2F%2B");
  EXPECT_EQ(fields_, "Accept: */*\r\n");
  sign("/query");
  EXPECT_EQ(target_, "/query?apikey=a%20b%26c%3D%2F%2B");
}

TEST_F(HttpConnectorTest, TheCallersOwnQueryKeyIsRemovedHoweverItIsWritten) {
  given_credential("query_key", {{"name", "api_key"}, {"value", "s3cret"}});
  sign("/series?api_key=mine&id=1&%61pi%5Fkey=mine&apikey=x&api_key");
  EXPECT_EQ(target_, "/series?id=1&apikey=x&api_key=s3cret");
}

TEST_F(HttpConnectorTest, SigningAgainForARetryReplacesTheQueryKey) {
  given_credential("query_key", {{"name", "api_key"}, {"value", "s3cret"}});
  sign("/series?id=1");
  const std::string first = target_;
  sign(first);
  EXPECT_EQ(target_, first);
}

TEST_F(HttpConnectorTest, WithACredentialNoKeyOfTheCallerSurvives) {
  for (const auto& [kind, fields] :
       {std::pair<std::string, Fields>{"bearer", {{"token", "s3cret"}}},
        {"basic", {{"username", "u"}, {"password", "s3cret"}}},
        {"header", {{"name", "X-Goog-Api-Key"}, {"value", "s3cret"}}},
        {"query_key", {{"name", "key"}, {"value", "s3cret"}}}}) {
    given_credential(kind, fields);
    for (const std::string_view name :
         {"authorization", "x-api-key", "api-key", "x-goog-api-key"}) {
      EXPECT_THAT(connector_->stripped_fields(), Contains(name)) << kind;
    }
  }
}

TEST_F(HttpConnectorTest, TheFieldThatTheCredentialSetsIsStrippedInLowerCase) {
  given_credential("header", {{"name", "X-CG-Pro-API-Key"}, {"value", "s3cret"}});
  EXPECT_THAT(connector_->stripped_fields(), Contains("x-cg-pro-api-key"));
}

TEST_F(HttpConnectorTest, WithoutACredentialTheRequestPassesAsItIs) {
  connector_ = *make_http_connector(model::Api{}, nullptr);
  sign("/a?api_key=mine&&b=%zz");
  EXPECT_EQ(target_, "/a?api_key=mine&&b=%zz");
  EXPECT_EQ(fields_, "Accept: */*\r\n");
  EXPECT_THAT(connector_->stripped_fields(), IsEmpty());
  EXPECT_FALSE(connector_->needs_body("POST", "/a"));
}

TEST_F(HttpConnectorTest, ControlBytesInACredentialAreRefusedByFieldName) {
  expect_refused("header", {{"name", "X-Key"}, {"value", "s3cret\r\nX-Evil: 1"}}, "value");
  expect_refused("header", {{"name", "X-Key"}, {"value", "s3cret\n"}}, "value");
  expect_refused("header", {{"name", "X-Key\r"}, {"value", "s3cret"}}, "name");
  expect_refused("bearer", {{"token", std::string("s3cret\0", 7)}}, "token");
  expect_refused("bearer", {{"token", "s3cret\x7f"}}, "token");
  expect_refused("bearer", {{"token", " s3cret"}}, "token");
  expect_refused("basic", {{"username", "u"}, {"password", "s3cret\n"}}, "password");
  expect_refused("query_key", {{"name", "key"}, {"value", "s3cret\n"}}, "value");
}

TEST_F(HttpConnectorTest, AMissingOrEmptyFieldIsRefusedByName) {
  expect_refused("header", {{"name", "X-Key"}}, "value");
  expect_refused("header", {{"value", "s3cret"}}, "name");
  expect_refused("bearer", {{"token", ""}}, "token");
  expect_refused("basic", {{"username", "u"}}, "password");
  expect_refused("query_key", {{"value", "s3cret"}}, "name");
}

TEST_F(HttpConnectorTest, AFieldThatDecidesOverTheMessageIsRefused) {
  for (const std::string name : {"Host", "content-length", "Transfer-Encoding", "Connection"}) {
    expect_refused("header", {{"name", name}, {"value", "s3cret"}}, "name");
  }
  expect_refused("header", {{"name", "X Key"}, {"value", "s3cret"}}, "name");
  expect_refused("header", {{"name", "X-Key:"}, {"value", "s3cret"}}, "name");
  expect_refused("basic", {{"username", "a:b"}, {"password", "s3cret"}}, "username");
}

TEST_F(HttpConnectorTest, AKindOfAnotherConnectorIsRefused) {
  expect_refused("hmac", {{"key", "k"}, {"secret", "s3cret"}}, "main");
}

}  // namespace
}  // namespace apiforge::connectors
