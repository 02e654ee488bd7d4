// The published signing examples of vectors.json: as signatures of their text, and as requests of a
// caller that leaves timestamp and signature to us.
#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>

#include "connectors/exchange/binance/binance_fixture.hpp"
#include "connectors/signature.hpp"

namespace apiforge::connectors::binance {
namespace {

boost::json::array read_vectors() {
  std::ifstream file(APIFORGE_SOURCE_DIR "/src/connectors/exchange/binance/vectors.json");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return boost::json::parse(text).as_array();
}

std::string text_of(const boost::json::object& vector, std::string_view name) {
  const auto* member = vector.if_contains({name.data(), name.size()});
  return member == nullptr ? std::string() : std::string(member->as_string());
}

/// The example whose name begins so.
boost::json::object vector_named(std::string_view name) {
  for (const auto& vector : read_vectors()) {
    if (text_of(vector.as_object(), "name").starts_with(name)) return vector.as_object();
  }
  ADD_FAILURE() << "no vector is named " << name;
  return {};
}

/// The signed text of an example; the FIX one writes its separators out.
std::string prehash_of(const boost::json::object& vector) {
  std::string text = text_of(vector, "prehash");
  if (const auto note = text.find("  (SOH"); note != std::string::npos) text.resize(note);
  for (auto at = text.find("<SOH>"); at != std::string::npos; at = text.find("<SOH>")) {
    text.replace(at, 5, "\x01");
  }
  return text;
}

TEST(BinanceVectors, EverySignatureIsReproduced) {
  int reproduced = 0;
  for (const auto& element : read_vectors()) {
    const auto& vector = element.as_object();
    SCOPED_TRACE(text_of(vector, "name"));
    std::string signature;
    if (vector.contains("secret")) {
      const auto key = HmacKey::make(HmacDigest::Sha256, text_of(vector, "secret"));
      signature = hex(key->sign({prehash_of(vector)})->bytes());
    } else {
      const auto key = Ed25519Key::from_pem("-----BEGIN PRIVATE KEY-----\n" +
                                            text_of(vector, "private_key_pkcs8") +
                                            "\n-----END PRIVATE KEY-----\n");
      ASSERT_TRUE(key) << key.error().detail;
      signature = base64(key->sign({prehash_of(vector)})->bytes());
    }
    EXPECT_EQ(signature, text_of(vector, "signature"));
    ++reproduced;
  }
  EXPECT_EQ(reproduced, 6);
}

/// The prehash of an example without the timestamp that the connector has to add.
std::string without_timestamp(std::string prehash) {
  static constexpr std::array<std::string_view, 1> kName{"timestamp"};
  remove_pairs(prehash, kName);
  return prehash;
}

TEST_F(BinanceTest, AnOrderInTheQueryIsSignedAsInTheDocumentation) {
  for (const std::string_view name : {"REST query or body", "REST non-ASCII symbol"}) {
    const auto vector = vector_named(name);
    const std::string prehash = prehash_of(vector);
    send("POST", "/api/v3/order?" + without_timestamp(prehash));
    EXPECT_EQ(target_, "/api/v3/order?" + prehash + "&signature=" + text_of(vector, "signature"));
    EXPECT_EQ(body_, "");
    EXPECT_EQ(fields_, key_line());
  }
}

TEST_F(BinanceTest, AnOrderInTheBodyIsSignedAsInTheDocumentation) {
  const auto vector = vector_named("REST query or body");
  const std::string prehash = prehash_of(vector);
  send("POST", "/api/v3/order", without_timestamp(prehash));
  EXPECT_EQ(target_, "/api/v3/order");
  EXPECT_EQ(body_, prehash + "&signature=" + text_of(vector, "signature"));
}

TEST_F(BinanceTest, AnOrderInBothIsSignedAsInTheDocumentation) {
  const auto vector = vector_named("REST mixed");
  send("POST", "/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC",
       "quantity=1&price=0.1&recvWindow=5000");
  EXPECT_EQ(target_, "/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC");
  EXPECT_EQ(body_, "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&signature=" +
                       text_of(vector, "signature"));
}

TEST_F(BinanceTest, AnEd25519SignatureIsPercentEncodedBase64) {
  given_credential(ed25519_credential());
  send("POST", "/api/v3/order?symbol=BTCUSDT&recvWindow=5000");
  const SignedText sent = split_signature(query_of(target_));
  const auto key = Ed25519Key::from_pem(kExamplePem);
  EXPECT_EQ(sent.payload, "symbol=BTCUSDT&recvWindow=5000&timestamp=1499827319559");
  EXPECT_EQ(sent.signature, percent_encode(base64(key->sign({sent.payload})->bytes())));
  EXPECT_EQ(sent.signature.find_first_of("+/="), std::string::npos);
  EXPECT_EQ(fields_, key_line());
}

}  // namespace
}  // namespace apiforge::connectors::binance
