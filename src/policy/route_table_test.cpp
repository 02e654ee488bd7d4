#include "policy/route_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

using Headers = std::map<std::string, std::string>;

std::string_view find_header(const void* context, std::string_view name) {
  const auto& headers = *static_cast<const Headers*>(context);
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

class RouteTableTest : public testing::Test {
 protected:
  /// The value of a route is the number of routes given before it.
  void given(model::Route route) {
    routes_.push_back(std::move(route));
    labels_.push_back("r" + std::to_string(labels_.size()));
  }
  void given_path(std::string path) {
    model::Route route;
    route.path = std::move(path);
    given(std::move(route));
  }

  Result<RouteTable> build() const {
    std::vector<RouteEntry> entries;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      entries.push_back({&routes_[i], static_cast<std::uint32_t>(i), labels_[i]});
    }
    return RouteTable::build(entries);
  }

  RouteResult match(std::string_view path, std::string_view method = "GET",
                    std::string_view host = "example.com", const Headers& headers = {}) {
    if (!table_) {
      auto built = build();
      EXPECT_TRUE(built) << built.error().detail;
      table_ = std::move(*built);
    }
    return table_->match({host, path, method, {find_header, &headers}});
  }

  /// The number of the matched route, or -1.
  int leads_to(std::string_view path, std::string_view method = "GET",
               std::string_view host = "example.com", const Headers& headers = {}) {
    const auto result = match(path, method, host, headers);
    return result.match ? static_cast<int>(result.match->value) : -1;
  }

  void expect_refused(std::string_view text) {
    const auto built = build();
    ASSERT_FALSE(built);
    EXPECT_EQ(built.error().code, ErrorCode::InvalidConfiguration);
    EXPECT_THAT(built.error().detail, testing::HasSubstr(std::string(text)));
  }

  std::deque<model::Route> routes_;
  std::deque<std::string> labels_;
  std::optional<RouteTable> table_;
};

TEST_F(RouteTableTest, an_empty_table_matches_nothing) {
  EXPECT_FALSE(RouteTable().match({"h", "/", "GET", {}}).match);
  EXPECT_EQ(leads_to("/"), -1);
}

TEST_F(RouteTableTest, a_prefix_matches_whole_segments_only) {
  given_path("/api");
  EXPECT_EQ(leads_to("/api"), 0);
  EXPECT_EQ(leads_to("/api/"), 0);
  EXPECT_EQ(leads_to("/api/x/y"), 0);
  EXPECT_EQ(leads_to("/apix"), -1);
  EXPECT_EQ(leads_to("/ap"), -1);
  EXPECT_EQ(leads_to("/"), -1);
  EXPECT_EQ(leads_to("*", "OPTIONS"), -1);
  EXPECT_EQ(match("/api/x").match->prefix_length, 4u);
}

TEST_F(RouteTableTest, the_longest_prefix_wins) {
  given_path("/a");
  given_path("/a/b/c/");
  given_path("");
  given_path("/a/b");
  EXPECT_EQ(leads_to("/a/b/c/d"), 1);
  EXPECT_EQ(leads_to("/a/b/d"), 3);
  EXPECT_EQ(leads_to("/a/x"), 0);
  EXPECT_EQ(leads_to("/x"), 2);
  EXPECT_EQ(match("/x").match->prefix_length, 0u);
}

TEST_F(RouteTableTest, a_parameter_matches_one_segment_and_yields_to_literals) {
  given_path("/users/{id}/orders/{order}");
  given_path("/users/me/orders");
  given_path("/users/{name}");
  given_path("/users/me");
  const auto result = match("/users/7/orders/42/items");
  ASSERT_TRUE(result.match);
  EXPECT_EQ(result.match->value, 0u);
  EXPECT_EQ(result.match->prefix_length, std::string_view("/users/7/orders/42").size());
  ASSERT_EQ(result.match->params().size(), 2u);
  EXPECT_EQ(result.match->params()[0].name, "id");
  EXPECT_EQ(result.match->params()[0].value, "7");
  EXPECT_EQ(result.match->params()[1].name, "order");
  EXPECT_EQ(result.match->params()[1].value, "42");
  EXPECT_EQ(leads_to("/users/me"), 3);
  EXPECT_EQ(leads_to("/users/you"), 2);
  EXPECT_EQ(match("/users/you").match->params()[0].name, "name");
  EXPECT_EQ(leads_to("/users/me/orders"), 1);
  EXPECT_EQ(leads_to("/users/me/orders/1"), 0) << "more segments beat a literal";
  EXPECT_EQ(leads_to("/users/"), -1) << "a parameter is never empty";
}

