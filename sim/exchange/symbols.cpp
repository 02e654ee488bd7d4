#include "sim/exchange/symbols.hpp"

namespace apiforge::sim::exchange {

using namespace literals;

std::vector<Symbol> default_symbols() {
  return {
      {.name = "BTCUSDT",
       .base = "BTC",
       .quote = "USDT",
       .tick = 0.01_dec,
       .max_price = 1'000'000_dec,
       .step = 0.00001_dec,
       .max_quantity = 9000_dec,
       .min_notional = 5_dec,
       .max_notional = 9'000'000_dec,
       .start_price = 65'000_dec,
       .gap = 0.5_dec,
       .level_quantity = 0.4_dec},
      {.name = "ETHUSDT",
       .base = "ETH",
       .quote = "USDT",
       .tick = 0.01_dec,
       .max_price = 1'000'000_dec,
       .step = 0.0001_dec,
       .max_quantity = 9000_dec,
       .min_notional = 5_dec,
       .max_notional = 9'000'000_dec,
       .start_price = 3'200_dec,
       .gap = 0.05_dec,
       .level_quantity = 5_dec},
      {.name = "LTCBTC",
       .base = "LTC",
       .quote = "BTC",
       .tick = 0.000001_dec,
       .max_price = 1000_dec,
       .step = 0.001_dec,
       .max_quantity = 100'000_dec,
       .min_notional = 0.0001_dec,
       .max_notional = 9'000'000_dec,
       .start_price = 0.0012_dec,
       .gap = 0.000001_dec,
       .level_quantity = 40_dec,
       .calm = 200},
      {.name = "LTCUSDT",
       .base = "LTC",
       .quote = "USDT",
       .tick = 0.01_dec,
       .max_price = 100'000_dec,
       .step = 0.001_dec,
       .max_quantity = 90'000_dec,
       .min_notional = 5_dec,
       .max_notional = 9'000'000_dec,
       .start_price = 78_dec,
       .gap = 0.01_dec,
       .level_quantity = 40_dec,
       .calm = 5},
  };
}

}  // namespace apiforge::sim::exchange
