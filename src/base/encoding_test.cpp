#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace apiforge {
namespace {

std::string random_bytes(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

TEST(Hex, WritesTwoLowerCaseDigitsAByte) {
  EXPECT_EQ(hex(bytes_of(std::string_view("\x00\x0f\xa5\xff", 4))), "000fa5ff");
  EXPECT_EQ(hex({}), "");
}

TEST(Hex, AppendsBehindWhatIsThere) {
  std::string out = "signature=";
  append_hex(out, bytes_of("AZ"));
  EXPECT_EQ(out, "signature=415a");
}

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(bytes_of("")), "");
  EXPECT_EQ(base64(bytes_of("f")), "Zg==");
  EXPECT_EQ(base64(bytes_of("fo")), "Zm8=");
  EXPECT_EQ(base64(bytes_of("foo")), "Zm9v");
  EXPECT_EQ(base64(bytes_of("foob")), "Zm9vYg==");
  EXPECT_EQ(base64(bytes_of("fooba")), "Zm9vYmE=");
  EXPECT_EQ(base64(bytes_of("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64(bytes_of("\xfb\xff")), "+/8=");
}

TEST(Base64, DecodesWhatItEncodes) {
  Random random(4648);
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string bytes = random_bytes(random, size);
    EXPECT_EQ(base64_decode(base64(bytes_of(bytes))), bytes) << "size " << size;
  }
}

TEST(Base64, RefusesEveryTextThatIsNotCanonical) {
  for (const std::string_view text :
       {"Z", "Zg", "Zg=", "Zm8", "=", "==", "===", "====", "Z===", "Zg==Zg==", "Zm9v=", "Zm9v====",
        "Z=9v", "Zm9v\n", " Zm9", "Zm-_", "Zh==", "Zm9=", "Zm\xc3\xa9"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(PercentEncode, KeepsOnlyTheUnreservedCharacters) {
  EXPECT_EQ(percent_encode("azAZ09-._~"), "azAZ09-._~");
  EXPECT_EQ(percent_encode("a b+c&d=e/f?g#%"), "a%20b%2Bc%26d%3De%2Ff%3Fg%23%25");
  EXPECT_EQ(percent_encode("１"), "%EF%BC%91");
  EXPECT_EQ(percent_encode(std::string_view("\0\r\n", 3)), "%00%0D%0A");
}

TEST(PercentDecode, ReplacesEscapesAndNothingElse) {
  EXPECT_EQ(percent_decode("a%20b+c%2b%2B"), "a b+c++");
  EXPECT_EQ(percent_decode("%2525"), "%25");
  EXPECT_EQ(percent_decode(""), "");
}

TEST(PercentDecode, RefusesAnIncompleteEscape) {
  for (const std::string_view text : {"%", "%4", "a%", "a%4", "%zz", "%4g", "%-1", "% 1"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(PercentDecode, DecodesWhatPercentEncodeWrote) {
  Random random(3986);
  for (int round = 0; round < 200; ++round) {
    const std::string bytes = random_bytes(random, random.below(64));
    EXPECT_EQ(percent_decode(percent_encode(bytes)), bytes);
  }
}

}  // namespace
}  // namespace apiforge
