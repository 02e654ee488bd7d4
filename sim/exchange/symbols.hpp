// Symbol: a traded pair and the rules of its market. Values.
#pragma once
#include <string>
#include <vector>

#include "sim/decimal.hpp"

namespace apiforge::sim::exchange {

struct Symbol {
  std::string name{};
  std::string base{};
  std::string quote{};
  Decimal tick{};  ///< prices are multiples of it
  Decimal max_price{};
  Decimal step{};  ///< quantities are multiples of it
  Decimal max_quantity{};
  Decimal min_notional{};
  Decimal max_notional{};
  Decimal start_price{};
  Decimal gap{};             ///< distance of two levels of the book, and of the smallest move
  Decimal level_quantity{};  ///< of a level of the book, on average
  unsigned calm = 1;         ///< the price moves in one of so many steps
};

std::vector<Symbol> default_symbols();

}  // namespace apiforge::sim::exchange
