#include "auth/vault/secret_key.hpp"

#include <sodium.h>

#include <cassert>
#include <cstring>
#include <new>

namespace apiforge::auth {

SecretKey::SecretKey() {
  // Makes libsodium ready; does nothing when it is.
  if (sodium_init() < 0) throw std::bad_alloc();
  bytes_.reset(static_cast<std::uint8_t*>(sodium_malloc(kBytes)));
  if (bytes_ == nullptr) throw std::bad_alloc();
}

SecretKey SecretKey::random() {
  SecretKey key;
  randombytes_buf(key.bytes_.get(), kBytes);
  return key;
}

SecretKey SecretKey::copy_of(ByteView bytes) {
  assert(bytes.size() == kBytes);
  SecretKey key;
  std::memcpy(key.bytes_.get(), bytes.data(), kBytes);
  return key;
}

void SecretKey::Free::operator()(std::uint8_t* bytes) const {
  sodium_free(bytes);  // wipes first
}

}  // namespace apiforge::auth
