// What names of accounts may look like. Pure; any thread. Each check fails with InvalidValue and
// says what is wrong.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::auth::accounts::detail {

/// `[A-Za-z0-9._-]{3,64}`.
Result<void> check_username(std::string_view username);
/// One `@` with something on both sides, 3..254 printable ASCII characters (RFC 5321 4.5.3.1). That
/// it belongs to the user is not checked.
Result<void> check_email(std::string_view email);
/// A name for people: 1..64 bytes without control characters, and no space at either end.
Result<void> check_name(std::string_view what, std::string_view name);
/// `[a-z][a-z0-9_-]{0,63}`.
Result<void> check_role_name(std::string_view name);
/// At most 512 bytes.
Result<void> check_description(std::string_view description);

/// Whether it can be the id of a record: `[A-Za-z0-9_-]{1,64}`. What cannot is not looked up.
bool is_id(std::string_view text);
/// Whether it can be a user name or an email.
bool is_login_name(std::string_view text);
/// At most `limit` bytes; what is not printable ASCII as `?`. For texts of strangers that are kept.
std::string printable(std::string_view text, std::size_t limit);

}  // namespace apiforge::auth::accounts::detail
