// PasswordHasher: Argon2id for passwords, with a bound on how much memory and how many cores it
// takes at once. Any thread but a worker's: one hash takes tens of milliseconds.
#pragma once
#include <chrono>
#include <cstdint>

#include "auth/hashing_slots.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace apiforge::auth {

/// The cost of one hash, with one lane. The defaults are a choice of OWASP's Password Storage Cheat
/// Sheet: 19 MiB and two passes.
struct PasswordParameters {
  std::uint64_t memory_kib = 19456;  ///< at least 8
  std::uint32_t passes = 2;          ///< at least 1
  /// How long a caller waits for a slot before it is told TooBusy.
  std::chrono::milliseconds max_wait{2000};
};

class PasswordHasher {
 public:
  /// At most `slots` hashes at once (one a core), at most `max_waiting` callers waiting for a slot.
  /// Makes the dummy hash of `verify_unknown`, which takes the time of one hash.
  PasswordHasher(PasswordParameters parameters, unsigned slots, unsigned max_waiting);

  /// A PHC string `$argon2id$v=19$m=...,t=...,p=1$salt$hash` (RFC 9106) with a new salt. TooBusy
  /// when no slot comes free in time.
  Result<Secret> hash(const Secret& password) const;
  /// Whether `hash` is of `password`; a text that is no Argon2 hash matches nothing. TooBusy.
  Result<bool> verify(const Secret& hash, const Secret& password) const;
  /// Does the work of `verify` for a user that does not exist, so that its time tells nothing.
  /// Always false, or TooBusy.
  Result<bool> verify_unknown(const Secret& password) const;
  /// Whether `hash` was made with other parameters and is to be replaced at the next login.
  bool needs_rehash(const Secret& hash) const;

 private:
  PasswordParameters parameters_;
  mutable HashingSlots slots_;
  Secret unknown_;
};

}  // namespace apiforge::auth
