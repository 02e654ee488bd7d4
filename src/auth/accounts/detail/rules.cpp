#include "auth/accounts/detail/rules.hpp"

#include <algorithm>
#include <string>

#include "base/in_quotes.hpp"

namespace apiforge::auth::accounts::detail {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxEmailBytes = 254;
constexpr std::size_t kMaxDescriptionBytes = 512;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_visible(char c) {
  return c > ' ' && c <= '~';
}

bool is_control(char c) {
  return (c >= 0 && c < ' ') || c == '\x7f';
}

}  // namespace

Result<void> check_username(std::string_view username) {
  const auto allowed = [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
  };
  if (username.size() >= 3 && username.size() <= kMaxNameBytes &&
      std::ranges::all_of(username, allowed)) {
    return {};
  }
  return fail(
      ErrorCode::InvalidValue,
      "a user name is 3 to 64 of the characters A-Z a-z 0-9 . _ -, not " + in_quotes(username));
}

Result<void> check_email(std::string_view email) {
  const auto at = email.find('@');
  const bool one_at = at != std::string_view::npos && email.find('@', at + 1) == email.npos;
  if (one_at && at > 0 && at + 1 < email.size() && email.size() <= kMaxEmailBytes &&
      std::ranges::all_of(email, is_visible)) {
    return {};
  }
  return fail(ErrorCode::InvalidValue, in_quotes(email) + " is no email address");
}

Result<void> check_name(std::string_view what, std::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameBytes && name.front() != ' ' && name.back() != ' ' &&
      std::ranges::none_of(name, is_control)) {
    return {};
  }
  return fail(ErrorCode::InvalidValue,
              "the name of " + std::string(what) +
                  " is 1 to 64 bytes without control characters or outer spaces, not " +
                  in_quotes(name));
}

Result<void> check_role_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!name.empty() && name.size() <= kMaxNameBytes && name.front() >= 'a' && name.front() <= 'z' &&
      std::ranges::all_of(name, allowed)) {
    return {};
  }
  return fail(ErrorCode::InvalidValue,
              "the name of a role is a letter and up to 63 of a-z 0-9 _ -, not " + in_quotes(name));
}

Result<void> check_description(std::string_view description) {
  if (description.size() <= kMaxDescriptionBytes) return {};
  return fail(ErrorCode::InvalidValue, "a description has at most 512 bytes");
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '-';
  });
}

bool is_login_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxEmailBytes && std::ranges::all_of(text, is_visible);
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string kept(text.substr(0, limit));
  std::ranges::replace_if(kept, [](char c) { return c != ' ' && !is_visible(c); }, '?');
  return kept;
}

}  // namespace apiforge::auth::accounts::detail
