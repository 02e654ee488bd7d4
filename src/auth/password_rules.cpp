#include "auth/password_rules.hpp"

#include <optional>
#include <string>

#include "auth/guessable_passwords.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace apiforge::auth {
namespace {

/// The number of characters in valid UTF-8 (RFC 3629); nullopt when it is not valid.
std::optional<std::size_t> characters_in(std::string_view text) {
  std::size_t count = 0;
  for (auto rest = bytes_of(text); !rest.empty(); ++count) {
    const std::uint8_t lead = rest[0];
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || rest.size() < length) return std::nullopt;
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      if ((rest[i] & 0xC0U) != 0x80U) return std::nullopt;
      point = point << 6 | (rest[i] & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    const bool surrogate = point >= 0xD800 && point < 0xE000;
    if (overlong || surrogate || point > 0x10FFFF) return std::nullopt;
    rest = rest.subspan(length);
  }
  return count;
}

bool names_the_user(std::string_view password, std::string_view username, std::string_view email) {
  const auto mailbox = email.substr(0, email.find('@'));
  for (const auto name : {username, email, mailbox}) {
    if (!name.empty() && equals_ignoring_case(password, name)) return true;
  }
  return false;
}

}  // namespace

Result<void> check_password(std::string_view password, std::string_view username,
                            std::string_view email) {
  const auto refuse = [](const char* detail) { return fail(ErrorCode::InvalidValue, detail); };
  // Four bytes a character at most: an endless text is not even counted.
  if (password.size() > 4 * kMaxPasswordLength) {
    return refuse("the password is longer than 256 characters; choose a shorter one");
  }
  const auto length = characters_in(password);
  if (!length) return refuse("the password is not valid UTF-8");
  if (*length < kMinPasswordLength) {
    return refuse("the password has fewer than 8 characters; choose a longer one");
  }
  if (*length > kMaxPasswordLength) {
    return refuse("the password is longer than 256 characters; choose a shorter one");
  }
  if (is_guessable_password(password)) {
    return refuse("the password is one of the commonest there are; choose another one");
  }
  if (names_the_user(password, username, email)) {
    return refuse("the password is the name or the e-mail address; choose another one");
  }
  return {};
}

}  // namespace apiforge::auth
