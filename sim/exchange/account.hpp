// Account: what the one trader of the simulator owns, free or locked by open orders. Owned by the
// OrderDesk; its thread only.
#pragma once
#include <map>
#include <string>

#include "sim/decimal.hpp"

namespace apiforge::sim::exchange {

struct Balance {
  Decimal free;
  Decimal locked;
};

class Account {
 public:
  using Balances = std::map<std::string, Balance>;

  explicit Account(Balances balances) : balances_(std::move(balances)) {}

  /// False, and nothing changed, when less than `amount` is free.
  bool lock(const std::string& asset, Decimal amount);
  /// Only of what was locked before.
  void unlock(const std::string& asset, Decimal amount);
  /// Only of what was locked before.
  void spend_locked(const std::string& asset, Decimal amount);
  void receive(const std::string& asset, Decimal amount);

  const Balances& balances() const { return balances_; }

 private:
  Balances balances_;
};

/// 10 BTC, 100 ETH, 100 LTC and 1,000,000 USDT.
Account::Balances starting_balances();

}  // namespace apiforge::sim::exchange
