#include "policy/canonical_target.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <vector>

#include "base/random.hpp"

namespace apiforge::policy {
namespace {

constexpr std::uint64_t kTargetSeed = 20261101;

/// The canonical path, or "refused" / "malformed".
std::string path_of(std::string_view target, std::string_view method = "GET") {
  std::string storage;
  const auto result = canonicalize_target(target, method, storage);
  if (result) return std::string(result->path);
  return result.error().code == ErrorCode::AmbiguousTarget ? "refused" : "malformed";
}

// --- A second opinion: the rules of the header, written as plainly and slowly as possible.

std::optional<int> slow_escape(const std::string& text, std::size_t at) {
  if (at + 2 >= text.size() || text[at] != '%') return std::nullopt;
  const std::string digits = text.substr(at + 1, 2);
  if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return std::nullopt;
  return std::stoi(digits, nullptr, 16);
}

bool slow_is_unreserved(int c) {
  return c < 0x80 && (std::isalnum(c) || std::string_view("-._~").contains(static_cast<char>(c)));
}

std::string slow_escaped(int c) {
  const std::string digits = "0123456789ABCDEF";
  return std::string("%") + digits.at(static_cast<std::size_t>(c / 16)) +
         digits.at(static_cast<std::size_t>(c % 16));
}

std::optional<std::string> slow_segment(const std::string& raw) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const int c = static_cast<unsigned char>(raw[i]);
    if (c <= 0x20 || c >= 0x7F || c == '\\' || c == '#') return std::nullopt;
    const bool semicolon = c == ';' || slow_escape(raw, i) == ';';
    if (semicolon && out.find_first_not_of('.') == std::string::npos) return std::nullopt;
    if (c != '%') {
      out += std::string_view("\"<>[]^`{|}").contains(raw[i]) ? slow_escaped(c) : raw.substr(i, 1);
      continue;
    }
    const auto byte = slow_escape(raw, i);
    if (!byte || *byte == '/' || *byte == '\\' || *byte == 0) return std::nullopt;
    const auto next = slow_escape(raw, i + 3);
    if (*byte == 0xC0 || *byte == 0xC1) return std::nullopt;
    if (*byte == 0xE0 && next && *next >= 0x80 && *next <= 0x9F) return std::nullopt;
    if (*byte == 0xF0 && next && *next >= 0x80 && *next <= 0x8F) return std::nullopt;
    out +=
        slow_is_unreserved(*byte) ? std::string(1, static_cast<char>(*byte)) : slow_escaped(*byte);
    i += 2;
  }
  return out;
}

std::string slow_path(const std::string& raw) {
  std::vector<std::string> segments{""};
  for (const char c : raw.substr(1)) {
    if (c == '/') {
      segments.emplace_back();
    } else {
      segments.back() += c;
    }
  }
  std::vector<std::string> kept;
  bool directory = false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    const auto segment = slow_segment(segments[i]);
    if (!segment || (segments[i].empty() && !last)) return "refused";
    directory = last && (segment->empty() || *segment == "." || *segment == "..");
    if (*segment == "..") {
      if (kept.empty()) return "refused";
      kept.pop_back();
    } else if (!segment->empty() && *segment != ".") {
      kept.push_back(*segment);
    }
  }
  std::string path;
  for (const auto& segment : kept) path += "/" + segment;
  return directory ? path + "/" : path;
}

TEST(CanonicalTarget, leaves_a_canonical_target_where_it_is) {
  const std::string_view target = "/proxy/binance/api/v3/order;v=1?symbol=BTCUSDT&x=%2F%zz?";
  std::string storage;
  const auto result = canonicalize_target(target, "GET", storage);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->path, "/proxy/binance/api/v3/order;v=1");
  EXPECT_EQ(result->path.data(), target.data());
  EXPECT_EQ(result->query, "symbol=BTCUSDT&x=%2F%zz?");
  EXPECT_EQ(result->authority, "");
  EXPECT_TRUE(storage.empty());
}

