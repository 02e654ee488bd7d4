#include "auth/detail/sodium.hpp"

#include <sodium.h>

#include <cstdlib>

#include "auth/detail/base62.hpp"

namespace apiforge::auth {

void start_sodium() {
  if (sodium_init() < 0) std::abort();
}

std::string random_base62(std::size_t length) {
  start_sodium();
  std::string text(length, '0');
  // randombytes_uniform has no modulo bias.
  for (char& digit : text) digit = kBase62Digits[randombytes_uniform(kBase62Digits.size())];
  return text;
}

}  // namespace apiforge::auth
