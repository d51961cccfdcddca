#include "cli/token_args.h"

#include <charconv>
#include <optional>
#include <string>

#include "base/timestamp.h"

namespace rappel {
namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour, kWeek = 7 * kDay;
constexpr std::int64_t kMostCount = 100'000;

// A whole number above 0.
std::optional<std::int64_t> count_of(std::string_view digits) {
  std::int64_t count = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  return whole && count > 0 && count <= kMostCount ? std::optional(count) : std::nullopt;
}

std::optional<std::int64_t> seconds_of(char unit) {
  switch (unit) {
    case 'm': return kMinute;
    case 'h': return kHour;
    case 'd': return kDay;
    case 'w': return kWeek;
    default: return std::nullopt;
  }
}

}  // namespace

Result<std::int64_t> parse_expiry(std::string_view text, std::int64_t now) {
  const auto refused = [&](const char* why) {
    return Status(Code::kInvalidArgument, "--expires " + std::string(text) + ": " + why);
  };
  std::optional<std::int64_t> expiry;
  if (text.size() > 1)
    if (const auto unit = seconds_of(text.back()))
      if (const auto count = count_of(text.substr(0, text.size() - 1))) expiry = now + *count * *unit;
  if (!expiry) {
    const auto date = parse_timestamp(text);
    if (!date.ok()) return refused("expected a time such as 12h, 30d or 8w, or a date");
    expiry = *date;
  }
  if (*expiry <= now) return refused("that time has passed");
  return *expiry;
}

}  // namespace rappel
