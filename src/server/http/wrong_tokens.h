// WrongTokens: slows down the guessing of bearer tokens. The first few wrong tokens of a peer are answered at
// once, for the person who mistyped one; the next ones ever later. A peer that sends none for a minute is
// forgotten. Right tokens are never delayed.
//
// The table has a bounded number of peers; a new one takes the place of the one that was quiet longest. Any
// thread may use it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace rappel {

class WrongTokens {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kPeers = 1024;
  static constexpr std::size_t kFree = 5;
  static constexpr std::chrono::milliseconds kFirstDelay{100}, kLongestDelay{2000};
  static constexpr std::chrono::seconds kMemory{60};

  struct Wrong {
    std::size_t count = 0;  // of this peer, with this one
    std::chrono::milliseconds delay{0};
  };
  // One more from this peer.
  Wrong add(const std::string& peer, Clock::time_point now);
  std::uint64_t total() const;

 private:
  struct Peer {
    std::size_t count = 0;
    Clock::time_point last;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Peer> peers_;
  std::uint64_t total_ = 0;
};

}  // namespace rappel
