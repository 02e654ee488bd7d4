// LoginThrottle: decides whether a password may be tried, so that guessing is slow and an outsider
// cannot lock a user out. No I/O, no clock. One instance; whoever owns it serialises the calls.
//
// A try counts as failed from the moment it is admitted, and is taken back when it succeeded or
// never happened. Three limits, all over any window of 15 minutes (the default):
//  - account and network: 5 failed tries, and from the 5th in a row a delay that doubles (2 s, 4 s,
//    ... 15 min), until a success or a day of rest;
//  - account: 5 failed tries from all networks together that are not familiar to it. A network is
//    familiar when the user logged in from there before; it has the allowance above for itself, so
//    that the user gets in while strangers are guessing;
//  - network: 50 failed tries for all accounts, refilled evenly (GCRA), against one password tried
//    on many accounts. Familiar pairs are exempt.
//
// Memory is bounded. When the table of failures is full the oldest entry goes, but only one whose
// window is over: an active block cannot be pushed out. With none such, tries from networks that
// are not familiar are refused until there is one; filling the table takes max_failures / 2 hashed
// passwords in 15 minutes. Familiar networks are kept apart, those of the least recently seen
// account go first, and only a login that succeeded makes one. The limit of networks is soft: in a
// full table the least recently used one is forgotten.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "policy/login_throttle_table.hpp"

namespace apiforge::policy {

struct LoginThrottleLimits {
  std::chrono::seconds window{std::chrono::minutes(15)};
  std::uint32_t network_failures = 50;  ///< per window
  std::size_t max_failures = 200'000;   ///< entries for accounts and pairs, 2 to a try
  std::size_t max_networks = 100'000;   ///< entries for networks
  std::size_t max_familiar = 20'000;    ///< accounts with familiar networks
};

inline constexpr std::size_t kFailuresPerWindow = 5;
inline constexpr std::size_t kFamiliarNetworks = 4;  ///< remembered for each account

/// Hashes, made with a seed that callers do not know.
struct LoginAccount {
  std::uint64_t hash = 0;
};
struct LoginNetwork {
  std::uint64_t hash = 0;
};

/// A try that was admitted; to be handed back once to `settle`.
struct LoginAttempt {
  LoginAccount account;
  LoginNetwork network;
  MonotonicTime at{};
  bool familiar = false;
};

struct LoginDecision {
  bool admitted = false;
  LoginAttempt attempt;                    ///< when admitted
  std::chrono::nanoseconds retry_after{};  ///< else; positive
};

enum class LoginResult : std::uint8_t {
  Success,
  Failure,
  Abandoned,  ///< nothing was learnt about the password
};

/// Failed tries of one pair or account.
class FailureLog {
 public:
  /// When the next try is allowed; in the past when now.
  MonotonicTime ready_at(std::chrono::nanoseconds window) const;
  void charge(MonotonicTime at);
  /// Takes one charge of exactly that time back.
  void refund(MonotonicTime at);
  /// A charged try failed: lengthens the delay.
  void fail(MonotonicTime now, std::chrono::nanoseconds window);
  /// A try succeeded: the delay begins anew, what the window holds stays.
  void end_streak();

 private:
  std::array<MonotonicTime, kFailuresPerWindow> charges_ = none();  ///< the oldest first
  MonotonicTime delayed_until_ = MonotonicTime::min();
  MonotonicTime last_failure_ = MonotonicTime::min();
  std::uint32_t streak_ = 0;  ///< failures in a row

  static std::array<MonotonicTime, kFailuresPerWindow> none();
};

class LoginThrottle {
 public:
  explicit LoginThrottle(const LoginThrottleLimits& limits);

  /// `now` never goes back.
  LoginDecision admit(MonotonicTime now, LoginAccount account, LoginNetwork network);
  void settle(MonotonicTime now, const LoginAttempt& attempt, LoginResult result);

  /// Counts a failure that is not of an account; refuses when the network had too many.
  LoginDecision count_network_failure(MonotonicTime now, LoginNetwork network);
  /// The user of the account has been seen there.
  void remember(MonotonicTime now, LoginAccount account, LoginNetwork network);

  std::size_t failure_entries() const { return failures_.size(); }
  std::size_t network_entries() const { return networks_.size(); }
  std::size_t familiar_entries() const { return familiar_.size(); }

 private:
  struct FamiliarNetwork {
    LoginNetwork network;
    FailureLog failures;
  };
  /// The most recently seen first.
  using FamiliarNetworks = std::vector<FamiliarNetwork>;

  FailureLog* find_familiar(LoginAccount account, LoginNetwork network);
  LoginDecision admit_familiar(FailureLog& failures, LoginAttempt attempt) const;
  LoginDecision admit_stranger(const LoginAttempt& attempt);
  void settle_stranger(MonotonicTime now, const LoginAttempt& attempt, LoginResult result);
  /// Makes room for the entries of a try: zero, or how long there will be none.
  std::chrono::nanoseconds wait_for_room(MonotonicTime now);

  MonotonicTime network_ready_at(LoginNetwork network) const;
  void charge_network(MonotonicTime now, LoginNetwork network);
  void refund_network(LoginNetwork network);
  std::chrono::nanoseconds network_interval() const;

  LoginThrottleLimits limits_;
  LoginThrottleTable<FailureLog> failures_;        ///< by account, and by account and network
  LoginThrottleTable<MonotonicTime> networks_;     ///< GCRA: the time until which all is used
  LoginThrottleTable<FamiliarNetworks> familiar_;  ///< by account
};

}  // namespace apiforge::policy