TEST_F(RouteTableTest, an_exact_host_beats_a_wildcard_and_the_longest_wildcard_wins) {
  const auto with_host = [](std::string host) {
    model::Route route;
    route.hosts = {std::move(host)};
    route.path = "/a";
    return route;
  };
  given(with_host("*.example.com"));
  given(with_host("API.example.com"));
  given(with_host("*.eu.example.com"));
  given_path("/");
  EXPECT_EQ(leads_to("/a", "GET", "api.example.com"), 1);
  EXPECT_EQ(leads_to("/a", "GET", "x.eu.example.com"), 2);
  EXPECT_EQ(leads_to("/a", "GET", "x.y.eu.example.com"), 2);
  EXPECT_EQ(leads_to("/a", "GET", "eu.example.com"), 0);
  EXPECT_EQ(leads_to("/a", "GET", "example.com"), 3) << "a wildcard needs a label";
  EXPECT_EQ(leads_to("/a", "GET", ""), 3);
  EXPECT_EQ(leads_to("/b", "GET", "api.example.com"), 3) << "no route of the host has that path";
  EXPECT_EQ(leads_to("/a", "GET", std::string(1000, '.') + "example.com"), 3);
}

TEST_F(RouteTableTest, the_host_outranks_the_length_of_the_path) {
  given_path("/a/b");
  model::Route route;
  route.hosts = {"example.com"};
  route.path = "/a";
  given(route);
  EXPECT_EQ(leads_to("/a/b"), 1);
}

TEST_F(RouteTableTest, more_headers_then_methods_then_order_decide_among_equals) {
  model::Route route;
  route.path = "/a";
  given(route);
  route.methods = {"GET"};
  given(route);
  route.methods = {"GET", "POST"};
  given(route);
  route.methods = {};
  route.headers = {{"X-API-Version", "v2"}};
  given(route);
  route.headers = {{"X-API-Version", "v2"}, {"X-Beta", "1"}};
  given(route);
  EXPECT_EQ(leads_to("/a", "GET"), 1);
  EXPECT_EQ(leads_to("/a", "POST"), 2);
  EXPECT_EQ(leads_to("/a", "PUT"), 0);
  EXPECT_EQ(leads_to("/a", "GET", "h", {{"x-api-version", "v2"}}), 3);
  EXPECT_EQ(leads_to("/a", "GET", "h", {{"x-api-version", "v20"}}), 1);
  EXPECT_EQ(leads_to("/a", "GET", "h", {{"x-api-version", "v2"}, {"x-beta", "1"}}), 4);
}

TEST_F(RouteTableTest, a_route_whose_conditions_fail_gives_way_to_a_shorter_one) {
  model::Route route;
  route.path = "/a/b";
  route.methods = {"POST"};
  given(route);
  given_path("/a");
  EXPECT_EQ(leads_to("/a/b", "GET"), 1);
  EXPECT_EQ(leads_to("/a/b", "POST"), 0);
}

TEST_F(RouteTableTest, names_the_methods_that_would_have_matched) {
  model::Route route;
  route.path = "/a";
  route.methods = {"POST", "PROPFIND"};
  given(route);
  route.path = "/a/b";
  route.methods = {"PUT", "POST"};
  given(route);
  const auto result = match("/a/b", "GET");
  EXPECT_FALSE(result.match);
  EXPECT_EQ(table_->allow(result.allowed_methods), "POST, PROPFIND, PUT");
  EXPECT_EQ(table_->allow(match("/a", "put").allowed_methods), "POST, PROPFIND");
  EXPECT_EQ(match("/x", "GET").allowed_methods, 0u);
  EXPECT_EQ(leads_to("/a", "PROPFIND"), 0);
}

TEST_F(RouteTableTest, paths_are_compiled_to_the_spelling_of_requests) {
  given_path("/caf%c3%a9/%7eme/binance@v3");
  EXPECT_EQ(leads_to("/caf%C3%A9/~me/binance@v3/x"), 0);
}

TEST_F(RouteTableTest, refuses_paths_that_no_request_can_have) {
  for (const auto* path : {"a", "/a//b", "/a/../b", "/.", "/a/x{y}", "/{}", "/a b", "/a%2fb",
                           "/a?b", "/a?", "//", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"}) {
    SCOPED_TRACE(path);
    routes_.clear();
    labels_.clear();
    given_path(path);
    expect_refused("Route r0: ");
  }
  routes_.clear();
  labels_.clear();
  model::Route route;
  route.hosts = {"a.*.com"};
  given(route);
  expect_refused("Route r0: a host");
}

TEST_F(RouteTableTest, names_both_routes_that_are_equal_in_all_conditions) {
  model::Route route;
  route.hosts = {"a.com", "b.com"};
  route.path = "/x/{id}";
  route.methods = {"GET", "POST"};
  route.headers = {{"X-V", "1"}};
  given(route);
  route.headers = {{"X-V", "2"}};
  given(route);
  route.hosts = {"c.com", "B.com"};
  route.path = "/x/{name}/";
  route.methods = {"POST", "GET"};
  route.headers = {{"x-v", "1"}};
  given(route);
  expect_refused("Route r2: the same host, path `/x/{name}/`, headers and methods as route r0");
}

// --- Against the rules of the header, applied to one route after the other.

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> result;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    if (!segment.empty()) result.emplace_back(segment);
    path.remove_prefix(segment.size());
  }
  return result;
}

