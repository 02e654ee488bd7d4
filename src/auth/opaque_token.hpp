// Random texts: ids of records, and tokens that mean nothing but to who issued them (refresh
// tokens, invitations). From libsodium's generator of the operating system; any thread.
#pragma once
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace apiforge::auth {

/// `length` (1 or more) uniformly random digits of `0-9A-Za-z`; 20 are 119 bits.
std::string make_id(int length = 20);

/// The prefix and 43 random base62 digits (256 bits).
Secret make_opaque_token(std::string_view prefix);

}  // namespace apiforge::auth
