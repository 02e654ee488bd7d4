#include "policy/transform.hpp"

#include <gtest/gtest.h>

#include "policy/transform_fixture.hpp"

namespace apiforge::policy {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

CompiledTransform compiled(const Operations& operations, TransformOf of = TransformOf::Request) {
  auto transform = CompiledTransform::compile(operations, of);
  EXPECT_TRUE(transform) << transform.error().detail;
  return transform ? std::move(*transform) : CompiledTransform();
}

/// What is said of operations that are not accepted.
std::string refusal(const Operations& operations, TransformOf of = TransformOf::Request) {
  const auto transform = CompiledTransform::compile(operations, of);
  if (transform) return "accepted";
  EXPECT_EQ(transform.error().code, ErrorCode::InvalidConfiguration);
  return transform.error().detail;
}

Lines fields_after(const Operations& operations, const Lines& lines,
                   TransformOf of = TransformOf::Request, const KnownCall& call = {}) {
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : lines) fields.push_back({name, value});
  std::string storage;
  const CompiledTransform transform = compiled(operations, of);  // names are views of it
  const auto done = transform.edit_fields(fields, call, storage);
  if (!done) return {{"error", done.error().detail}};
  Lines result;
  for (const HeaderField& field : fields) {
    result.emplace_back(std::string(field.name), std::string(field.value));
  }
  return result;
}

/// Path and query, or what is wrong.
std::string target_after(const Operations& operations, std::string path, std::string query = {}) {
  const auto done = compiled(operations).edit_target(path, query, KnownCall());
  if (!done) return std::string(done.error().info().name);
  return query.empty() ? path : path + "?" + query;
}

// --- header fields

TEST(HeaderTransform, SetsAFieldInPlaceOfAllThatHaveItsName) {
  EXPECT_EQ(fields_after({set_header("X-A", "new")},
                         {{"x-a", "1"}, {"B", "2"}, {"X-a", "3"}, {"C", "4"}}),
            (Lines{{"x-a", "new"}, {"B", "2"}, {"C", "4"}}));
  EXPECT_EQ(fields_after({set_header("X-A", "new")}, {{"B", "2"}}),
            (Lines{{"B", "2"}, {"X-A", "new"}}));
}

TEST(HeaderTransform, AddsAFieldBesideOthersOfItsName) {
  EXPECT_EQ(fields_after({add_header("X-A", "2")}, {{"X-A", "1"}}),
            (Lines{{"X-A", "1"}, {"X-A", "2"}}));
}

TEST(HeaderTransform, RemovesAllFieldsOfAName) {
  EXPECT_EQ(fields_after({remove_header("x-a")}, {{"X-A", "1"}, {"B", "2"}, {"X-a", "3"}}),
            (Lines{{"B", "2"}}));
}

TEST(HeaderTransform, RenamesAFieldInPlaceOfOneThatHasTheNewName) {
  EXPECT_EQ(fields_after({rename_header("X-Old", "X-New")},
                         {{"X-New", "forged"}, {"x-old", "1"}, {"B", "2"}}),
            (Lines{{"X-New", "1"}, {"B", "2"}}));
}

TEST(HeaderTransform, RenamesNothingWhenThereIsNoSuchField) {
  EXPECT_EQ(fields_after({rename_header("X-Old", "X-New")}, {{"X-New", "1"}}),
            (Lines{{"X-New", "1"}}));
}

TEST(HeaderTransform, FillsInValuesOfTheCall) {
  EXPECT_EQ(fields_after({set_header("X-Who", "{{caller.tenant}}/{{caller.label}}"),
                          set_header("X-From", "{{client}}")},
                         {}),
            (Lines{{"X-Who", "acme/key:7"}, {"X-From", "192.0.2.7"}}));
  EXPECT_EQ(fields_after({set_header("X-Shard", "{{response.header.x-shard}}")}, {},
                         TransformOf::Response),
            (Lines{{"X-Shard", "eu"}}));
}

