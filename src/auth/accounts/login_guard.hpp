// LoginGuard: the throttle of password guesses (policy::LoginThrottle) behind a mutex, with its
// clock and with addresses as text. One instance per process; any thread. The lock is held for
// microseconds, never while a password is hashed.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "policy/login_throttle.hpp"

namespace apiforge::auth::accounts {

class LoginGuard {
 public:
  /// `seed` is random and unknown to callers (system_seed). `clock` outlives the guard.
  LoginGuard(policy::LoginThrottleLimits limits, std::uint64_t seed, const Clock& clock);

  /// A permit to hash one password. It counts as a failed guess until it is told otherwise, so that
  /// a thousand guesses at once are not a thousand tries. Destroyed without a word it stays one.
  class Permit {
   public:
    void succeeded();
    /// Nothing was learnt about the password: hashing or the database was not available.
    void abandoned();
    void failed();

   private:
    friend class LoginGuard;
    Permit(LoginGuard& guard, policy::LoginAttempt attempt) : guard_(&guard), attempt_(attempt) {}
    LoginGuard* guard_;
    policy::LoginAttempt attempt_;
  };

  /// TooManyAttempts when the name, as it was given, was refused to this network less than a second
  /// ago: a storm of guesses is not worth asking the database each time whose name it is.
  Result<void> check_recent(std::string_view name, std::string_view client);
  /// Notes for `check_recent` that `refusal`, which `admit` gave, was for this name.
  void note_refused(std::string_view name, std::string_view client, const Error& refusal);

  /// `account` is the user's id, or the name that was given when there is no such user. Refused
  /// with TooManyAttempts, whose seconds `retry_after` reads.
  Result<Permit> admit(std::string_view account, std::string_view client);

  /// For what is guessed without an account (unknown refresh tokens, names already taken): counts
  /// one failure of the network; TooManyAttempts when it had too many.
  Result<void> count_failure(std::string_view client);

  /// The user of `account` is known to be at `client`: at start from sessions, later by refreshes.
  void remember(std::string_view account, std::string_view client);

  /// How many refusals are not in the audit log yet; 0 unless the last report is 10 s ago. Single
  /// entries at the speed of an attack would be an attack on the disk.
  std::uint64_t take_unreported_refusals();

 private:
  void settle(const policy::LoginAttempt& attempt, policy::LoginResult result);
  std::unexpected<Error> refuse(std::chrono::nanoseconds retry_after);  ///< under the lock

  /// One name and network that was refused; another one of the same place takes its place.
  struct Refused {
    std::uint64_t name_and_network = 0;
    MonotonicTime until = MonotonicTime::min();  ///< the database is not asked
    MonotonicTime retry_at{};
  };
  static constexpr std::size_t kRefusedPlaces = 1'024;
  std::uint64_t refusal_key(std::string_view name, std::string_view client) const;

  const std::uint64_t seed_;
  const Clock& clock_;
  std::mutex mutex_;
  std::array<Refused, kRefusedPlaces> refused_{};
  policy::LoginThrottle throttle_;
  std::uint64_t unreported_ = 0;
  MonotonicTime next_report_ = MonotonicTime::min();
};

/// The TooManyAttempts that a guard refuses with.
Error too_many_attempts(std::chrono::milliseconds retry_after);
/// When to try again, of an error with code TooManyAttempts; nullopt of any other. For the header
/// field Retry-After, rounded up.
std::optional<std::chrono::milliseconds> retry_after(const Error& error);

}  // namespace apiforge::auth::accounts
