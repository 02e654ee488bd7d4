// What a new password must be (OWASP ASVS 5.0, 6.2). Pure; any thread.
#pragma once
#include <string_view>

#include "base/error.hpp"

namespace apiforge::auth {

inline constexpr std::size_t kMinPasswordLength = 8;    ///< characters
inline constexpr std::size_t kMaxPasswordLength = 256;  ///< characters

/// Nothing when the password may be used. InvalidValue, with what to do, when it is not valid
/// UTF-8, has fewer than 8 or more than 256 characters, is one of the commonest passwords in any
/// case, or is the user's name or e-mail address (or the part before its `@`) in any case. No
/// character classes are demanded (ASVS 6.2.5).
Result<void> check_password(std::string_view password, std::string_view username,
                            std::string_view email);

}  // namespace apiforge::auth
