// Peers: who is at the other end of connections, as far as budgets are shared.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace rappel {

struct Peer {
  // The address of an IPv4 peer; the /64 network of an IPv6 peer, because one machine may have all of it.
  std::string name;
  bool loopback = false;
};

Peer peer_of(const boost::asio::ip::address& address);

// ConnectionCount: the open connections, shared as a ByteBudget is. A peer other than loopback may have as
// many as stay free: half of them while it is alone, a third beside another, so that there is always one for
// a new peer. Any thread may use it.
class ConnectionCount {
 public:
  explicit ConnectionCount(std::size_t limit) : limit_(limit) {}

  // False: all are taken, or this peer has its share.
  [[nodiscard]] bool take(const Peer& peer);
  // `taken`: what take() returned.
  void give(const Peer& peer, bool taken);

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::size_t open_ = 0;
  std::map<std::string, std::size_t> peers_;
};

}  // namespace rappel