/// How well a host condition fits: 0 not, 1 any host, wildcards by length, exact.
std::size_t host_rank(const model::Route& route, const std::string& host) {
  if (route.hosts.empty()) return 1;
  std::size_t best = 0;
  for (const auto& name : route.hosts) {
    if (name == host) best = 1000;
    if (name.starts_with("*.") && host.ends_with(name.substr(1))) {
      best = std::max(best, 1 + name.size());
    }
  }
  return best;
}

/// A key that orders matching routes: the greatest wins. Empty when the route does not match.
std::vector<std::size_t> rank(const model::Route& route, std::size_t order, const std::string& host,
                              std::string_view path, const std::string& method,
                              const Headers& headers) {
  const std::size_t by_host = host_rank(route, host);
  const auto wanted = segments_of(route.path);
  const auto given = segments_of(path);
  if (by_host == 0 || wanted.size() > given.size()) return {};
  std::vector<std::size_t> key = {by_host, wanted.size()};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool parameter = wanted[i].starts_with('{');
    if (!parameter && wanted[i] != given[i]) return {};
    key.push_back(parameter ? 0 : 1);
  }
  for (const auto& [name, value] : route.headers) {
    if (find_header(&headers, name) != value) return {};
  }
  if (!route.methods.empty() && std::ranges::count(route.methods, method) == 0) return {};
  key.push_back(route.headers.size());
  key.push_back(route.methods.empty() ? 0 : 1);
  key.push_back(1'000'000 - order);
  return key;
}

TEST_F(RouteTableTest, agrees_with_a_search_through_all_routes) {
  const std::uint64_t seed = 20261102;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  const std::vector<std::string> names = {"a", "b", "c", "{p}", "{q}"};
  const std::vector<std::string> hosts = {"x.com", "*.x.com", "*.y.x.com", "z.y.x.com", "y.x.com"};
  const std::vector<std::string> methods = {"GET", "POST", "PUT"};
  int matched = 0;
  for (int round = 0; round < 300; ++round) {
    routes_.clear();
    labels_.clear();
    const auto count = 1 + random.below(40);
    while (routes_.size() < count) {
      model::Route route;
      for (auto i = random.below(5); i > 0; --i) route.path += "/" + names[random.below(5)];
      if (random.below(2) == 0) route.hosts = {hosts[random.below(5)]};
      if (random.below(2) == 0) route.methods = {methods[random.below(3)]};
      if (random.below(3) == 0) route.headers = {{"x-v", random.below(2) == 0 ? "1" : "2"}};
      given(route);
      if (!build()) routes_.pop_back(), labels_.pop_back();  // equal to an earlier one
      if (routes_.empty()) break;
      if (random.below(100) == 0) break;
    }
    table_.reset();
    for (int call = 0; call < 200; ++call) {
      std::string path;
      for (auto i = random.below(6); i > 0; --i) path += "/" + names[random.below(3)];
      if (path.empty() || random.below(4) == 0) path += "/";
      const std::string host =
          random.below(6) == 0 ? "other" : hosts[2 + random.below(3)].substr(1);
      const std::string method = methods[random.below(3)];
      const Headers headers = {{"x-v", random.below(2) == 0 ? "1" : "2"}};
      int best = -1;
      std::vector<std::size_t> best_key;
      for (std::size_t i = 0; i < routes_.size(); ++i) {
        auto key = rank(routes_[i], i, host, path, method, headers);
        if (key > best_key) best_key = std::move(key), best = static_cast<int>(i);
      }
      matched += best >= 0 ? 1 : 0;
      ASSERT_EQ(leads_to(path, method, host, headers), best) << method << ' ' << host << path;
    }
  }
  EXPECT_GT(matched, 10'000);
}

TEST_F(RouteTableTest, holds_twenty_thousand_routes) {
  for (int i = 0; i < 20'000; ++i) given_path("/proxy/api-" + std::to_string(i));
  for (int i = 0; i < 20'000; i += 97) {
    ASSERT_EQ(leads_to("/proxy/api-" + std::to_string(i) + "/x"), i);
  }
  EXPECT_EQ(leads_to("/proxy/api-20000"), -1);
  EXPECT_EQ(table_->size(), 20'000u);
}

}  // namespace
}  // namespace apiforge::policy
