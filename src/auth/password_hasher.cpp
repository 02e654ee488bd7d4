#include "auth/password_hasher.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

#include "auth/detail/sodium.hpp"

namespace apiforge::auth {
namespace {

std::size_t memory_bytes(const PasswordParameters& parameters) {
  return std::max<std::size_t>(parameters.memory_kib * 1024, crypto_pwhash_argon2id_MEMLIMIT_MIN);
}

unsigned long long passes(const PasswordParameters& parameters) {
  return std::max(1U, parameters.passes);
}

/// The PHC string; fails only when the memory cannot be had.
Result<Secret> argon2id(std::string_view password, const PasswordParameters& parameters) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), passes(parameters),
                            memory_bytes(parameters), crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::TooBusy, "the gateway has too little memory at the moment; try again",
                "Argon2id could not allocate its memory");
  }
  Secret made{std::string(text.data())};
  sodium_memzero(text.data(), text.size());
  return made;
}

bool matches(std::string_view hash, std::string_view password) {
  // libsodium wants the text ended by a zero, in a buffer of its full size.
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (hash.size() >= text.size()) return false;
  std::ranges::copy(hash, text.begin());
  const bool equal = crypto_pwhash_str_verify(text.data(), password.data(), password.size()) == 0;
  sodium_memzero(text.data(), text.size());
  return equal;
}

/// What stands between `key` and the next `,` or `$`, as in `$m=19456,t=2,p=1$`.
std::string_view parameter(std::string_view hash, std::string_view key) {
  const auto begin = hash.find(key);
  if (begin == std::string_view::npos) return {};
  const auto value = hash.substr(begin + key.size());
  return value.substr(0, value.find_first_of(",$"));
}

}  // namespace

PasswordHasher::PasswordHasher(PasswordParameters parameters, unsigned slots, unsigned max_waiting)
    : parameters_(parameters), slots_(std::max(1U, slots), max_waiting, parameters.max_wait) {
  start_sodium();
  // Should the memory be missing here, `verify_unknown` computes this hash anew, for the same time.
  if (auto made = argon2id("the password of nobody", parameters_)) unknown_ = std::move(*made);
}

Result<Secret> PasswordHasher::hash(const Secret& password) const {
  const auto slot = slots_.take();
  if (!slot) return std::unexpected(slot.error());
  return argon2id(password.reveal(), parameters_);
}

Result<bool> PasswordHasher::verify(const Secret& hash, const Secret& password) const {
  const auto slot = slots_.take();
  if (!slot) return std::unexpected(slot.error());
  return matches(hash.reveal(), password.reveal());
}

Result<bool> PasswordHasher::verify_unknown(const Secret& password) const {
  const auto slot = slots_.take();
  if (!slot) return std::unexpected(slot.error());
  if (unknown_.empty()) {
    if (const auto made = argon2id(password.reveal(), parameters_); !made) {
      return std::unexpected(made.error());
    }
    return false;
  }
  // The password of nobody is no secret: whoever names it is refused like everyone.
  static_cast<void>(matches(unknown_.reveal(), password.reveal()));
  return false;
}

bool PasswordHasher::needs_rehash(const Secret& hash) const {
  const std::string_view text = hash.reveal();
  return !text.starts_with(crypto_pwhash_argon2id_STRPREFIX) ||
         parameter(text, "$m=") != std::to_string(memory_bytes(parameters_) / 1024) ||
         parameter(text, ",t=") != std::to_string(passes(parameters_));
}

}  // namespace apiforge::auth
