// Tokens that a forger would try. None is accepted, and all are refused with the same words.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "auth/detail/strict_json.hpp"
#include "auth/token_workshop.hpp"
#include "base/random.hpp"

namespace apiforge::auth {
namespace {

using namespace test;

const std::string kSecret = "the secret of the gateway, 32 bytes or more";

class ForgedToken : public testing::Test {
 protected:
  void expect_refused(std::string_view token, WallTime now = kNow) const {
    const auto claims = verifier_.verify(token, now);
    ASSERT_FALSE(claims) << token;
    EXPECT_EQ(claims.error().code, ErrorCode::InvalidCredential);
    EXPECT_EQ(claims.error().detail, kInvalidCredentialDetail);
    EXPECT_EQ(claims.error().context.find(kSecret), std::string::npos);
  }
  void expect_header_refused(const std::string& header) const {
    expect_refused(hs256_token(kSecret, header, good_payload()));
  }
  void expect_payload_refused(const std::string& payload) const {
    expect_refused(hs256_token(kSecret, good_header(), payload));
  }
  std::string good_header() const {
    return R"({"alg":"HS256","kid":")" + keys_.keys[0].id + R"(","typ":"at+jwt"})";
  }
  std::string header_with(const std::string& members) const {
    return R"({"alg":"HS256","kid":")" + keys_.keys[0].id + R"(","typ":"at+jwt",)" + members + "}";
  }
  std::string with_kid(const std::string& kid) const {
    return R"({"alg":"HS256","kid":")" + kid + R"(","typ":"at+jwt"})";
  }

  const SigningKeySet keys_{
      {signing_key_from_secret(TokenAlgorithm::Hs256, Secret(kSecret)).value(),
       key_named_after(TokenAlgorithm::Rs256), key_named_after(TokenAlgorithm::Es256),
       key_named_after(TokenAlgorithm::EdDsa)}};
  const TokenVerifier verifier_ = TokenVerifier::make(keys_, {}).value();
};

TEST_F(ForgedToken, TheHonestOneIsAccepted) {
  EXPECT_TRUE(verifier_.verify(hs256_token(kSecret, good_header(), good_payload()), kNow));
}

// CVE-2015-9235
TEST_F(ForgedToken, WithoutASignature) {
  for (const auto* name : {"none", "None", "NONE", "nOnE", "", "HS256"}) {
    for (const auto& kid : {keys_.keys[0].id, std::string("RS256"), std::string()}) {
      const auto input = signing_input(
          R"({"alg":")" + std::string(name) + R"(","kid":")" + kid + R"(","typ":"at+jwt"})",
          good_payload());
      expect_refused(input + ".");
      expect_refused(input);
      expect_refused(with_signature(input, hmac_sha256("", input)));
    }
  }
}

// CVE-2016-10555
TEST_F(ForgedToken, SignedWithThePublicKeyAsTheSecret) {
  const auto& rsa = keys_.keys[1];
  const auto json = StrictJson::parse(rsa.jwk.reveal());
  const auto modulus = base64url_decode(*json->text_of("n")).value();
  const std::string published = jwks({{rsa}});
  for (const auto& secret : {modulus, published, std::string(*json->text_of("n")),
                             published.substr(9, published.size() - 11)}) {
    const auto header = R"({"alg":"HS256","kid":"RS256","typ":"at+jwt"})";
    expect_refused(hs256_token(secret, header, good_payload()));
  }
}

TEST_F(ForgedToken, SignedWithThePublicKeyInPemOrDerAsTheSecret) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* buffer = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(buffer, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  long size = BIO_get_mem_data(buffer, &text);
  auto ours = signing_key_from_pem(TokenAlgorithm::Rs256,
                                   Secret(std::string(text, static_cast<std::size_t>(size))))
                  .value();
  BIO_reset(buffer);
  PEM_write_bio_PUBKEY(buffer, key);
  size = BIO_get_mem_data(buffer, &text);
  const std::string pem(text, static_cast<std::size_t>(size));
  unsigned char* der = nullptr;
  const int der_size = i2d_PUBKEY(key, &der);
  const std::string der_text(reinterpret_cast<char*>(der), static_cast<std::size_t>(der_size));
  OPENSSL_free(der);
  BIO_free(buffer);
  EVP_PKEY_free(key);

  const auto verifier = TokenVerifier::make({{ours}}, {}).value();
  const auto header = R"({"alg":"HS256","kid":")" + ours.id + R"(","typ":"at+jwt"})";
  for (const auto& secret : {pem, pem.substr(0, pem.size() - 1), der_text}) {
    EXPECT_FALSE(verifier.verify(hs256_token(secret, header, good_payload()), kNow));
  }
}

TEST_F(ForgedToken, UnderAnotherAlgorithmOfTheSameKey) {
  for (const auto* name : {"HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", "PS256"}) {
    expect_header_refused(R"({"alg":")" + std::string(name) + R"(","kid":")" + keys_.keys[0].id +
                          R"(","typ":"at+jwt"})");
  }
}

