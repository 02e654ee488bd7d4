#include "policy/login_throttle.hpp"

#include <algorithm>

#include "policy/hash.hpp"

namespace apiforge::policy {
namespace {

constexpr std::chrono::hours kRest{24};  ///< forgets failures in a row
constexpr int kTidiedPerCall = 4;        ///< entries; each call makes at most three

std::uint64_t pair_key(LoginAccount account, LoginNetwork network) {
  return hash_pair(account.hash, network.hash);
}

LoginDecision refuse(std::chrono::nanoseconds retry_after) {
  return {.admitted = false, .attempt = {}, .retry_after = retry_after};
}

template <class Value>
void forget_rested(LoginThrottleTable<Value>& table, MonotonicTime now) {
  for (int i = 0; i < kTidiedPerCall; ++i) {
    const auto* oldest = table.oldest();
    if (oldest == nullptr || now - oldest->touched_at < kRest) return;
    table.remove_oldest();
  }
}

}  // namespace

std::array<MonotonicTime, kFailuresPerWindow> FailureLog::none() {
  std::array<MonotonicTime, kFailuresPerWindow> times;
  times.fill(MonotonicTime::min());
  return times;
}

MonotonicTime FailureLog::ready_at(std::chrono::nanoseconds window) const {
  const MonotonicTime oldest = charges_.front();
  if (oldest == MonotonicTime::min()) return delayed_until_;
  return std::max(oldest + window, delayed_until_);
}

void FailureLog::charge(MonotonicTime at) {
  std::ranges::rotate(charges_, charges_.begin() + 1);
  charges_.back() = at;
}

void FailureLog::refund(MonotonicTime at) {
  const auto charge = std::ranges::find(charges_, at);
  if (charge == charges_.end()) return;
  *charge = MonotonicTime::min();
  std::ranges::rotate(charges_.begin(), charge, charge + 1);
}

void FailureLog::fail(MonotonicTime now, std::chrono::nanoseconds window) {
  if (last_failure_ != MonotonicTime::min() && now - last_failure_ >= kRest) streak_ = 0;
  last_failure_ = now;
  ++streak_;
  if (streak_ < kFailuresPerWindow) return;
  const auto doublings = std::min<std::uint32_t>(streak_ - kFailuresPerWindow + 1, 20);
  const std::chrono::nanoseconds delay = std::chrono::seconds(std::int64_t{1} << doublings);
  delayed_until_ = now + std::min(delay, window);
}

void FailureLog::end_streak() {
  streak_ = 0;
  delayed_until_ = MonotonicTime::min();
}

LoginThrottle::LoginThrottle(const LoginThrottleLimits& limits) : limits_(limits) {
  limits_.network_failures = std::max(limits_.network_failures, 1u);
  limits_.max_failures = std::max<std::size_t>(limits_.max_failures, 2);
  limits_.max_networks = std::max<std::size_t>(limits_.max_networks, 1);
  limits_.max_familiar = std::max<std::size_t>(limits_.max_familiar, 1);
}

LoginDecision LoginThrottle::admit(MonotonicTime now, LoginAccount account, LoginNetwork network) {
  const LoginAttempt attempt{account, network, now, false};
  if (FailureLog* const failures = find_familiar(account, network)) {
    return admit_familiar(*failures, attempt);
  }
  return admit_stranger(attempt);
}

LoginDecision LoginThrottle::admit_familiar(FailureLog& failures, LoginAttempt attempt) const {
  const MonotonicTime ready = failures.ready_at(limits_.window);
  if (ready > attempt.at) return refuse(ready - attempt.at);
  failures.charge(attempt.at);
  attempt.familiar = true;
  return {.admitted = true, .attempt = attempt, .retry_after = {}};
}

LoginDecision LoginThrottle::admit_stranger(const LoginAttempt& attempt) {
  const MonotonicTime now = attempt.at;
  const std::uint64_t pair = pair_key(attempt.account, attempt.network);
  MonotonicTime ready = network_ready_at(attempt.network);
  for (const std::uint64_t key : {attempt.account.hash, pair}) {
    if (const FailureLog* log = failures_.find(key)) {
      ready = std::max(ready, log->ready_at(limits_.window));
    }
  }
  if (ready > now) return refuse(ready - now);
  if (const auto wait = wait_for_room(now); wait.count() > 0) return refuse(wait);
  failures_.touch(attempt.account.hash, now).charge(now);
  failures_.touch(pair, now).charge(now);
  charge_network(now, attempt.network);
  return {.admitted = true, .attempt = attempt, .retry_after = {}};
}

void LoginThrottle::settle(MonotonicTime now, const LoginAttempt& attempt, LoginResult result) {
  if (!attempt.familiar) return settle_stranger(now, attempt, result);
  FailureLog* const failures = find_familiar(attempt.account, attempt.network);
  if (failures == nullptr) return;
  if (result == LoginResult::Failure) return failures->fail(now, limits_.window);
  failures->refund(attempt.at);
  if (result != LoginResult::Success) return;
  failures->end_streak();
  remember(now, attempt.account, attempt.network);
}

void LoginThrottle::settle_stranger(MonotonicTime now, const LoginAttempt& attempt,
                                    LoginResult result) {
  const std::uint64_t pair = pair_key(attempt.account, attempt.network);
  if (result == LoginResult::Failure) {
    // An entry that is gone is not made anew: the bound of the table was asked for at admission.
    if (failures_.find(pair) != nullptr) failures_.touch(pair, now).fail(now, limits_.window);
    return;
  }
  refund_network(attempt.network);
  if (FailureLog* log = failures_.find(attempt.account.hash)) log->refund(attempt.at);
  FailureLog* const log = failures_.find(pair);
  if (log != nullptr) log->refund(attempt.at);
  if (result != LoginResult::Success) return;
  if (log != nullptr) log->end_streak();
  remember(now, attempt.account, attempt.network);
}

LoginDecision LoginThrottle::count_network_failure(MonotonicTime now, LoginNetwork network) {
  const MonotonicTime ready = network_ready_at(network);
  if (ready > now) return refuse(ready - now);
  charge_network(now, network);
  return {.admitted = true, .attempt = {}, .retry_after = {}};
}

void LoginThrottle::remember(MonotonicTime now, LoginAccount account, LoginNetwork network) {
  if (familiar_.find(account.hash) == nullptr && familiar_.size() >= limits_.max_familiar) {
    familiar_.remove_oldest();
  }
  FamiliarNetworks& networks = familiar_.touch(account.hash, now);
  const auto known = std::ranges::find(
      networks, network.hash, [](const FamiliarNetwork& each) { return each.network.hash; });
  if (known != networks.end()) {
    std::ranges::rotate(networks.begin(), known, known + 1);
    return;
  }
  // What failed there before goes on counting.
  const FailureLog* failures = failures_.find(pair_key(account, network));
  networks.insert(networks.begin(), {network, failures != nullptr ? *failures : FailureLog{}});
  if (networks.size() > kFamiliarNetworks) networks.pop_back();
}

FailureLog* LoginThrottle::find_familiar(LoginAccount account, LoginNetwork network) {
  FamiliarNetworks* const networks = familiar_.find(account.hash);
  if (networks == nullptr) return nullptr;
  const auto found = std::ranges::find(
      *networks, network.hash, [](const FamiliarNetwork& each) { return each.network.hash; });
  return found == networks->end() ? nullptr : &found->failures;
}

std::chrono::nanoseconds LoginThrottle::wait_for_room(MonotonicTime now) {
  forget_rested(failures_, now);
  while (failures_.size() + 2 > limits_.max_failures) {
    const MonotonicTime over = failures_.oldest()->touched_at + limits_.window;
    if (over > now) return over - now;
    failures_.remove_oldest();
  }
  return {};
}

MonotonicTime LoginThrottle::network_ready_at(LoginNetwork network) const {
  const MonotonicTime* used_until = networks_.find(network.hash);
  if (used_until == nullptr) return MonotonicTime::min();
  return *used_until + network_interval() - limits_.window;
}

void LoginThrottle::charge_network(MonotonicTime now, LoginNetwork network) {
  forget_rested(networks_, now);
  if (networks_.find(network.hash) == nullptr && networks_.size() >= limits_.max_networks) {
    networks_.remove_oldest();
  }
  MonotonicTime& used_until = networks_.touch(network.hash, now);
  used_until = std::max(used_until, now) + network_interval();
}

void LoginThrottle::refund_network(LoginNetwork network) {
  if (MonotonicTime* used_until = networks_.find(network.hash)) {
    *used_until -= network_interval();
  }
}

std::chrono::nanoseconds LoginThrottle::network_interval() const {
  return std::chrono::nanoseconds(limits_.window) / limits_.network_failures;
}

}  // namespace apiforge::policy
