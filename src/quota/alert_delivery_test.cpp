#include "quota/alert_delivery.hpp"

#include <gmock/gmock.h>

#include <set>

namespace apiforge::quota {
namespace {

const WallTime kNoon{std::chrono::milliseconds(1'700'000'000'999)};

TEST(WebhookSignatureTest, is_hmac_sha256_over_time_and_body) {
  // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec
  EXPECT_EQ(sign_webhook(Secret("whsec"), kNoon, R"({"a":1})"),
            "t=1700000000,v1=8ad37ba156048ae0e0a5533c75cdf26fee88b07f93cb57ee4c80adb053012032");
}

TEST(WebhookSignatureTest, takes_secrets_of_any_length_and_is_empty_without_one) {
  // printf '1700000000.x' | openssl dgst -sha256 -hmac "$(printf 'k%.0s' $(seq 200))"
  EXPECT_EQ(sign_webhook(Secret(std::string(200, 'k')), kNoon, "x"),
            "t=1700000000,v1=2d013b044a929073b0ccd0391b500ede540807afbc0b79bc3c47705da9299ba6");
  EXPECT_EQ(sign_webhook(Secret(), kNoon, "x"), "");
}

TEST(DeliveryIdTest, ids_are_unique_and_sort_by_time) {
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) ids.insert(make_alert_id(kNoon));
  EXPECT_EQ(ids.size(), 1'000u);
  EXPECT_EQ(ids.begin()->size(), 32u);
  EXPECT_GT(make_alert_id(kNoon + std::chrono::milliseconds(1)), *ids.rbegin());
}

}  // namespace
}  // namespace apiforge::quota
