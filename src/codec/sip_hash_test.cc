#include "codec/sip_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace rappel {
namespace {

// The key of the paper's test values: the bytes 00 01 .. 0f.
constexpr SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::string counting(std::size_t length) {
  std::string bytes;
  for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST(SipHash, HasTheValuesOfItsPaper) {
  EXPECT_EQ(sip_hash(kKey, ""), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(sip_hash(kKey, counting(1)), 0x74f839c593dc67fdu);
  EXPECT_EQ(sip_hash(kKey, counting(8)), 0x93f5f5799a932462u);
  EXPECT_EQ(sip_hash(kKey, counting(15)), 0xa129ca6149be45e5u);
}

TEST(SipHash, AnotherKeyGivesAnotherHash) {
  EXPECT_NE(sip_hash(kKey, "a"), sip_hash({1, 2}, "a"));
  EXPECT_NE(sip_hash(SipKey::random(), "a"), sip_hash(SipKey::random(), "a"));
}

}  // namespace
}  // namespace rappel
