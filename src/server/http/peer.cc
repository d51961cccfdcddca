#include "server/http/peer.h"

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace rappel {

namespace ip = boost::asio::ip;

Peer peer_of(const ip::address& address) {
  if (address.is_v4()) return {address.to_string(), address.is_loopback()};
  const ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return peer_of(ip::make_address_v4(ip::v4_mapped, v6));
  if (v6.is_loopback()) return {v6.to_string(), true};
  ip::address_v6::bytes_type bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return {ip::address_v6(bytes).to_string() + "/64", false};
}

bool ConnectionCount::take(const Peer& peer) {
  const std::lock_guard lock(mutex_);
  if (open_ >= limit_) return false;
  const auto own = peers_.find(peer.name);
  const std::size_t has = own == peers_.end() ? 0 : own->second;
  if (!peer.loopback && has >= limit_ - open_) return false;
  peers_[peer.name] = has + 1;
  ++open_;
  return true;
}

void ConnectionCount::give(const Peer& peer, bool taken) {
  if (!taken) return;
  const std::lock_guard lock(mutex_);
  --open_;
  const auto own = peers_.find(peer.name);
  if (--own->second == 0) peers_.erase(own);
}

}  // namespace rappel