TEST(HeaderTransform, AppliesOperationsInTheirOrder) {
  EXPECT_EQ(fields_after({rename_header("A", "B"), set_header("A", "2"), remove_header("B")},
                         {{"A", "1"}}),
            (Lines{{"A", "2"}}));
}

TEST(HeaderTransform, RefusesACallWhoseValueWouldBreakOutOfItsField) {
  for (const char* value : {"a\r\nX-Admin: 1", "a\nb", std::string_view("\0", 1).data(), "\x7f"}) {
    KnownCall call;
    call.values[{CallValue::RequestQuery, "page"}] = value[0] == 0 ? std::string(1, 0) : value;
    EXPECT_EQ(
        fields_after({set_header("X-Page", "{{request.query.page}}")}, {}, TransformOf::Request,
                     call),
        (Lines{{"error", "the value for the header field 'X-Page' would have a control byte"}}));
  }
}

TEST(HeaderTransform, SaysWhoseFaultAValueIs) {
  KnownCall call;
  call.values[{CallValue::Client, ""}] = "\n";
  std::vector<HeaderField> fields;
  std::string storage;
  for (const auto& [of, code] : {std::pair{TransformOf::Request, ErrorCode::MalformedRequest},
                                 {TransformOf::Response, ErrorCode::TransformFailed}}) {
    const auto done =
        compiled({set_header("X", "{{client}}")}, of).edit_fields(fields, call, storage);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, code);
  }
}

TEST(HeaderTransform, RefusesFieldsOfFramingConnectionAndGateway) {
  for (const char* name :
       {"Content-Length", "transfer-encoding", "Content-Encoding", "Connection", "Keep-Alive", "TE",
        "Trailer", "Upgrade", "Proxy-Connection", "Expect", "Host", "X-Forwarded-For", "Forwarded",
        "X-Real-IP", "X-Request-ID", "X-APIForge-Anything", "Proxy-Authorization"}) {
    for (const auto of : {TransformOf::Request, TransformOf::Response}) {
      EXPECT_TRUE(
          refusal({set_header(name, "1")}, of).starts_with("/transform/request/0/name: '") ||
          refusal({set_header(name, "1")}, of).starts_with("/transform/response/0/name: '"))
          << name;
      EXPECT_NE(refusal({add_header(name, "1")}, of), "accepted") << name;
      EXPECT_NE(refusal({remove_header(name)}, of), "accepted") << name;
      EXPECT_NE(refusal({rename_header(name, "X-A")}, of), "accepted") << name;
      EXPECT_NE(refusal({rename_header("X-A", name)}, of), "accepted") << name;
    }
  }
}

TEST(HeaderTransform, MayRemoveACredentialButNeverSetOrRenameOne) {
  for (const char* name : {"Authorization", "X-API-Key", "Cookie", "Set-Cookie"}) {
    EXPECT_EQ(refusal({set_header(name, "1")}),
              std::string("/transform/request/0/name: '") + name +
                  "' is a credential: configure a Credential for the Api instead");
    EXPECT_NE(refusal({rename_header(name, "X-A")}), "accepted") << name;
    EXPECT_NE(refusal({rename_header("X-A", name)}), "accepted") << name;
    EXPECT_EQ(refusal({remove_header(name)}), "accepted") << name;
  }
}

TEST(HeaderTransform, RefusesWhatIsNoFieldNameOrNoValue) {
  EXPECT_EQ(refusal({set_header("a b", "1")}),
            "/transform/request/0/name: must be the name of a header field, not 'a b'");
  EXPECT_NE(refusal({set_header("", "1")}), "accepted");
  EXPECT_NE(refusal({set_header("a\r\nb", "1")}), "accepted");
  EXPECT_EQ(refusal({set_header("a", "1\r\nb: 2")}),
            "/transform/request/0/value: has a control byte");
  EXPECT_TRUE(refusal({set_header("a", "{{nothing}}")})
                  .starts_with("/transform/request/0/value: there is"));
}

