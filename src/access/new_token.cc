#include "access/new_token.h"

#include <charconv>
#include <optional>

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
    return Status(Code::kInvalidArgument, "expiry \"" + std::string(text) + "\": " + why);
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

Result<TokenRecord> token_record(const NewToken& request, std::int64_t now) {
  TokenRecord record;
  record.name = request.name;
  for (const std::string& name : request.scopes) {
    RAPPEL_ASSIGN(const Scope scope, parse_scope(name));
    record.scopes.add(scope);
  }
  if (!request.expires.empty()) {
    RAPPEL_ASSIGN(record.expires_at, parse_expiry(request.expires, now));
  }
  if (!request.rate.empty()) {
    RAPPEL_ASSIGN(record.max_rate, parse_rate(request.rate));
  }
  if (request.max_body < 0) return Status(Code::kInvalidArgument, "max_body must be a number of bytes");
  if (request.max_body > 0) record.max_body = static_cast<std::size_t>(request.max_body);
  record.filter = request.filter;
  record.collections = request.collections;
  return record;
}

}  // namespace rappel
