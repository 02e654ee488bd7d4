#include "app/address_rule.hpp"

#include <gtest/gtest.h>

namespace apiforge::app {
namespace {

TEST(AddressRule, LetsConnectToPublicAddressesAndToThoseThatAreNamed) {
  NetworkSettings network;
  network.upstream_allow = {model::parse_cidr("10.1.0.0/16").value()};

  EXPECT_TRUE(may_connect(network, "8.8.8.8"));
  EXPECT_TRUE(may_connect(network, "10.1.2.3"));
  EXPECT_TRUE(may_connect(network, "::ffff:10.1.2.3"));
  for (const auto* const inner : {"10.2.0.1", "127.0.0.1", "169.254.169.254", "::1", "nonsense"}) {
    EXPECT_FALSE(may_connect(network, inner)) << inner;
  }
}

TEST(AddressRule, KnowsWhichAddressesAreNamed) {
  NetworkSettings network;
  network.upstream_allow = {model::parse_cidr("10.1.0.0/16").value()};

  EXPECT_TRUE(is_named(network, "10.1.2.3"));
  EXPECT_FALSE(is_named(network, "8.8.8.8"));
  EXPECT_FALSE(is_named(network, "nonsense"));
}

}  // namespace
}  // namespace apiforge::app
