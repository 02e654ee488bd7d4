#include "auth/detail/jwk.hpp"

#include <array>
#include <bit>

#include "auth/detail/base64url.hpp"

namespace apiforge::auth {
namespace {

constexpr std::array<std::string_view, 1> kSecretMembers = {"k"};
constexpr std::array<std::string_view, 2> kRsaPublic = {"n", "e"};
constexpr std::array<std::string_view, 6> kRsaPrivate = {"d", "p", "q", "dp", "dq", "qi"};
constexpr std::array<std::string_view, 2> kEcPublic = {"x", "y"};
constexpr std::array<std::string_view, 1> kOkpPublic = {"x"};
constexpr std::array<std::string_view, 1> kCurvePrivate = {"d"};

constexpr JwkForm kSecretForm = {"oct", "", {}, kSecretMembers};
constexpr JwkForm kRsaForm = {"RSA", "", kRsaPublic, kRsaPrivate};
constexpr JwkForm kEcForm = {"EC", "P-256", kEcPublic, kCurvePrivate};
constexpr JwkForm kOkpForm = {"OKP", "Ed25519", kOkpPublic, kCurvePrivate};

constexpr std::size_t kMinRsaBits = 2048;
constexpr std::size_t kMaxRsaBits = 8192;
constexpr std::size_t kMaxExponentBytes = 4;
constexpr std::size_t kCoordinateBytes = 32;
constexpr std::size_t kMaxJwkText = 12 * 1024;  // of an RSA key of 8192 bits

/// The length of a big-endian number; 0 for one that begins with a zero byte.
std::size_t bits_of(std::string_view number) {
  const auto first = number.empty() ? 0U : static_cast<std::uint8_t>(number.front());
  if (first == 0) return 0;
  return (number.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(first));
}

/// Whether the decoded member may be part of a key (RFC 8725 3.4, 3.5).
bool is_sound(TokenAlgorithm algorithm, std::string_view name, std::string_view bytes) {
  const auto& form = jwk_form(algorithm);
  if (form.kty == kSecretForm.kty) return bytes.size() >= min_secret_bytes(algorithm);
  if (!form.crv.empty()) return bytes.size() == kCoordinateBytes;
  if (name == "n") return bits_of(bytes) >= kMinRsaBits && bits_of(bytes) <= kMaxRsaBits;
  if (name == "e") {
    const bool is_odd = !bytes.empty() && (static_cast<std::uint8_t>(bytes.back()) & 1) != 0;
    return is_odd && bytes.size() <= kMaxExponentBytes && bits_of(bytes) > 1;
  }
  return !bytes.empty() && bytes.size() <= kMaxRsaBits / 8;
}

bool append_members(std::string& out, const StrictJson& json, const StrictJson::Node& key,
                    TokenAlgorithm algorithm, std::span<const std::string_view> names) {
  for (const auto name : names) {
    const auto text = json.text_of(key, name);
    if (!text) return false;
    auto bytes = base64url_decode(*text);
    if (!bytes) return false;
    const Secret decoded(std::move(*bytes));
    if (!is_sound(algorithm, name, decoded.reveal())) return false;
    out.append(",\"").append(name).append("\":\"").append(*text).append("\"");
  }
  return true;
}

}  // namespace

const JwkForm& jwk_form(TokenAlgorithm algorithm) {
  switch (algorithm) {
    case TokenAlgorithm::Rs256:
    case TokenAlgorithm::Ps256:
      return kRsaForm;
    case TokenAlgorithm::Es256:
      return kEcForm;
    case TokenAlgorithm::EdDsa:
      return kOkpForm;
    case TokenAlgorithm::Hs256:
    case TokenAlgorithm::Hs384:
    case TokenAlgorithm::Hs512:
      break;
  }
  return kSecretForm;
}

std::optional<Secret> select_jwk(const StrictJson& json, const StrictJson::Node& key,
                                 TokenAlgorithm algorithm, JwkPart part) {
  const auto& form = jwk_form(algorithm);
  if (json.text_of(key, "kty") != form.kty) return std::nullopt;
  if (!form.crv.empty() && json.text_of(key, "crv") != form.crv) return std::nullopt;
  std::string text;
  text.reserve(kMaxJwkText);  // growing would leave a copy of a part behind
  text.append(R"({"kty":")").append(form.kty).append("\"");
  if (!form.crv.empty()) text.append(R"(,"crv":")").append(form.crv).append("\"");
  const bool complete =
      append_members(text, json, key, algorithm, form.public_members) &&
      (part == JwkPart::Public || append_members(text, json, key, algorithm, form.private_members));
  text += "}";
  Secret selected(std::move(text));
  if (!complete) return std::nullopt;
  return selected;
}

Secret secret_jwk(std::string_view bytes) {
  std::string text;
  text.reserve(64 + bytes.size() * 2);
  text += R"({"kty":"oct","k":")";
  append_base64url(text, bytes_of(bytes));
  text += R"("})";
  return Secret(std::move(text));
}

}  // namespace apiforge::auth
