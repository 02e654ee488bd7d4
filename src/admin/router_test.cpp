#include "admin/router.hpp"

#include <gtest/gtest.h>

#include <set>

namespace apiforge::admin {
namespace {

using net::Method;

Result<ControlReply> nothing(const OperationCall&) {
  return ControlReply{};
}

constexpr Operation kTable[] = {
    {Method::Get, "/keys", "list", kCaller, Effect::None, &nothing},
    {Method::Post, "/keys", "create", kCaller, Effect::Create, &nothing},
    {Method::Get, "/keys/{id}", "get", kCaller, Effect::None, &nothing},
    {Method::Post, "/keys/{id}/rotate", "rotate", kCaller, Effect::Create, &nothing},
};

std::string route(Method method, std::string_view path) {
  const auto found = Router(kTable).find(method, path);
  if (found.operation == nullptr) return found.allow.empty() ? "404" : "405 " + found.allow;
  return std::string(found.operation->id) + (found.id.empty() ? "" : " " + found.id);
}

TEST(Router, finds_the_operation_of_method_and_path) {
  EXPECT_EQ(route(Method::Get, "/keys"), "list");
  EXPECT_EQ(route(Method::Post, "/keys"), "create");
  EXPECT_EQ(route(Method::Get, "/keys/a-B_9"), "get a-B_9");
  EXPECT_EQ(route(Method::Post, "/keys/a/rotate"), "rotate a");
  EXPECT_EQ(route(Method::Head, "/keys"), "list");
}

TEST(Router, tells_which_methods_there_are) {
  EXPECT_EQ(route(Method::Delete, "/keys"), "405 GET, HEAD, POST");
  EXPECT_EQ(route(Method::Get, "/keys/a/rotate"), "405 POST");
}

TEST(Router, knows_no_other_path) {
  for (const char* path : {"/", "/key", "/keys/", "/keys/a/", "/keys/a/b", "/keys//rotate", "/KEYS",
                           "/keys/a/rotate/"}) {
    EXPECT_EQ(route(Method::Get, path), "404") << path;
  }
}

TEST(Router, decodes_ids_and_takes_only_what_can_be_one) {
  EXPECT_EQ(route(Method::Get, "/keys/%61b"), "get ab");
  EXPECT_EQ(route(Method::Get, "/keys/a.b"), "get a.b");
  for (const char* path : {"/keys/a%2Fb", "/keys/%00", "/keys/.a", "/keys/%zz", "/keys/..",
                           "/keys/%E7%BD%91", "/keys/a%20b"}) {
    EXPECT_EQ(route(Method::Get, path), "404") << path;
  }
  EXPECT_EQ(route(Method::Get, "/keys/" + std::string(64, 'a')), "get " + std::string(64, 'a'));
  EXPECT_EQ(route(Method::Get, "/keys/" + std::string(65, 'a')), "404");
}

TEST(Operations, have_names_and_places_of_their_own) {
  std::set<std::string_view> ids;
  std::set<std::pair<Method, std::string_view>> places;
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
    EXPECT_TRUE(places.emplace(operation.method, operation.path).second) << operation.id;
  }
}

TEST(Operations, that_create_or_change_are_not_safe_methods) {
  for (const Operation& operation : operations()) {
    if (operation.effect == Effect::None) continue;
    EXPECT_NE(operation.method, Method::Get) << operation.id;
  }
}

}  // namespace
}  // namespace apiforge::admin
