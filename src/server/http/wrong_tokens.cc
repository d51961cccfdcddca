#include "server/http/wrong_tokens.h"

#include <algorithm>

namespace rappel {

WrongTokens::Wrong WrongTokens::add(const std::string& peer, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  ++total_;
  if (peers_.size() >= kPeers && !peers_.contains(peer))
    peers_.erase(std::min_element(peers_.begin(), peers_.end(), [](const auto& a, const auto& b) {
      return a.second.last < b.second.last;
    }));
  Peer& known = peers_[peer];
  if (now - known.last > kMemory) known.count = 0;
  known.last = now;
  ++known.count;
  if (known.count <= kFree) return {known.count, {}};
  const std::size_t doublings = std::min<std::size_t>(known.count - kFree - 1, 10);
  return {known.count, std::min(kFirstDelay * (1 << doublings), kLongestDelay)};
}

std::uint64_t WrongTokens::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace rappel
