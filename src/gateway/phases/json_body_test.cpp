#include "gateway/phases/json_body.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gateway/whole_reply.hpp"

namespace apiforge::gateway::phases {
namespace {

using Fields = std::vector<OwnedField>;

TEST(JsonBody, IsKnownByItsType) {
  EXPECT_TRUE(is_json_type("application/json"));
  EXPECT_TRUE(is_json_type("Application/JSON ; charset=utf-8"));
  EXPECT_TRUE(is_json_type("application/problem+json"));
  EXPECT_TRUE(is_json_type("application/vnd.api+json;v=1"));
  EXPECT_FALSE(is_json_type("application/x-ndjson"));
  EXPECT_FALSE(is_json_type("text/event-stream"));
  EXPECT_FALSE(is_json_type("text/plain; note=application/json"));
  EXPECT_FALSE(is_json_type(""));
}

TEST(JsonBody, CannotBeChangedInACodingOrOfUnclearType) {
  EXPECT_EQ(json_body_of(Fields{}), JsonBody::No);
  EXPECT_EQ(json_body_of(Fields{{"content-type", "application/json"}}), JsonBody::Yes);
  EXPECT_EQ(
      json_body_of(Fields{{"Content-Type", "application/json"}, {"Content-Encoding", "identity"}}),
      JsonBody::Yes);
  EXPECT_EQ(
      json_body_of(Fields{{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}),
      JsonBody::Encoded);
  EXPECT_EQ(json_body_of(Fields{{"Content-Type", "text/plain"}, {"Content-Encoding", "gzip"}}),
            JsonBody::No);
  // Two types: the reader behind the gateway may take the one that the gateway did not.
  EXPECT_EQ(
      json_body_of(Fields{{"Content-Type", "text/plain"}, {"Content-Type", "application/json"}}),
      JsonBody::Unclear);
}

TEST(JsonBody, LosesWhatIsTrueOfItsBytesOnly) {
  for (const char* name :
       {"Digest", "Content-Digest", "repr-digest", "Content-MD5", "Accept-Ranges"}) {
    EXPECT_TRUE(describes_bytes(name)) << name;
  }
  EXPECT_FALSE(describes_bytes("Content-Type"));
  EXPECT_EQ(weak_etag("\"1\""), "W/\"1\"");
  EXPECT_EQ(weak_etag("W/\"1\""), "W/\"1\"");
}

}  // namespace
}  // namespace apiforge::gateway::phases
