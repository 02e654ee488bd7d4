#include "model/url.hpp"

#include <gtest/gtest.h>

namespace apiforge::model {
namespace {

UpstreamUrl url(std::string_view text) {
  const auto parsed = parse_upstream_url(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().detail);
  return parsed.value_or(UpstreamUrl{});
}

void expect_refused(std::string_view text, std::string_view why) {
  const auto parsed = parse_upstream_url(text);
  ASSERT_FALSE(parsed) << text;
  EXPECT_EQ(parsed.error().code, ErrorCode::InvalidValue);
  EXPECT_NE(parsed.error().detail.find(why), std::string::npos) << parsed.error().detail;
}

TEST(UpstreamUrl, FillsInTheDefaultPort) {
  EXPECT_EQ(url("https://api.example.com"), (UpstreamUrl{true, "api.example.com", 443, "", false}));
  EXPECT_EQ(url("http://risk_service"), (UpstreamUrl{false, "risk_service", 80, "", false}));
}

TEST(UpstreamUrl, KeepsPortAndPathPrefixWithoutTrailingSlash) {
  EXPECT_EQ(url("HTTP://Api.Example.com:9100/base/v1/"),
            (UpstreamUrl{false, "api.example.com", 9100, "/base/v1", false}));
  EXPECT_EQ(url("https://a.example/").path_prefix, "");
  EXPECT_EQ(url("https://a.example/x%20y").path_prefix, "/x%20y");
}

TEST(UpstreamUrl, KnowsAddresses) {
  EXPECT_EQ(url("http://127.0.0.1:9100"), (UpstreamUrl{false, "127.0.0.1", 9100, "", true}));
  EXPECT_EQ(url("https://[2001:DB8::1]:8443/x"),
            (UpstreamUrl{true, "2001:db8::1", 8443, "/x", true}));
}

TEST(UpstreamUrl, WritesTheHostField) {
  EXPECT_EQ(host_field(url("https://api.example.com:443")), "api.example.com");
  EXPECT_EQ(host_field(url("http://api.example.com:443")), "api.example.com:443");
  EXPECT_EQ(host_field(url("https://[::1]:8443")), "[::1]:8443");
  EXPECT_EQ(to_string(url("https://[::1]:8443/x/")), "https://[::1]:8443/x");
}

TEST(UpstreamUrl, RefusesWhatABaseUrlMayNotHold) {
  expect_refused("ftp://api.example.com", "http:// or https://");
  expect_refused("http:api.example.com", "host");
  expect_refused("api.example.com", "expected a URL");
  expect_refused("", "expected a URL");
  expect_refused("https://user:hunter2@api.example.com", "user or password");
  expect_refused("https://@api.example.com", "user or password");
  expect_refused("https://api.example.com/?key=1", "query");
  expect_refused("https://api.example.com/#top", "fragment");
  expect_refused("https://api.example.com/a/../b", "dot segments");
  expect_refused("https://api.example.com/a/%2E%2e/b", "dot segments");
  expect_refused("https://api.example.com/./", "dot segments");
  expect_refused("https://api.example.com/.", "dot segments");
  expect_refused("https://api.example.com//a", "empty segments");
  expect_refused("https://api.example.com/a//", "empty segments");
  expect_refused("https://api.example.com:0", "port");
  expect_refused("https://api.example.com:65536", "port");
  expect_refused("https://api.example.com/a b", "expected a URL");
  expect_refused("https://api.example.com/" + std::string(3'000, 'a'), "longer");
}

TEST(UpstreamUrl, RefusesHostsThatResolversReadAsHiddenAddresses) {
  for (const char* text :
       {"http://0x7f.1", "http://2130706433", "http://127.1", "http://0177.0.0.1", "http://a.0x7f",
        "http://1.2.3.4.5", "http://1.2.3.4.example/x", "http://1.2.3.4abc",
        "http://%31.example.com", "http://a..b", "http://-a.example", "http://:80",
        "http://[::1%25lo]", "http://[v1.a]", "http://example.com."}) {
    EXPECT_FALSE(parse_upstream_url(text)) << text;
  }
}

TEST(UpstreamUrl, NeverRepeatsAPasswordInTheFault) {
  const auto parsed = parse_upstream_url("https://user:hunter2@api.example.com");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().detail.find("hunter2"), std::string::npos);
}

TEST(ResourceUrl, KeepsPathAndQueryAsTheyWereWritten) {
  const auto target = [](std::string_view text) { return parse_resource_url(text).value().target; };
  EXPECT_EQ(target("https://hooks.example.com"), "/");
  EXPECT_EQ(target("http://93.184.215.14?a=b"), "/?a=b");
  EXPECT_EQ(target("https://hooks.example.com/x/?a=%5B1%5D/?"), "/x/?a=%5B1%5D/?");
  EXPECT_EQ(host_field(parse_resource_url("http://hooks:8080/x").value().server), "hooks:8080");
}

TEST(ResourceUrl, HasAQueryOfAllowedCharactersAndNoFragment) {
  for (const char* text : {"https://a.test/?a=[1]", "https://a.test/?{", "https://a.test/?|",
                           "https://a.test/?a b", "https://a.test/?a#b", "https://a.test/#b"}) {
    EXPECT_FALSE(parse_resource_url(text)) << text;
  }
  EXPECT_FALSE(parse_resource_url("https://a.test/?" + std::string(3'000, 'a')));
}

}  // namespace
}  // namespace apiforge::model
