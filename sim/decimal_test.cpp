#include "sim/decimal.hpp"

#include <gtest/gtest.h>

namespace apiforge::sim {
namespace {

TEST(Decimal, IsReadAndWrittenExactly) {
  EXPECT_EQ(parse_decimal("0.1")->units, 10'000'000);
  EXPECT_EQ(parse_decimal("65000")->units, 6'500'000'000'000);
  EXPECT_EQ(parse_decimal(".5")->units, 50'000'000);
  EXPECT_EQ(to_text(*parse_decimal("0.10000000")), "0.10000000");
  EXPECT_EQ(to_text(*parse_decimal("12.3456"), 4), "12.3456");
  EXPECT_EQ(to_text(Decimal{-2}), "-0.00000002");
  EXPECT_EQ(to_text(Decimal{Decimal::kOne}, 0), "1");
}

TEST(Decimal, RefusesWhatIsNotAnAmount) {
  for (const auto* text : {"", ".", "-1", "1e3", "1.2.3", "a", " 1", "99999999999"}) {
    const auto parsed = parse_decimal(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), DecimalFault::Malformed) << text;
  }
}

TEST(Decimal, TellsTooMuchPrecisionFromNonsense) {
  EXPECT_EQ(parse_decimal("1.123456789").error(), DecimalFault::TooPrecise);
  EXPECT_EQ(parse_decimal("1.1234567800")->units, 112'345'678);
}

TEST(Decimal, MultipliesAndDividesLargeAmountsWithoutOverflow) {
  const Decimal price = *parse_decimal("1000000");
  const Decimal quantity = *parse_decimal("9000.5");
  EXPECT_EQ(to_text(multiply(price, quantity)), "9000500000.00000000");
  EXPECT_EQ(divide(multiply(price, quantity), quantity), price);
}

}  // namespace
}  // namespace apiforge::sim