TEST(CanonicalTarget, resolves_every_spelling_of_a_dot_segment) {
  for (const auto* target :
       {"/admin", "/./admin", "/public/../admin", "/public/%2e%2e/admin", "/public/.%2E/admin",
        "/public/%2E./admin", "/%2e/admin", "/a/b/../../admin", "/a/./../admin", "/%61dmin",
        "/ad%6Din", "/public/../%41/../admin"}) {
    EXPECT_EQ(path_of(target), "/admin") << target;
  }
  EXPECT_EQ(path_of("/a/."), "/a/");
  EXPECT_EQ(path_of("/a/b/.."), "/a/");
  EXPECT_EQ(path_of("/a/.."), "/");
  EXPECT_EQ(path_of("/.well-known/jwks.json"), "/.well-known/jwks.json");
  EXPECT_EQ(path_of("/a/.../b"), "/a/.../b");
  EXPECT_EQ(path_of("/a/..b/c.."), "/a/..b/c..");
}

TEST(CanonicalTarget, refuses_to_climb_above_the_root) {
  for (const auto* target : {"/..", "/../", "/../admin", "/%2e%2e/admin", "/a/../../admin",
                             "/a/%2E%2e/%2e./x", "/./../x"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
}

TEST(CanonicalTarget, refuses_empty_segments) {
  for (const auto* target : {"//", "//admin", "/a//b", "/a//", "/a/..//b", "///", "/a/.//b"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(path_of("/a/"), "/a/");
}

TEST(CanonicalTarget, refuses_escaped_slashes_backslashes_and_nul) {
  for (const auto* escape : {"%2F", "%2f", "%5C", "%5c", "%00"}) {
    for (const auto* before : {"/", "/a", "/.."}) {
      EXPECT_EQ(path_of(std::string(before) + escape + "b"), "refused") << before << escape;
      EXPECT_EQ(path_of(std::string(before) + escape), "refused") << before << escape;
    }
  }
  EXPECT_EQ(path_of("/a\\b"), "refused");
  EXPECT_EQ(path_of("/..\\admin"), "refused");
}

TEST(CanonicalTarget, refuses_parameters_on_empty_and_dot_segments_only) {
  for (const auto* target :
       {"/public/..;/admin", "/public/..;x=1/admin", "/.;/admin", "/a/.;x", "/a/...;x", "/;/admin",
        "/a/;x/b", "/public/%2e%2e;/admin", "/public/..%3B/admin", "/public/%2e.%3b/admin"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
  EXPECT_EQ(path_of("/a;v=1/b;w"), "/a;v=1/b;w");
  EXPECT_EQ(path_of("/a;/.;b"), "refused");
  EXPECT_EQ(path_of("/a;..;/b"), "/a;..;/b");
  EXPECT_EQ(path_of("/a%3b"), "/a%3B");
}

TEST(CanonicalTarget, decodes_once_and_only_what_is_unreserved) {
  EXPECT_EQ(path_of("/%41%7e%2D%5f%2e%30"), "/A~-_.0");
  EXPECT_EQ(path_of("/%252F"), "/%252F");
  EXPECT_EQ(path_of("/%252e%252e/admin"), "/%252e%252e/admin");
  EXPECT_EQ(path_of("/caf%c3%a9"), "/caf%C3%A9");
  EXPECT_EQ(path_of("/%21%3a%3F%23"), "/%21%3A%3F%23");
  EXPECT_EQ(path_of("/a b"), "refused");
  EXPECT_EQ(path_of("/a%20b"), "/a%20b");
  EXPECT_EQ(path_of("/a{b}|\"<>^`[]"), "/a%7Bb%7D%7C%22%3C%3E%5E%60%5B%5D");
}

TEST(CanonicalTarget, refuses_incomplete_escapes) {
  for (const auto* target : {"/%", "/%2", "/%zz", "/%2g", "/a%", "/a%4", "/%%41", "/%u002f"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
}

TEST(CanonicalTarget, refuses_overlong_utf8) {
  for (const auto* target : {"/%c0%ae%c0%ae/admin", "/%C0%AF", "/%c1%9c", "/%e0%80%af",
                             "/%E0%9F%BF", "/%f0%80%80%af", "/%F0%8f%BF%BF"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
  EXPECT_EQ(path_of("/%e0%a0%80/%f0%9f%98%80/%e9"), "/%E0%A0%80/%F0%9F%98%80/%E9");
}

TEST(CanonicalTarget, refuses_every_control_byte_and_every_byte_above_ascii) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte > 0x20 && byte < 0x7F) continue;
    const char c = static_cast<char>(byte);
    EXPECT_EQ(path_of(std::string("/a") + c + "b"), "refused") << byte;
    EXPECT_EQ(path_of(std::string("/a?b") + c), "refused") << byte;
  }
}

TEST(CanonicalTarget, refuses_fragments) {
  for (const auto* target : {"/a#b", "/#", "/a?b#c", "/a#b?c", "http://h#f", "http://h/#f"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
}

TEST(CanonicalTarget, reads_the_absolute_form) {
  std::string storage;
  auto result = canonicalize_target("HTTP://Example.com:8080/a/../b?q", "GET", storage);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->authority, "Example.com:8080");
  EXPECT_EQ(result->path, "/b");
  EXPECT_EQ(result->query, "q");
  result = canonicalize_target("https://[::1]?q=1", "GET", storage);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->authority, "[::1]");
  EXPECT_EQ(result->path, "/");
  EXPECT_EQ(result->query, "q=1");
  EXPECT_EQ(path_of("http://example.com"), "/");
  for (const auto* target : {"http://", "http:///a", "http://user@host/", "http://a%2eb/",
                             "http://a\\b/", "http://?q"}) {
    EXPECT_EQ(path_of(target), "refused") << target;
  }
}

TEST(CanonicalTarget, knows_no_other_forms) {
  EXPECT_EQ(path_of("*", "OPTIONS"), "*");
  EXPECT_EQ(path_of("*", "GET"), "malformed");
  for (const auto* target : {"", "a", "example.com:443", "ftp://h/", "http:/a", "?q", "**"}) {
    EXPECT_EQ(path_of(target, "OPTIONS"), "malformed") << target;
  }
}

// CVE-2019-9901, -2021-29492, -2021-43557 and the `..;` family: with `/admin` denied, no target may
// reach it under another name. All three readers of a path see the one that this module returns, so
// it is enough that the path either is plainly below /admin or cannot be read as such by anyone.
TEST(CanonicalTarget, no_spelling_of_a_forbidden_path_slips_through) {
  const std::vector<std::string> ups = {
      "..",      "%2e%2e", ".%2e",  "%2E.", "..;",    "..;a=b", "%2e%2e;", "..%00",
      "%c0%ae.", "..%2f",  "..%5c", "..\\", "%252e.", "..%3b",  "%u002e.", "..%e0%80%af"};
  const std::vector<std::string> nows = {"", "./", "%2e/", "/", ";/", ".;/", "%2f", "\\", "a/../"};
  const std::vector<std::string> names = {"admin",    "%61dmin", "adm%69n",  "a%64min",
                                          "admin%00", "admin;x", "admin%2f", "admin\\"};
  std::set<std::string> corpus;
  for (const auto& up : ups) {
    for (const auto& now : nows) {
      for (const auto& name : names) corpus.insert("/public/" + up + "/" + now + name);
    }
  }
  ASSERT_GE(corpus.size(), 500u);
  for (const auto& target : corpus) {
    const std::string path = path_of(target);
    EXPECT_EQ(path, slow_path(target)) << target;
    if (path == "refused") continue;
    EXPECT_TRUE(path.starts_with("/admin") || path.starts_with("/public/%252e.")) << target;
    for (const auto* trick : {"//", "/./", "/../", "\\", "%2F", "%5C", "%00", "..;"}) {
      EXPECT_EQ(path.find(trick), std::string::npos) << target << " -> " << path;
    }
  }
}

TEST(CanonicalTarget, agrees_with_the_plain_rules_and_is_stable_on_random_targets) {
  SCOPED_TRACE(testing::Message() << "seed " << kTargetSeed);
  const std::vector<std::string> pieces = {
      "/",   "/",      ".",   "..",  "%2e", "%2E",  "%",   ";",   "a",   "Z9",  "~",
      "%7E", "%c3%a9", "%e0", "%80", "%af", "%f0",  "%2f", "%5C", "%3b", "%25", "{",
      "|",   ":",      "@",   "%41", "%4",  "\x7f", " ",   "#",   "\\",  "\xc3"};
  Random random(kTargetSeed);
  int accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string target = "/";
    const auto length = random.below(8);
    for (std::uint64_t i = 0; i < length; ++i) {
      // The last pieces are refused anywhere; most targets should do without.
      target += pieces[random.below(random.below(10) == 0 ? pieces.size() : 17)];
    }
    const std::string path = path_of(target);
    ASSERT_EQ(path, slow_path(target)) << target;
    if (path == "refused") continue;
    ++accepted;
    ASSERT_EQ(path_of(path), path) << target;
  }
  EXPECT_GT(accepted, 10'000);
}

}  // namespace
}  // namespace apiforge::policy
