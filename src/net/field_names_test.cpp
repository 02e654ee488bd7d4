#include "net/field_names.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <set>
#include <string>

namespace apiforge::net {
namespace {

const std::map<std::string, FieldId> kSome{
    {"Host", FieldId::Host},
    {"TE", FieldId::Te},
    {"Via", FieldId::Via},
    {"Content-Length", FieldId::ContentLength},
    {"Transfer-Encoding", FieldId::TransferEncoding},
    {"Connection", FieldId::Connection},
    {"Authorization", FieldId::Authorization},
    {"Proxy-Authorization", FieldId::ProxyAuthorization},
    {"X-Api-Key", FieldId::XApiKey},
    {"X-Forwarded-Host", FieldId::XForwardedHost},
    {"X-Forwarded-Port", FieldId::XForwardedPort},
};

TEST(FieldNames, are_known_in_any_case) {
  for (const auto& [name, id] : kSome) {
    std::string upper = name;
    std::string lower = name;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    for (const std::string& spelling : {name, upper, lower}) {
      EXPECT_EQ(field_id(spelling), id) << spelling;
    }
  }
}

TEST(FieldNames, are_known_only_when_each_letter_is_right) {
  // All bytes that a name can have (RFC 9110 5.6.2), in the place of each of its bytes.
  const std::string tokens =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const auto& [name, id] : kSome) {
    for (std::size_t at = 0; at < name.size(); ++at) {
      for (const char other : tokens) {
        std::string changed = name;
        changed[at] = other;
        const bool same = std::tolower(other) == std::tolower(name[at]);
        if (same) {
          EXPECT_EQ(field_id(changed), id) << changed;
        } else {
          EXPECT_NE(field_id(changed), id) << changed;
        }
      }
    }
  }
}

TEST(FieldNames, that_are_longer_or_shorter_or_others_are_not_known) {
  for (const auto& [name, id] : kSome) {
    EXPECT_NE(field_id(name + "s"), id);
    EXPECT_NE(field_id("x" + name), id);
    EXPECT_NE(field_id(name.substr(1)), id);
    EXPECT_NE(field_id(name.substr(0, name.size() - 1)), id);
  }
  for (const char* name : {"", "x", "-", "etag", "last-modified", "x-forwarded-by", "hosts"}) {
    EXPECT_EQ(field_id(name), FieldId::Other) << name;
  }
  EXPECT_EQ(field_id(std::string(4 + 256, 'h')), FieldId::Other);
}

}  // namespace
}  // namespace apiforge::net
