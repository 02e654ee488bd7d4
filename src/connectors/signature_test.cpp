#include "connectors/signature.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <string>
#include <thread>
#include <vector>

namespace apiforge::connectors {
namespace {

std::string hmac_hex(HmacDigest digest, std::string_view secret, std::string_view message) {
  const auto key = HmacKey::make(digest, secret);
  return hex(key->sign({message})->bytes());
}

std::string pem_of(std::string_view body) {
  return "-----BEGIN PRIVATE KEY-----\n" + std::string(body) + "\n-----END PRIVATE KEY-----\n";
}

/// The published example key of Binance's FIX documentation.
std::string example_pem() {
  return pem_of("MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u");
}

TEST(HmacKey, ReproducesTheVectorsOfRfc4231) {
  const std::string jefe = "Jefe";
  const std::string question = "what do ya want for nothing?";
  EXPECT_EQ(hmac_hex(HmacDigest::Sha256, jefe, question),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_hex(HmacDigest::Sha512, jefe, question),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST(HmacKey, HashesASecretThatIsLongerThanABlock) {
  const std::string secret(131, '\xaa');
  const std::string message = "Test Using Larger Than Block-Size Key - Hash Key First";
  EXPECT_EQ(hmac_hex(HmacDigest::Sha256, secret, message),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hmac_hex(HmacDigest::Sha512, secret, message),
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

TEST(HmacKey, SignsPartsAsTheirConcatenation) {
  const auto key = HmacKey::make(HmacDigest::Sha256, "secret");
  EXPECT_EQ(hex(key->sign({"a=1", "", "b=2"})->bytes()), hex(key->sign({"a=1b=2"})->bytes()));
  EXPECT_EQ(hex(key->sign({})->bytes()), hex(key->sign({""})->bytes()));
}

TEST(HmacKey, RefusesAnEmptySecret) {
  const auto key = HmacKey::make(HmacDigest::Sha256, "");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::InvalidConfiguration);
}

TEST(HmacKey, SignsTheSameOnManyThreadsAtOnce) {
  const auto key = HmacKey::make(HmacDigest::Sha256, "Jefe");
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&key, &count] {
      for (int i = 0; i < 1'000; ++i) {
        const auto signature = key->sign({"what do ya want ", "for nothing?"});
        if (hex(signature->bytes()).substr(0, 8) != "5bdcc146") ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(Ed25519Key, ReproducesTheLogonOfBinancesFixDocumentation) {
  const auto key = Ed25519Key::from_pem(example_pem());
  ASSERT_TRUE(key) << key.error().detail;
  const std::string payload =
      "A\x01"
      "EXAMPLE\x01"
      "SPOT\x01"
      "1\x01"
      "20240627-11:17:25.223";
  const std::string expected =
      "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==";
  EXPECT_EQ(base64(key->sign({payload})->bytes()), expected);
  EXPECT_EQ(base64(key->sign({payload.substr(0, 5), payload.substr(5)})->bytes()), expected);
}

TEST(Ed25519Key, RefusesWhatIsNotAPlainEd25519Key) {
  const std::string rsa_public = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
  const std::string x25519 =
      pem_of("MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq");
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n";
  for (const std::string& pem :
       {std::string(), std::string("secret"), rsa_public, x25519, encrypted, pem_of("!!!!"),
        example_pem().substr(0, 60), std::string(1 << 20, 'A')}) {
    const auto key = Ed25519Key::from_pem(pem);
    ASSERT_FALSE(key) << pem.substr(0, 80);
    EXPECT_EQ(key.error().code, ErrorCode::InvalidConfiguration);
    EXPECT_EQ(ERR_peek_error(), 0u) << "left an error behind for the thread's TLS streams";
  }
}

}  // namespace
}  // namespace apiforge::connectors
