// Rate: how many requests a token may send, and TokenRates, which counts them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rappel {

// All of them may come at once; they come back one by one over the seconds (a token bucket).
struct Rate {
  std::int64_t requests = 0;
  std::int64_t seconds = 1;
  bool operator==(const Rate&) const = default;
};

// "5/s", "100/m", "1000/h".
Result<Rate> parse_rate(std::string_view text);
std::string rate_text(const Rate& rate);

// Any thread may call any method.
class TokenRates {
 public:
  using Clock = std::chrono::steady_clock;
  // Counts a request of the token. Zero, or the time after which another one would be let in.
  std::chrono::milliseconds take(const std::string& token_id, const Rate& rate, Clock::time_point now);
  // Forgets what was sent.
  void clear();

 private:
  struct Bucket {
    double left = 0;  // requests
    Clock::time_point at;
  };
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // by the id of the token
};

}  // namespace rappel
