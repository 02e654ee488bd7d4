#include "gateway/field_filter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "net/field_names.hpp"

namespace apiforge::gateway {
namespace {

using Names = std::vector<std::string>;

std::vector<net::Field> fields_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
  std::vector<net::Field> fields;
  for (const auto& [name, value] : pairs) fields.push_back({name, value, net::field_id(name)});
  return fields;
}

Names names_of(const std::vector<net::Field>& fields) {
  Names names;
  for (const net::Field& field : fields) names.emplace_back(field.name);
  return names;
}

Names passed_to_upstream(const std::vector<net::Field>& fields,
                         std::span<const std::string_view> stripped = {}) {
  net::RequestHead request;
  request.fields = fields;
  std::vector<net::Field> out;
  select_request_fields(request, stripped, false, out);
  return names_of(out);
}

Names passed_to_caller(const std::vector<net::Field>& fields, bool keep_length = false) {
  net::ResponseHead reply;
  reply.fields = fields;
  std::vector<net::Field> out;
  select_reply_fields(reply, keep_length, out);
  return names_of(out);
}

TEST(RequestFields, pass_in_their_order_and_spelling) {
  EXPECT_EQ(passed_to_upstream(fields_of({{"ACCEPT", "*/*"},
                                          {"x-custom", "1"},
                                          {"Content-Type", "text/plain"},
                                          {"Cookie", "a"},
                                          {"cookie", "b"}})),
            (Names{"ACCEPT", "x-custom", "Content-Type", "Cookie", "cookie"}));
}

TEST(RequestFields, the_priority_is_said_to_the_gateway_alone) {
  EXPECT_EQ(passed_to_upstream(fields_of({{"X-Priority", "admin"}, {"x-PRIORITY", "order"}})),
            Names());
}

TEST(RequestFields, of_this_hop_end_here) {
  EXPECT_EQ(passed_to_upstream(fields_of({{"Connection", "keep-alive"},
                                          {"Keep-Alive", "timeout=5"},
                                          {"Proxy-Connection", "close"},
                                          {"Proxy-Authorization", "Basic x"},
                                          {"Proxy-Authenticate", "Basic"},
                                          {"TE", "trailers"},
                                          {"Trailer", "X"},
                                          {"Transfer-Encoding", "chunked"},
                                          {"Upgrade", "h2c"},
                                          {"Accept", "*/*"}})),
            (Names{"Accept"}));
}

TEST(RequestFields, named_by_connection_end_here) {
  EXPECT_EQ(passed_to_upstream(fields_of({{"X-One", "1"},
                                          {"Connection", "close, x-one"},
                                          {"X-Two", "2"},
                                          {"connection", " ,X-TWO , "},
                                          {"X-Three", "3"}})),
            (Names{"X-Three"}));
}

// CVE-2024-45410: what a proxy adds must not be removable by naming it in `Connection`. What the
// gateway writes itself is not taken from these fields at all.
TEST(RequestFields, that_the_gateway_writes_are_not_taken_from_the_caller) {
  EXPECT_EQ(passed_to_upstream(fields_of({{"Host", "a"},
                                          {"Content-Length", "5"},
                                          {"Expect", "100-continue"},
                                          {"Forwarded", "for=1.1.1.1"},
                                          {"X-Forwarded-For", "1.1.1.1"},
                                          {"X-Forwarded-Host", "evil"},
                                          {"X-Forwarded-Port", "1"},
                                          {"X-Forwarded-Proto", "https"},
                                          {"X-Real-IP", "1.1.1.1"},
                                          {"X-Request-ID", "1"},
                                          {"X-API-Key", "secret"}})),
            Names{});
}

// CVE-2023-27487: a caller forged a field that the proxy itself believed.
TEST(RequestFields, of_the_gateways_own_cannot_be_forged) {
  EXPECT_EQ(passed_to_upstream(fields_of({{"X-APIForge-User", "admin"},
                                          {"x-apiforge-", "1"},
                                          {"X-ApiForge-Original-Path", "/"},
                                          {"X-APIForger", "fine"}})),
            (Names{"X-APIForger"}));
}

TEST(RequestFields, of_the_connector_are_stripped_in_any_case) {
  constexpr std::array<std::string_view, 2> kStripped{"x-mbx-apikey", "authorization"};
  EXPECT_EQ(passed_to_upstream(
                fields_of({{"X-MBX-APIKEY", "k"}, {"AUTHORIZATION", "b"}, {"A", "1"}}), kStripped),
            (Names{"A"}));
  EXPECT_EQ(passed_to_upstream(fields_of({{"Authorization", "b"}})), (Names{"Authorization"}));
}

TEST(RequestFields, are_appended) {
  const auto fields = fields_of({{"A", "1"}});
  net::RequestHead request;
  request.fields = fields;
  std::vector<net::Field> out = fields_of({{"Before", "0"}});
  select_request_fields(request, {}, false, out);
  EXPECT_EQ(names_of(out), (Names{"Before", "A"}));
}

TEST(RequestFields, that_hide_parts_of_a_reply_do_not_go_with_a_call_whose_reply_is_read) {
  auto fields = fields_of(
      {{"accept-ENCODING", "gzip"}, {"A", "1"}, {"RANGE", "bytes=0-9"}, {"If-Range", "\"1\""}});
  ask_for_plain_reply(fields);
  EXPECT_EQ(names_of(fields), (Names{"A", "Accept-Encoding"}));
  EXPECT_EQ(fields.back().value, "identity");
}

TEST(ReplyFields, lose_framing_hop_and_request_id) {
  EXPECT_EQ(passed_to_caller(fields_of({{"Content-Type", "a"},
                                        {"Content-Length", "5"},
                                        {"Transfer-Encoding", "chunked"},
                                        {"Connection", "close, X-Hop"},
                                        {"X-Hop", "1"},
                                        {"Keep-Alive", "timeout=5"},
                                        {"X-Request-ID", "theirs"},
                                        {"Set-Cookie", "a"},
                                        {"Set-Cookie", "b"},
                                        {"Retry-After", "3"}})),
            (Names{"Content-Type", "Set-Cookie", "Set-Cookie", "Retry-After"}));
}

TEST(ReplyFields, keep_the_length_of_a_body_that_is_not_sent) {
  EXPECT_EQ(passed_to_caller(fields_of({{"Content-Length", "5"}}), true),
            (Names{"Content-Length"}));
}

}  // namespace
}  // namespace apiforge::gateway
