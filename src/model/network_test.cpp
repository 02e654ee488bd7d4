#include "model/network.hpp"

#include <gtest/gtest.h>

namespace apiforge::model {
namespace {

IpAddress address(std::string_view text) {
  const auto parsed = parse_ip_address(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress{});
}

Cidr network(std::string_view text) {
  const auto parsed = parse_cidr(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Cidr{});
}

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::5"}) {
    EXPECT_EQ(to_string(address(text)), text);
  }
}

TEST(IpAddress, AMappedAddressIsTheIpv4Address) {
  EXPECT_EQ(address("::ffff:127.0.0.1"), address("127.0.0.1"));
  EXPECT_EQ(address("::ffff:7f00:1"), address("127.0.0.1"));
  EXPECT_EQ(to_string(address("::ffff:10.0.0.1")), "10.0.0.1");
}

TEST(IpAddress, RefusesSpellingsThatResolversReadInTheirOwnWay) {
  for (const char* text : {"0x7f.1", "127.1", "2130706433", "0177.0.0.1", "127.0.0.01", "1.2.3.4.5",
                           "256.1.1.1", "", " 1.2.3.4", "fe80::1%eth0", "[::1]", "1::2::3"}) {
    EXPECT_FALSE(parse_ip_address(text)) << text;
  }
  EXPECT_FALSE(parse_ip_address(std::string_view("1.2.3.4\0", 8)));
}

TEST(Cidr, ContainsWhatAgreesInThePrefix) {
  EXPECT_TRUE(contains(network("10.0.0.0/8"), address("10.255.0.1")));
  EXPECT_FALSE(contains(network("10.0.0.0/8"), address("11.0.0.0")));
  EXPECT_TRUE(contains(network("172.16.0.0/12"), address("172.31.255.255")));
  EXPECT_FALSE(contains(network("172.16.0.0/12"), address("172.32.0.0")));
  EXPECT_TRUE(contains(network("fc00::/7"), address("fdff::1")));
  EXPECT_TRUE(contains(network("192.0.2.7"), address("192.0.2.7")));
  EXPECT_FALSE(contains(network("192.0.2.7"), address("192.0.2.6")));
}

TEST(Cidr, KeepsTheFamiliesApart) {
  EXPECT_TRUE(contains(network("0.0.0.0/0"), address("203.0.113.9")));
  EXPECT_FALSE(contains(network("0.0.0.0/0"), address("2001:db8::1")));
  EXPECT_TRUE(contains(network("::/0"), address("2001:db8::1")));
  EXPECT_FALSE(contains(network("::/0"), address("203.0.113.9")));
}

TEST(Cidr, HoldsForTheMappedSpelling) {
  EXPECT_EQ(network("::ffff:10.0.0.0/104"), network("10.0.0.0/8"));
  EXPECT_TRUE(contains(network("127.0.0.0/8"), address("::ffff:127.0.0.1")));
}

TEST(Cidr, IsWrittenAsItIsRead) {
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.7/32", "fc00::/7", "::/0"}) {
    EXPECT_EQ(to_string(network(text)), text);
  }
}

TEST(Cidr, RefusesBadPrefixesAndStrayBits) {
  for (const char* text : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8",
                           "10.0.0.0/0008", "name/8", "/8", "", "10.0.0.0/ 8"}) {
    EXPECT_FALSE(parse_cidr(text)) << text;
  }
  const auto stray = parse_cidr("10.1.2.3/8");
  ASSERT_FALSE(stray);
  EXPECT_NE(stray.error().detail.find("10.0.0.0/8"), std::string::npos);
}

struct ClassCase {
  const char* text;
  AddressClass expected;
};

class Classification : public testing::TestWithParam<ClassCase> {};

TEST_P(Classification, IsThatOfTheRegistries) {
  EXPECT_EQ(address_class_name(classify(address(GetParam().text))),
            address_class_name(GetParam().expected))
      << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Addresses, Classification,
                         testing::Values(ClassCase{"8.8.8.8", AddressClass::Public},
                                         ClassCase{"2606:4700::1111", AddressClass::Public},
                                         ClassCase{"0.0.0.0", AddressClass::Unspecified},
                                         ClassCase{"::", AddressClass::Unspecified},
                                         ClassCase{"127.8.8.8", AddressClass::Loopback},
                                         ClassCase{"::1", AddressClass::Loopback},
                                         ClassCase{"::ffff:127.0.0.1", AddressClass::Loopback},
                                         ClassCase{"::127.0.0.1", AddressClass::Loopback},
                                         ClassCase{"64:ff9b::7f00:1", AddressClass::Loopback},
                                         ClassCase{"2002:7f00:1::", AddressClass::Loopback},
                                         ClassCase{"64:ff9b::808:808", AddressClass::Public},
                                         ClassCase{"64:ff9b:1::1", AddressClass::Private},
                                         ClassCase{"10.1.2.3", AddressClass::Private},
                                         ClassCase{"172.16.0.1", AddressClass::Private},
                                         ClassCase{"172.32.0.1", AddressClass::Public},
                                         ClassCase{"192.168.1.1", AddressClass::Private},
                                         ClassCase{"fd12::1", AddressClass::Private},
                                         ClassCase{"100.64.0.1", AddressClass::Shared},
                                         ClassCase{"169.254.1.1", AddressClass::LinkLocal},
                                         ClassCase{"fe80::1", AddressClass::LinkLocal},
                                         ClassCase{"169.254.169.254", AddressClass::Metadata},
                                         ClassCase{"::ffff:a9fe:a9fe", AddressClass::Metadata},
                                         ClassCase{"64:ff9b::a9fe:a9fe", AddressClass::Metadata},
                                         ClassCase{"100.100.100.200", AddressClass::Metadata},
                                         ClassCase{"168.63.129.16", AddressClass::Metadata},
                                         ClassCase{"fd00:ec2::254", AddressClass::Metadata},
                                         ClassCase{"fd20:ce::254", AddressClass::Metadata},
                                         ClassCase{"224.0.0.1", AddressClass::Multicast},
                                         ClassCase{"ff02::1", AddressClass::Multicast},
                                         ClassCase{"255.255.255.255", AddressClass::Reserved},
                                         ClassCase{"192.0.2.1", AddressClass::Reserved},
                                         ClassCase{"2001:db8::1", AddressClass::Reserved},
                                         ClassCase{"2001::1", AddressClass::Reserved}));

}  // namespace
}  // namespace apiforge::model
