#include "model/quota.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "model/alert.hpp"

namespace apiforge::model {
namespace {

TEST(PriorityClasses, HaveNamesThatReadBack) {
  for (const auto priority : {PriorityClass::Admin, PriorityClass::Cancel, PriorityClass::Order,
                              PriorityClass::Data, PriorityClass::Batch}) {
    EXPECT_EQ(parse_priority_class(name_of(priority)), priority);
  }
  EXPECT_EQ(name_of(PriorityClass::Order), "order");
  EXPECT_EQ(parse_priority_class("Order"), std::nullopt);
  EXPECT_EQ(parse_priority_class(""), std::nullopt);
}

template <class Names>
void expect_each_at_its_place(const Names& names) {
  for (const auto& [name, value] : names) EXPECT_EQ(name_of(value), name);
}

TEST(Names, StandAtThePlaceOfTheirValue) {
  expect_each_at_its_place(kPriorityNames);
  expect_each_at_its_place(kLimitUnitNames);
  expect_each_at_its_place(kAlertConditionNames);
  expect_each_at_its_place(kAlertSeverityNames);
}

TEST(Usd, ReadsDecimalTexts) {
  EXPECT_EQ(parse_usd("0"), NanoUsd{0});
  EXPECT_EQ(parse_usd("12.5"), NanoUsd{12'500'000'000});
  EXPECT_EQ(parse_usd("0.000000001"), NanoUsd{1});
  EXPECT_EQ(parse_usd("007.10"), NanoUsd{7'100'000'000});
  EXPECT_EQ(parse_usd("9000000000"), NanoUsd{9'000'000'000'000'000'000});
}

TEST(Usd, RefusesWhatIsNoAmount) {
  for (const char* text :
       {"", ".", ".5", "5.", "-1", "+1", "1e3", " 1", "1 ", "1,5", "1.2.3", "0.0000000001",
        "9000000000.000000001", "9000000001", "12345678901", "99999999999999999999999999", "one"}) {
    EXPECT_EQ(parse_usd(text), std::nullopt) << text;
  }
}

TEST(Usd, IsWrittenWithoutZerosAtTheEnd) {
  EXPECT_EQ(usd_text({0}), "0");
  EXPECT_EQ(usd_text({3'000'000'000}), "3");
  EXPECT_EQ(usd_text({12'500'000'000}), "12.5");
  EXPECT_EQ(usd_text({1'000}), "0.000001");
  EXPECT_EQ(usd_text({1}), "0.000000001");
}

TEST(Usd, ReadsBackWhatItWrote) {
  Random random(17);
  for (int i = 0; i < 10'000; ++i) {
    const NanoUsd amount{static_cast<std::int64_t>(random.next() % 9'000'000'000'000'000'001ull)};
    ASSERT_EQ(parse_usd(usd_text(amount)), amount) << usd_text(amount);
  }
}

}  // namespace
}  // namespace apiforge::model
