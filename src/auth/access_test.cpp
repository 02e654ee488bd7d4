#include "auth/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apiforge::auth {
namespace {

using enum model::Permission;
using testing::HasSubstr;

Caller caller_with(model::PermissionSet permissions, const KeyRestrictions& restrictions = {}) {
  Caller caller;
  caller.permissions = permissions;
  caller.restrictions = std::make_shared<const KeyRestrictions>(restrictions);
  return caller;
}

KeyRestrictions from_network(std::string_view cidr) {
  KeyRestrictions restrictions;
  restrictions.networks.push_back(*model::parse_cidr(cidr));
  return restrictions;
}

KeyRestrictions for_apis(std::vector<std::string> names) {
  KeyRestrictions restrictions;
  restrictions.all_apis = false;
  restrictions.apis = std::move(names);
  return restrictions;
}

void expect_forbidden(const Result<void>& result, std::string_view why) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::Forbidden);
  EXPECT_THAT(result.error().detail, HasSubstr(std::string(why)));
}

TEST(Access, needs_each_permission_and_names_the_first_that_is_missing) {
  const Caller caller = caller_with({GatewayCall, QuotaRead});
  EXPECT_TRUE(may(caller, GatewayCall));
  EXPECT_FALSE(may(caller, PlatformManage));
  EXPECT_TRUE(require(caller, {GatewayCall, QuotaRead}));
  EXPECT_TRUE(require(caller, {}));
  expect_forbidden(require(caller, {GatewayCall, AuditRead, PlatformManage}), "audit:read");
}

TEST(Access, of_a_caller_without_restrictions_is_a_matter_of_permissions) {
  Caller caller;
  caller.permissions = {GatewayCall};
  EXPECT_TRUE(may_call(caller, {GatewayCall}, "binance", "192.0.2.1"));
  expect_forbidden(may_call(caller, {GatewayWrite}, "binance", "192.0.2.1"), "gateway:write");
}

TEST(Access, of_a_key_ends_at_its_apis) {
  const Caller caller = caller_with({GatewayCall}, for_apis({"binance", "fred"}));
  EXPECT_TRUE(may_call(caller, {GatewayCall}, "fred", "192.0.2.1"));
  expect_forbidden(may_call(caller, {GatewayCall}, "openai", "192.0.2.1"), "this API");
  expect_forbidden(may_call(caller, {GatewayCall}, "fre", "192.0.2.1"), "this API");
}

TEST(Access, of_a_key_for_no_api_is_refused_everywhere) {
  expect_forbidden(may_call(caller_with({GatewayCall}, for_apis({})), {GatewayCall}, "a", ""),
                   "this API");
}

TEST(Access, of_a_key_ends_at_its_networks) {
  const Caller caller = caller_with({GatewayCall}, from_network("10.1.0.0/16"));
  EXPECT_TRUE(may_call(caller, {GatewayCall}, "a", "10.1.2.3"));
  EXPECT_TRUE(may_call(caller, {GatewayCall}, "a", "::ffff:10.1.2.3"));
  expect_forbidden(may_call(caller, {GatewayCall}, "a", "10.2.0.1"), "this address");
  expect_forbidden(may_call(caller, {GatewayCall}, "a", ""), "this address");
  expect_forbidden(require_network(caller, "unix"), "this address");
}

}  // namespace
}  // namespace apiforge::auth