// CVE-2018-0114
TEST_F(ForgedToken, BringingItsOwnKey) {
  expect_header_refused(header_with(R"("jwk":{"kty":"oct","k":"AAAA"})"));
  expect_header_refused(header_with(R"("jku":"https://example.org/keys")"));
  expect_header_refused(header_with(R"("x5u":"https://example.org/key.pem")"));
  expect_header_refused(header_with(R"("x5c":["AAAA"])"));
}

TEST_F(ForgedToken, ChangingHowItIsRead) {
  expect_header_refused(header_with(R"("crit":["exp"],"exp":1)"));
  expect_header_refused(header_with(R"("crit":[])"));
  expect_header_refused(header_with(R"("b64":false)"));
  expect_header_refused(header_with(R"("zip":"DEF")"));
  expect_header_refused(header_with(R"("enc":"A256GCM")"));
}

TEST_F(ForgedToken, NamingAnotherKey) {
  const auto id = keys_.keys[0].id;
  for (const auto& kid :
       {std::string(), id + " ", id.substr(1), "../" + id, std::string("../../etc/passwd"),
        std::string("/dev/null"), std::string("' OR 1=1 --"), "' UNION SELECT '" + id,
        id + "\\u0000", std::string("*"), std::string(4'000, 'k')}) {
    expect_header_refused(with_kid(kid));
  }
  expect_header_refused(R"({"alg":"HS256","typ":"at+jwt"})");
  expect_header_refused(R"({"alg":"HS256","kid":1,"typ":"at+jwt"})");
  expect_header_refused(R"({"alg":"HS256","kid":[")" + id + R"("],"typ":"at+jwt"})");
}

TEST_F(ForgedToken, LongerThanAnyTokenIs) {
  expect_header_refused(with_kid(std::string(10'000, 'k')));
  expect_refused(std::string(10'000, 'A'));
  expect_refused(std::string(1'000'000, '.'));
}

TEST_F(ForgedToken, WithAHeaderThatCanBeReadInTwoWays) {
  const auto id = keys_.keys[0].id;
  expect_header_refused(R"({"alg":"none","alg":"HS256","kid":")" + id + R"(","typ":"at+jwt"})");
  expect_header_refused(R"({"alg":"HS256","kid":"x","kid":")" + id + R"(","typ":"at+jwt"})");
  expect_header_refused(R"({"al\u0067":"none","alg":"HS256","kid":")" + id +
                        R"(","typ":"at+jwt"})");
  expect_header_refused(good_header() + "{}");
  expect_header_refused("[" + good_header() + "]");
  expect_header_refused(good_header() + std::string(1, '\0'));
  expect_header_refused("\xEF\xBB\xBF" + good_header());
  expect_header_refused(header_with("\"x\":\"\xFF\""));
  expect_header_refused(header_with(R"("deep":[[[[[[[[[[1]]]]]]]]]])"));
  expect_header_refused("{}");
  expect_header_refused("");
}

TEST_F(ForgedToken, OfAnotherType) {
  const auto id = keys_.keys[0].id;
  for (const auto* type : {"JWT", "jwt", "at+JWT", "application/at+jwt", "rt+jwt", "", "at+jwt "}) {
    expect_header_refused(R"({"alg":"HS256","kid":")" + id + R"(","typ":")" + type + "\"}");
  }
  expect_header_refused(R"({"alg":"HS256","kid":")" + id + "\"}");
  expect_header_refused(R"({"alg":"HS256","typ":["at+jwt"],"kid":")" + id + "\"}");
}

// CVE-2022-21449
TEST_F(ForgedToken, WithAnEllipticSignatureOfNoPoint) {
  const std::string order = {'\xFF', '\xFF', '\xFF', '\xFF', 0,      0,      0,      0,
                             '\xFF', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF', '\xFF',
                             '\xBC', '\xE6', '\xFA', '\xAD', '\xA7', '\x17', '\x9E', '\x84',
                             '\xF3', '\xB9', '\xCA', '\xC2', '\xFC', '\x63', '\x25', '\x51'};
  const std::string zero(32, '\0');
  std::string one = zero;
  one.back() = 1;
  std::string after_order = order;
  ++after_order.back();
  const auto input =
      signing_input(R"({"alg":"ES256","kid":"ES256","typ":"at+jwt"})", good_payload());
  for (const auto& r : {zero, one, order, after_order, std::string(32, '\xFF')}) {
    for (const auto& s : {zero, one, order, after_order, std::string(32, '\xFF')}) {
      expect_refused(with_signature(input, r + s));
    }
  }
  for (const std::size_t size : {0U, 1U, 32U, 63U, 65U, 96U, 128U}) {
    expect_refused(with_signature(input, std::string(size, '\x01')));
  }
}

TEST_F(ForgedToken, WithAnEllipticSignatureInDer) {
  const auto token = TokenIssuer::make({{keys_.keys[2]}}, {})->issue(good_claims()).value();
  const std::string_view text = token.reveal();
  ASSERT_TRUE(verifier_.verify(text, kNow));
  const auto raw = base64url_decode(text.substr(text.rfind('.') + 1)).value();
  // SEQUENCE of two INTEGERs, each with the zero byte that a set highest bit would need.
  std::string der("\x30\x46\x02\x21\0", 5);
  der += raw.substr(0, 32);
  der.append("\x02\x21\0", 3).append(raw.substr(32));
  expect_refused(with_signature(text.substr(0, text.rfind('.')), der));
}

TEST_F(ForgedToken, WithAnEdwardsSignatureOfASecondSpelling) {
  const auto token = TokenIssuer::make({{keys_.keys[3]}}, {})->issue(good_claims()).value();
  const std::string_view text = token.reveal();
  ASSERT_TRUE(verifier_.verify(text, kNow));
  auto raw = base64url_decode(text.substr(text.rfind('.') + 1)).value();
  // S + L is the same scalar; accepting it would give each token a twin (RFC 8032 5.1.7).
  const std::array<std::uint8_t, 32> order = {0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58,
                                              0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
                                              0,    0,    0,    0,    0,    0,    0,    0,
                                              0,    0,    0,    0,    0,    0,    0,    0x10};
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += static_cast<std::uint8_t>(raw[32 + i]) + order[i];
    raw[32 + i] = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  expect_refused(with_signature(text.substr(0, text.rfind('.')), raw));
}

// CVE-2023-22482
TEST_F(ForgedToken, ForSomeoneElse) {
  const auto replaced = [](std::string_view what, std::string_view by) {
    auto payload = good_payload();
    return payload.replace(payload.find(what), what.size(), by);
  };
  for (const auto* other : {R"("aud":"other")", R"("aud":["apiforge"])", R"("aud":"")",
                            R"("aud":null)", R"("aud":"apiforge2")", R"("x":1)"}) {
    expect_payload_refused(replaced(R"("aud":"apiforge")", other));
  }
  for (const auto* other : {R"("iss":"other")", R"("iss":"")", R"("iss":1)", R"("x":1)"}) {
    expect_payload_refused(replaced(R"("iss":"apiforge")", other));
  }
}

TEST_F(ForgedToken, WithClaimsOfTheWrongType) {
  const auto replaced = [](std::string_view what, std::string_view by) {
    auto payload = good_payload();
    return payload.replace(payload.find(what), what.size(), by);
  };
  for (const auto* other : {"\"exp\":\"1700000900\"", "\"exp\":1700000900.5", "\"exp\":1e300",
                            "\"exp\":-1", "\"exp\":99999999999999999999", "\"exp\":null",
                            "\"exp\":9223372036854775807", "\"exp\":true", "\"x\":1"}) {
    expect_payload_refused(replaced("\"exp\":1700000900", other));
  }
  for (const auto* other : {"\"iat\":\"1700000000\"", "\"iat\":[1]", "\"x\":1"}) {
    expect_payload_refused(replaced("\"iat\":1700000000", other));
  }
  expect_payload_refused(replaced("\"nbf\":1700000000", "\"nbf\":\"1700000000\""));
  for (const auto* name : {"sub", "tid", "sid", "jti"}) {
    for (const auto* value : {"1", "null", "\"\"", "\"a b\"", "\"../x\"", "[\"user-1\"]"}) {
      auto payload = good_payload();
      const auto at = payload.find("\"" + std::string(name) + "\":") + 6;
      expect_payload_refused(payload.replace(at, payload.find(',', at) - at, value));
    }
  }
  for (const auto* roles : {"\"owner\"", "{}", "[1]", "[[\"owner\"]]", "[null]"}) {
    expect_payload_refused(replaced("[\"owner\"]", roles));
  }
  expect_payload_refused(replaced("{", R"({"exp":9000000000,)"));
  expect_payload_refused("[]");
  expect_payload_refused("");
}

TEST_F(ForgedToken, ChangedAtAnyPlace) {
  for (const auto& key : keys_.keys) {
    const auto token = TokenIssuer::make({{key}}, {})->issue(good_claims()).value();
    const std::string text(token.reveal());
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (const char other : {'A', '.', '=', static_cast<char>(text[i] ^ 1)}) {
        auto changed = text;
        if (changed[i] == other) continue;
        changed[i] = other;
        expect_refused(changed);
      }
    }
  }
}

TEST_F(ForgedToken, WrittenInAnotherWay) {
  const auto token = hs256_token(kSecret, good_header(), good_payload());
  expect_refused(token + "=");
  expect_refused(token + ".");
  expect_refused("." + token);
  expect_refused(" " + token);
  expect_refused(token + "\n");
  expect_refused(token + ".AAAA.AAAA");
  expect_refused("");
  expect_refused("..");
  // The last digit of 43 carries two bits that mean nothing: another spelling of the same
  // signature.
  for (const char last : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")) {
    auto other = token;
    if (other.back() == last) continue;
    other.back() = last;
    expect_refused(other);
  }
}

TEST_F(ForgedToken, ChangedAtRandomTenThousandTimes) {
  const auto seed = system_seed();
  SCOPED_TRACE(seed);
  Random random(seed);
  const auto honest = hs256_token(kSecret, good_header(), good_payload());
  for (int round = 0; round < 10'000; ++round) {
    auto token = honest;
    const auto changes = 1 + random.below(4);
    for (std::uint64_t i = 0; i < changes && !token.empty(); ++i) {
      const auto at = static_cast<std::size_t>(random.below(token.size()));
      switch (random.below(4)) {
        case 0:
          token[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          token.erase(at, 1 + static_cast<std::size_t>(random.below(8)));
          break;
        case 2:
          token.insert(at, token.substr(at, 1 + static_cast<std::size_t>(random.below(8))));
          break;
        default:
          std::swap(token[at], token[static_cast<std::size_t>(random.below(token.size()))]);
      }
    }
    if (token == honest) continue;
    const auto claims = verifier_.verify(token, kNow);
    ASSERT_FALSE(claims) << token;
    ASSERT_EQ(claims.error().detail, kInvalidCredentialDetail);
  }
}

}  // namespace
}  // namespace apiforge::auth