// --- path and query

TEST(QueryTransform, SetsAParameterInItsPlace) {
  EXPECT_EQ(target_after({set_query("b", "x y")}, "/p", "a=%2f&b=1&c=%7E&b=2"),
            "/p?a=%2f&b=x%20y&c=%7E");
  EXPECT_EQ(target_after({set_query("b", "1")}, "/p"), "/p?b=1");
}

TEST(QueryTransform, KeepsOrderAndEncodingOfWhatItDoesNotName) {
  EXPECT_EQ(target_after({add_query("z", "1")}, "/p", "b=%2F%2f&a&c=+"), "/p?b=%2F%2f&a&c=+&z=1");
  EXPECT_EQ(target_after({remove_query("a")}, "/p", "b=%2F%2f&a&c=+"), "/p?b=%2F%2f&c=+");
}

TEST(QueryTransform, FindsParametersByTheirDecodedName) {
  EXPECT_EQ(target_after({remove_query("sort by")}, "/p", "sort%20by=1&%73ort%20by=2&x=1"),
            "/p?x=1");
}

TEST(QueryTransform, RenamesAParameterAndKeepsItsValue) {
  EXPECT_EQ(target_after({rename_query("q", "search text")}, "/p", "a=1&q=%41%2b&b=2"),
            "/p?a=1&search%20text=%41%2b&b=2");
  EXPECT_EQ(target_after({rename_query("q", "s")}, "/p", "s=forged&q=1"), "/p?s=1");
  EXPECT_EQ(target_after({rename_query("q", "s")}, "/p", "s=1"), "/p?s=1");
}

TEST(QueryTransform, EncodesValuesOfTheCallSoThatTheyStayOneValue) {
  EXPECT_EQ(target_after({set_query("page", "{{request.query.page}}")}, "/p", "page=0"),
            "/p?page=2%20%26%203");
}

TEST(PathTransform, RewritesAPathThatThePatternMatchesWhole) {
  EXPECT_EQ(target_after({rewrite_path("/v1/(.*)", "/v2/\\1")}, "/v1/orders/7"), "/v2/orders/7");
  EXPECT_EQ(target_after({rewrite_path("/([^/]+)/([^/]+)", "/\\2/by/\\1")}, "/a/b"), "/b/by/a");
  EXPECT_EQ(target_after({rewrite_path("/v1", "/v2")}, "/v1/orders"), "/v1/orders");
}

TEST(PathTransform, PutsValuesOfTheCallIntoAPathAsOneSegment) {
  EXPECT_EQ(target_after({rewrite_path("/(.*)", "/t/{{caller.tenant}}/\\1")}, "/x"), "/t/acme/x");
  EXPECT_EQ(target_after({rewrite_path("/x", "/{{request.query.page}}")}, "/x"), "/2%20%26%203");
}

TEST(PathTransform, RefusesACallWhosePathWouldNotBeCanonical) {
  // With slashes from the call, the escaped path has two readings.
  EXPECT_EQ(target_after({rewrite_path("/x", "/{{request.path}}")}, "/x"), "ambiguous_target");
  EXPECT_EQ(target_after({rewrite_path("/(.*)/(.*)", "/\\1.\\2./")}, "//"), "ambiguous_target");
  EXPECT_EQ(target_after({rewrite_path("/a(.*)", "/b/\\1")}, "/a/c"), "ambiguous_target");
  EXPECT_EQ(target_after({rewrite_path("/x", "/{{request.header.none}}/y")}, "/x"),
            "ambiguous_target");
}

TEST(PathTransform, RefusesAValueThatCanNeverBeAPath) {
  for (const char* value : {"v2/\\1", "/a/../b", "/a//b", "/a?b=1", "/a b", "/%2Fa", "/a#b", "",
                            "http://other/a", "//other/a", "/a\\"}) {
    EXPECT_TRUE(refusal({rewrite_path("/(.*)", value)}).starts_with("/transform/request/0/value: "))
        << value;
  }
}

