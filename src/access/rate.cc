#include "access/rate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace rappel {
namespace {

constexpr std::int64_t kMostRequests = 1'000'000'000;

constexpr struct {
  char name;
  std::int64_t seconds;
} kUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}};

std::optional<std::int64_t> seconds_of(std::string_view unit) {
  for (const auto& [name, seconds] : kUnits)
    if (unit == std::string_view(&name, 1)) return seconds;
  return std::nullopt;
}

// Milliseconds: sums of fractions are off by less.
constexpr double kRounding = 1e-6;

}  // namespace

Result<Rate> parse_rate(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string_view digits = text.substr(0, slash);
  const auto seconds = slash < text.size() ? seconds_of(text.substr(slash + 1)) : std::nullopt;
  Rate rate{0, seconds.value_or(0)};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), rate.requests);
  const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  if (!seconds || !whole || rate.requests <= 0 || rate.requests > kMostRequests)
    return Status(Code::kInvalidArgument,
                  "rate " + std::string(text) + ": expected a rate such as 5/s, 100/m or 1000/h");
  return rate;
}

std::string rate_text(const Rate& rate) {
  std::string text = std::to_string(rate.requests) + "/";
  for (const auto& [name, seconds] : kUnits)
    if (rate.seconds == seconds) text += name;
  return text;
}

std::chrono::milliseconds TokenRates::take(const std::string& token_id, const Rate& rate,
                                           Clock::time_point now) {
  const double most = static_cast<double>(rate.requests);
  const double a_second = most / static_cast<double>(rate.seconds);
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = buckets_.try_emplace(token_id, Bucket{most, now});
  Bucket& bucket = found->second;
  const double passed = std::chrono::duration<double>(now - bucket.at).count();
  bucket.left = std::min(most, bucket.left + std::max(0.0, passed) * a_second);
  bucket.at = std::max(bucket.at, now);
  if (bucket.left < 1)
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(std::ceil((1 - bucket.left) / a_second * 1000 - kRounding)));
  bucket.left -= 1;
  return std::chrono::milliseconds(0);
}

void TokenRates::clear() {
  const std::lock_guard lock(mutex_);
  buckets_.clear();
}

}  // namespace rappel
