#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "model/validate.hpp"

namespace apiforge::model {
namespace {

TrustedIssuer of_one_tenant(std::string name) {
  TrustedIssuer issuer;
  issuer.issuer = std::move(name);
  issuer.audience = "gateway";
  issuer.jwks_url = "https://login.example.com/keys";
  issuer.tenant = {"t1"};
  issuer.default_roles = {"developer"};
  return issuer;
}

/// One whose tokens name tenant and roles, after one of a single tenant.
Configuration sound_issuers() {
  TrustedIssuer telling = of_one_tenant("https://b.example.com");
  telling.tenant = {};
  telling.tenant_claim = "/org~1a/tenant";
  telling.tenants = {{"t1"}, {"t2"}};
  telling.roles_claim = "/realm_access/roles";
  telling.default_roles = {};
  telling.allowed_roles = {"developer", "desk-7"};
  Configuration configuration;
  configuration.token_issuers = {of_one_tenant("https://a.example.com"), telling};
  return configuration;
}

std::string written_issuers(const std::vector<Fault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += fault.pointer + ": " + fault.message + "\n";
  return text;
}

TEST(TokenIssuers, ThatAreWellDescribedHaveNoFaults) {
  EXPECT_EQ(written_issuers(validate(sound_issuers(), {})), "");
}

struct IssuerFault {
  const char* name;
  std::function<void(TrustedIssuer& simple, TrustedIssuer& telling)> spoil;
  const char* pointer;
  const char* message;  ///< a part of it
};

class TokenIssuerFaults : public testing::TestWithParam<IssuerFault> {};

TEST_P(TokenIssuerFaults, NameThePlaceAndTheRemedy) {
  Configuration configuration = sound_issuers();
  GetParam().spoil(configuration.token_issuers[0], configuration.token_issuers[1]);
  const auto faults = validate(configuration, {});
  ASSERT_EQ(faults.size(), 1u) << written_issuers(faults);
  EXPECT_EQ(faults[0].pointer, std::string("/token_issuers/") + GetParam().pointer);
  EXPECT_THAT(faults[0].message, testing::HasSubstr(GetParam().message));
}

const IssuerFault kCases[] = {
    {"no_name", [](auto& one, auto&) { one.issuer = ""; }, "0/issuer", "1 to 255"},
    {"line_break", [](auto& one, auto&) { one.audience = "a\nb"; }, "0/audience", "control"},
    {"same_issuer", [](auto& one, auto& two) { two.issuer = one.issuer; }, "1/issuer",
     "another entry is for the issuer 'https://a.example.com'"},
    {"no_keys", [](auto& one, auto&) { one.jwks_url = ""; }, "0/jwks_url", "or jwks_file"},
    {"two_keys", [](auto& one, auto&) { one.jwks_file = "keys.json"; }, "0/jwks_url", "not both"},
    {"url", [](auto& one, auto&) { one.jwks_url = "ftp://x"; }, "0/jwks_url", "https://"},
    {"in_the_clear", [](auto& one, auto&) { one.jwks_url = "http://8.8.8.8/k"; }, "0/jwks_url",
     "must be https://"},
    {"query", [](auto& one, auto&) { one.jwks_url += "?a=\r\n"; }, "0/jwks_url", "query"},
    {"no_tenant", [](auto& one, auto&) { one.tenant = {}; }, "0/tenant", "is needed"},
    {"two_tenants", [](auto&, auto& two) { two.tenant = {"t1"}; }, "1/tenant", "not both"},
    {"tenant_id", [](auto& one, auto&) { one.tenant = {"a b"}; }, "0/tenant", "id of a tenant"},
    {"tenants_alone", [](auto& one, auto&) { one.tenants = {{"t1"}}; }, "0/tenants",
     "leave it out"},
    {"tenants", [](auto&, auto& two) { two.tenants = {}; }, "1/tenants", "1 to 256"},
    {"tenants_id", [](auto&, auto& two) { two.tenants[1] = {""}; }, "1/tenants/1", "id"},
    {"tenant_claim", [](auto&, auto& two) { two.tenant_claim = "tid"; }, "1/tenant_claim",
     "JSON pointer"},
    {"tilde", [](auto&, auto& two) { two.roles_claim = "/a~2"; }, "1/roles_claim", "JSON pointer"},
    {"no_roles", [](auto& one, auto&) { one.default_roles = {}; }, "0/default_roles",
     "must name a role"},
    {"allowed_alone", [](auto& one, auto&) { one.allowed_roles = {"owner"}; }, "0/allowed_roles",
     "use default_roles"},
    {"none_allowed", [](auto&, auto& two) { two.allowed_roles = {}; }, "1/allowed_roles",
     "must list the roles"},
    {"role", [](auto&, auto& two) { two.allowed_roles[1] = "Desk"; }, "1/allowed_roles/1",
     "small letters"},
};
INSTANTIATE_TEST_SUITE_P(OfAnIssuer, TokenIssuerFaults, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(TokenIssuers, AreBoundedInNumber) {
  Configuration configuration;
  for (std::size_t i = 0; i <= kMaxTrustedIssuers; ++i) {
    configuration.token_issuers.push_back(of_one_tenant("https://" + std::to_string(i)));
  }
  const auto faults = validate(configuration, {});
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].pointer, "/token_issuers");
}

TEST(KeySetUrl, KeepsPathAndQueryAsTheyWereWritten) {
  const auto target = [](std::string_view text) { return parse_key_set_url(text).value().target; };
  EXPECT_EQ(target("https://login.example.com"), "/");
  EXPECT_EQ(target("https://login.example.com?a=b"), "/?a=b");
  EXPECT_EQ(target("https://login.example.com/"), "/");
  EXPECT_EQ(target("https://login.example.com/oauth2/keys/"), "/oauth2/keys/");
  EXPECT_EQ(target("https://login.example.com/keys?p=b2c_1%20a"), "/keys?p=b2c_1%20a");
  const auto url = parse_key_set_url("http://keycloak:8080/realms/desk/certs").value();
  EXPECT_EQ(host_field(url.server), "keycloak:8080");
  EXPECT_FALSE(url.server.tls);
  EXPECT_FALSE(parse_key_set_url("http://93.184.215.14/certs")) << "keys in the clear";
}

}  // namespace
}  // namespace apiforge::model
