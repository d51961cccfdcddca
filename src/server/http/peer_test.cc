#include "server/http/peer.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

Peer peer(const char* address) { return peer_of(boost::asio::ip::make_address(address)); }

TEST(Peer, Ipv6NetworkAndMappedAddresses) {
  EXPECT_EQ(peer("10.0.0.7").name, "10.0.0.7");
  EXPECT_EQ(peer("::ffff:10.0.0.7").name, "10.0.0.7");
  EXPECT_EQ(peer("2001:db8:1:2:3:4:5:6").name, "2001:db8:1:2::/64");
  EXPECT_EQ(peer("2001:db8:1:2::1").name, peer("2001:db8:1:2:ffff::").name);
  for (const char* address : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(peer(address).loopback) << address;
  EXPECT_FALSE(peer("2001:db8::1").loopback || peer("192.168.0.1").loopback);
}

TEST(ConnectionCount, PeersShareWhatIsFree) {
  ConnectionCount count(8);
  const auto taken = [&](const char* address) {
    std::size_t n = 0;
    while (count.take(peer(address))) ++n;
    return n;
  };
  EXPECT_EQ(taken("10.0.0.1"), 4u);
  EXPECT_EQ(taken("10.0.0.2"), 2u);
  EXPECT_EQ(taken("10.0.0.3"), 1u);
  count.give(peer("10.0.0.1"), true);
  EXPECT_EQ(taken("10.0.0.1"), 0u) << "it has more than its share still";
  EXPECT_EQ(taken("127.0.0.1"), 2u) << "programs of this machine may take the rest";
  count.give(peer("127.0.0.1"), false);
  EXPECT_EQ(taken("127.0.0.1"), 0u) << "what was not taken is not given back";
}

TEST(ConnectionCount, OneConnectionIsForAnybody) {
  ConnectionCount count(1);
  EXPECT_TRUE(count.take(peer("10.0.0.1")));
  EXPECT_FALSE(count.take(peer("10.0.0.2")));
  count.give(peer("10.0.0.1"), true);
  EXPECT_TRUE(count.take(peer("10.0.0.2")));
}

}  // namespace
}  // namespace rappel
