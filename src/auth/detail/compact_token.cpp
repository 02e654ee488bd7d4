#include "auth/detail/compact_token.hpp"

#include <array>

#include "auth/access_token.hpp"
#include "auth/detail/base64url.hpp"
#include "auth/detail/strict_json.hpp"

namespace apiforge::auth {
namespace {

constexpr std::array<std::string_view, 8> kRefusedMembers = {"jwk", "jku",  "x5u", "x5c",
                                                             "b64", "crit", "zip", "enc"};
constexpr std::size_t kMaxHeaderValues = 32;
constexpr std::size_t kMaxKeyIdBytes = 256;

/// A text that may be absent, but not of another type.
OrRefusal<std::string> optional_text(const StrictJson& json, std::string_view name) {
  const auto* const node = json.member(name);
  if (node == nullptr) return std::string();
  if (node->kind != StrictJson::Kind::Text) return std::unexpected("a header of the wrong type");
  return std::string(json.text(*node));
}

OrRefusal<TokenHeader> read_header(std::string_view text) {
  const auto json = StrictJson::parse(text, kMaxHeaderValues);
  if (!json) return std::unexpected("the header is no strict JSON object");
  for (const auto name : kRefusedMembers) {
    if (json->member(name) != nullptr) return std::unexpected("a header that is never accepted");
  }
  const auto name = json->text_of("alg");
  const auto algorithm = name ? parse_token_algorithm(*name) : std::nullopt;
  if (!algorithm) return std::unexpected("an algorithm that is not accepted");
  auto key_id = optional_text(*json, "kid");
  if (!key_id) return std::unexpected(key_id.error());
  if (key_id->size() > kMaxKeyIdBytes) return std::unexpected("the key id is too long");
  auto type = optional_text(*json, "typ");
  if (!type) return std::unexpected(type.error());
  return TokenHeader{*algorithm, std::move(*key_id), std::move(*type)};
}

}  // namespace

OrRefusal<CompactToken> read_compact_token(std::string_view text) {
  if (text.size() > kMaxTokenBytes) return std::unexpected("the token is too long");
  const auto first = text.find('.');
  const auto last = text.rfind('.');
  if (first == std::string_view::npos || first == last || text.find('.', first + 1) != last) {
    return std::unexpected("not three parts");
  }
  const auto header_text = base64url_decode(text.substr(0, first));
  auto payload = base64url_decode(text.substr(first + 1, last - first - 1));
  auto signature = base64url_decode(text.substr(last + 1));
  if (!header_text || !payload || !signature) return std::unexpected("not canonical base64url");
  auto header = read_header(*header_text);
  if (!header) return std::unexpected(header.error());
  return CompactToken{text, text.substr(0, last), std::move(*header), std::move(*payload),
                      std::move(*signature)};
}

}  // namespace apiforge::auth
