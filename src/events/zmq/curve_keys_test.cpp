#include "events/zmq/curve_keys.hpp"

#include <gmock/gmock.h>

namespace apiforge::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The pair of the example in the manual page of zmq_curve.
constexpr std::string_view kSecret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
constexpr std::string_view kPublic = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
constexpr std::string_view kClient = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";

class CurveKeysTest : public testing::Test {
 protected:
  void expect_refusal(std::string_view detail) {
    const auto keys = read_curve_keys(settings_);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code, ErrorCode::InvalidConfiguration);
    EXPECT_THAT(keys.error().detail, HasSubstr(detail));
    EXPECT_THAT(keys.error().detail, Not(HasSubstr(kSecret.substr(0, 39))));
  }

  CurveSettings settings_;
};

TEST_F(CurveKeysTest, curve_is_off_without_keys) {
  const auto keys = read_curve_keys(settings_);
  ASSERT_TRUE(keys);
  EXPECT_FALSE(keys->has_value());
}

TEST_F(CurveKeysTest, the_public_key_follows_from_the_secret_one) {
  settings_.secret_key = Secret(std::string(kSecret));
  settings_.client_keys = {std::string(kClient)};
  const auto keys = read_curve_keys(settings_);
  ASSERT_TRUE(keys) << keys.error().detail;
  EXPECT_EQ((*keys)->public_key, kPublic);
  EXPECT_EQ((*keys)->secret_key.reveal(), kSecret);
  EXPECT_THAT((*keys)->clients, ElementsAre(kClient));
}

TEST_F(CurveKeysTest, what_is_no_key_is_refused_without_showing_it) {
  settings_.secret_key = Secret(std::string(kSecret.substr(0, 39)));
  expect_refusal("is not 40 characters");
  settings_.secret_key = Secret(std::string(kSecret.substr(0, 39)) + "\"");
  expect_refusal("is not 40 characters");
  settings_ = {.secret_key = Secret(std::string(kSecret)), .client_keys = {"short"}};
  expect_refusal("public CURVE key of a client");
}

TEST_F(CurveKeysTest, clients_without_a_server_are_refused) {
  settings_.client_keys = {std::string(kClient)};
  expect_refusal("this server has no key");
}

TEST_F(CurveKeysTest, new_pairs_fit_and_differ) {
  const auto one = make_curve_key_pair();
  const auto other = make_curve_key_pair();
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->public_key, other->public_key);
  settings_.secret_key = one->secret_key;
  EXPECT_EQ((*read_curve_keys(settings_))->public_key, one->public_key);
}

}  // namespace
}  // namespace apiforge::events
