// Passwords that guessers try first, known by how they are made rather than by a list: a common
// word with digits and signs around it or in it, runs along the keyboard, repetitions, dates (NIST
// SP 800-63B 5.1.1.2, OWASP ASVS 5.0 6.2.4). Pure; any thread.
#pragma once
#include <string_view>

namespace apiforge::auth {

/// Case does not matter. False for the empty text.
bool is_guessable_password(std::string_view password);

}  // namespace apiforge::auth
