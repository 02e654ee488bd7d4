#include "sim/exchange/account.hpp"

namespace apiforge::sim::exchange {

bool Account::lock(const std::string& asset, Decimal amount) {
  Balance& balance = balances_[asset];
  if (balance.free < amount) return false;
  balance.free -= amount;
  balance.locked += amount;
  return true;
}

void Account::unlock(const std::string& asset, Decimal amount) {
  Balance& balance = balances_[asset];
  balance.locked -= amount;
  balance.free += amount;
}

void Account::spend_locked(const std::string& asset, Decimal amount) {
  balances_[asset].locked -= amount;
}

void Account::receive(const std::string& asset, Decimal amount) {
  balances_[asset].free += amount;
}

Account::Balances starting_balances() {
  using namespace literals;
  return {{"BTC", {10_dec, {}}},
          {"ETH", {100_dec, {}}},
          {"LTC", {100_dec, {}}},
          {"USDT", {1'000'000_dec, {}}}};
}

}  // namespace apiforge::sim::exchange
