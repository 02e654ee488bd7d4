#include "auth/vault/master_keys.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/encoding.hpp"

namespace apiforge::auth {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string bytes(char seed) {
  std::string key(SecretKey::kBytes, seed);
  key[0] = '!';
  return key;
}

std::string error_of(std::string_view text) {
  const auto keys = MasterKeys::parse(text);
  return keys ? "no error" : keys.error().detail;
}

std::string text_of(const MasterKey& key) {
  const auto plain = key.bytes.reveal();
  return {reinterpret_cast<const char*>(plain.data()), plain.size()};
}

TEST(MasterKeysTest, takes_base64_and_hexadecimal) {
  const std::string base64_text = base64(bytes_of(bytes('a')));
  const std::string hex_text = hex(bytes_of(bytes('a')));
  const auto from_base64 = MasterKeys::parse(base64_text);
  const auto from_hex = MasterKeys::parse(hex_text);
  ASSERT_TRUE(from_base64 && from_hex);
  EXPECT_EQ(text_of(from_base64->newest()), bytes('a'));
  EXPECT_EQ(text_of(from_hex->newest()), bytes('a'));
  EXPECT_EQ(from_base64->newest().id, from_hex->newest().id);
}

TEST(MasterKeysTest, gives_different_keys_different_ids) {
  const auto one = MasterKeys::parse(base64(bytes_of(bytes('a'))));
  const auto other = MasterKeys::parse(base64(bytes_of(bytes('b'))));
  EXPECT_NE(one->newest().id, other->newest().id);
}

TEST(MasterKeysTest, reads_one_key_a_line_the_newest_first) {
  const auto keys =
      MasterKeys::parse("# rotated in May\n\n2026-05: " + base64(bytes_of(bytes('b'))) +
                        "\r\n  2025_11:" + hex(bytes_of(bytes('a'))) + "\n");
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->newest().id, "2026-05");
  EXPECT_EQ(keys->ids(), "2026-05, 2025_11");
  ASSERT_NE(keys->find("2025_11"), nullptr);
  EXPECT_EQ(text_of(*keys->find("2025_11")), bytes('a'));
  EXPECT_EQ(keys->find("2024"), nullptr);
}

TEST(MasterKeysTest, names_the_line_at_fault_and_never_its_text) {
  const std::string error = error_of(base64(bytes_of(bytes('a'))) + "\nmy-passphrase\n");
  EXPECT_THAT(error, HasSubstr("line 2"));
  EXPECT_THAT(error, HasSubstr("openssl rand -base64 32"));
  EXPECT_THAT(error, Not(HasSubstr("my-passphrase")));
}

TEST(MasterKeysTest, refuses_what_is_no_key) {
  const std::string good = base64(bytes_of(bytes('a')));
  EXPECT_THAT(error_of(""), HasSubstr("There is no master key"));
  EXPECT_THAT(error_of("# only a comment\n"), HasSubstr("There is no master key"));
  EXPECT_THAT(error_of(good.substr(4)), HasSubstr("line 1"));
  EXPECT_THAT(error_of(hex(bytes_of(bytes('a'))) + "00"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("an id:" + good), HasSubstr("the id before `:`"));
  EXPECT_THAT(error_of(":" + good), HasSubstr("the id before `:`"));
  EXPECT_THAT(error_of("a:" + good + "\na:" + good), HasSubstr("there twice"));
}

TEST(MasterKeysTest, refuses_a_placeholder_of_one_repeated_byte) {
  EXPECT_THAT(error_of(std::string(64, '0')), HasSubstr("line 1"));
  EXPECT_THAT(error_of(std::string(64, 'f')), HasSubstr("line 1"));
}

TEST(MasterKeysTest, bounds_the_number_of_keys) {
  std::string text;
  for (std::size_t i = 0; i <= MasterKeys::kMaximum; ++i) {
    text += base64(bytes_of(bytes(static_cast<char>('a' + i)))) + "\n";
  }
  EXPECT_THAT(error_of(text), HasSubstr("more than 16"));
}

class MasterKeyFileTest : public testing::Test {
 protected:
  ~MasterKeyFileTest() override { std::filesystem::remove_all(folder); }

  static std::filesystem::path new_folder() {
    std::string name = testing::TempDir() + "apiforge-XXXXXX";
    return mkdtemp(name.data());
  }

  static mode_t mode_of(const std::string& path) {
    struct stat status{};
    stat(path.c_str(), &status);
    return status.st_mode & 0777;
  }

  const std::filesystem::path folder = new_folder();
  const std::string file = folder / "master.key";
};

TEST_F(MasterKeyFileTest, reads_the_file_that_it_generated) {
  ASSERT_TRUE(MasterKeys::generate_file(file));
  EXPECT_EQ(mode_of(file), 0600u);
  const auto keys = MasterKeys::read_file(file, MasterKeys::Privacy::Required);
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ(keys->newest().id.size(), 16u);
}

TEST_F(MasterKeyFileTest, never_replaces_a_key_and_leaves_nothing_beside_it) {
  ASSERT_TRUE(MasterKeys::generate_file(file));
  const auto before = MasterKeys::read_file(file, MasterKeys::Privacy::Required);
  const auto again = MasterKeys::generate_file(file);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::AlreadyExists);
  const auto after = MasterKeys::read_file(file, MasterKeys::Privacy::Required);
  EXPECT_EQ(before->newest().id, after->newest().id);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(MasterKeyFileTest, refuses_a_file_that_others_may_read_when_privacy_is_required) {
  ASSERT_TRUE(MasterKeys::generate_file(file));
  for (const mode_t mode : {0640u, 0604u, 0660u}) {
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
    const auto keys = MasterKeys::read_file(file, MasterKeys::Privacy::Required);
    ASSERT_FALSE(keys);
    EXPECT_THAT(keys.error().detail, HasSubstr("chmod 600"));
    EXPECT_TRUE(MasterKeys::read_file(file, MasterKeys::Privacy::Advised));
  }
}

TEST_F(MasterKeyFileTest, names_the_file_that_cannot_be_read) {
  const auto missing = MasterKeys::read_file(file, MasterKeys::Privacy::Required);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().detail, HasSubstr(file));
  EXPECT_FALSE(MasterKeys::read_file(folder, MasterKeys::Privacy::Advised));
  EXPECT_FALSE(MasterKeys::generate_file(folder / "no such folder" / "master.key"));
}

TEST_F(MasterKeyFileTest, refuses_a_file_that_is_too_large) {
  std::ofstream(file) << std::string(70'000, '#');
  const auto keys = MasterKeys::read_file(file, MasterKeys::Privacy::Advised);
  ASSERT_FALSE(keys);
  EXPECT_THAT(keys.error().detail, HasSubstr("larger than 64 KiB"));
}

}  // namespace
}  // namespace apiforge::auth