TEST(PathTransform, RefusesAPatternThatIsNone) {
  EXPECT_TRUE(refusal({rewrite_path("/(", "/a")})
                  .starts_with("/transform/request/0/pattern: is no pattern"));
  EXPECT_NE(refusal({rewrite_path("", "/a")}), "accepted");
  EXPECT_EQ(
      refusal({rewrite_path("/a", "/\\1")}),
      "/transform/request/0/value: a \\ must be followed by the number of a group of the pattern");
}

TEST(TargetTransform, IsForRequestsOnly) {
  for (const auto& step : {set_query("a", "1"), remove_query("a"), rewrite_path("/a", "/b")}) {
    EXPECT_EQ(refusal({step}, TransformOf::Response),
              "/transform/response/0/op: a reply has no path and no query; this is for requests");
  }
}

TEST(TargetTransform, RefusesParametersWithoutAName) {
  EXPECT_NE(refusal({set_query("", "1")}), "accepted");
  EXPECT_NE(refusal({rename_query("a", "")}), "accepted");
}

// --- all together

TEST(Transform, WithoutOperationsChangesNothing) {
  const CompiledTransform nothing = compiled({});
  EXPECT_FALSE(nothing.changes_head());
  EXPECT_FALSE(nothing.changes_body());
  std::string path = "/a/%2f";
  std::string query = "&&b=%zz&";
  EXPECT_TRUE(nothing.edit_target(path, query, KnownCall()));
  EXPECT_EQ(path + "?" + query, "/a/%2f?&&b=%zz&");
  const auto body = nothing.edit_body("not json", KnownCall(), 1);
  ASSERT_TRUE(body);
  EXPECT_FALSE(*body);
}

TEST(Transform, KnowsWhatItChanges) {
  EXPECT_TRUE(compiled({set_header("A", "1")}).changes_fields());
  EXPECT_FALSE(compiled({set_header("A", "1")}).changes_target());
  EXPECT_TRUE(compiled({set_query("a", "1")}).changes_target());
  EXPECT_TRUE(compiled({remove_json("/a")}).changes_body());
  EXPECT_FALSE(compiled({remove_json("/a")}).changes_head());
}

TEST(Transform, NamesThePlaceOfAFault) {
  EXPECT_EQ(
      refusal({set_header("A", "1"), map_json("/a", {remove_json("/b"), remove_json("c")})}),
      "/transform/request/1/operations/1/pointer: 'c' is no JSON pointer: it begins with / (or is "
      "empty, for the whole body)");
}

TEST(Transform, TellsTheFirstFaultOfBothListsWithItsPointer) {
  model::Transformation transformation;
  transformation.request = {set_header("A", "1")};
  EXPECT_FALSE(find_fault(transformation));
  transformation.response = {set_header("A", "{{client")};
  const auto fault = find_fault(transformation);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->pointer, "/transform/response/0/value");
  EXPECT_EQ(fault->message, "has a {{ without }}; a value of the call is written {{client}}");
}

TEST(Transform, HasABoundOfOperations) {
  Operations many(CompiledTransform::kMaxOperations, remove_header("A"));
  EXPECT_EQ(refusal(many), "accepted");
  many.push_back(remove_header("A"));
  EXPECT_EQ(refusal(many), "/transform/request/64: there are more than 64 operations");
  EXPECT_NE(refusal({map_json("/a", Operations(64, remove_json("/b")))}), "accepted");
}

TEST(Transform, CanBeCopiedAndUsedAfterwards) {
  const CompiledTransform copy = CompiledTransform(compiled({rewrite_path("/a", "/b")}));
  std::string path = "/a";
  std::string query;
  ASSERT_TRUE(copy.edit_target(path, query, KnownCall()));
  EXPECT_EQ(path, "/b");
}

}  // namespace
}  // namespace apiforge::policy
