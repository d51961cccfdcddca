#include "store/collection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rappel {
namespace {

constexpr std::size_t kMaxName = 64, kMaxDescription = 512, kMaxTitle = 256;
constexpr std::int64_t kMostDays = 365;
constexpr std::size_t kMaxPairs = 16, kMaxKey = 64, kMaxValue = 512;
constexpr std::size_t kLeastTokens = 16, kMostTokens = 8192;

Status invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

Status check_collection_name(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= kMaxName && is_alphanumeric(name.front()) &&
                    std::all_of(name.begin(), name.end(),
                                [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
  if (fits) return {};
  return invalid(
      fmt::format("the name of a collection has 1 to {} of a-z, 0-9, \"-\" and \"_\", and begins "
                  "with a letter or a digit",
                  kMaxName));
}

Status check_collection(const CollectionSettings& settings) {
  RAPPEL_TRY(check_collection_name(settings.name));
  if (settings.description.size() > kMaxDescription)
    return invalid(fmt::format("the description of a collection has at most {} bytes", kMaxDescription));
  if (settings.metadata.size() > kMaxPairs)
    return invalid(fmt::format("a collection has at most {} metadata keys", kMaxPairs));
  if (settings.title.value_or("").size() > kMaxTitle)
    return invalid(fmt::format("the title of a collection has at most {} bytes", kMaxTitle));
  if (settings.expire_days.value_or(1) < 1 || settings.expire_days.value_or(1) > kMostDays)
    return invalid(fmt::format("a collection expires 1 to {} days after its last use", kMostDays));
  for (const auto& [key, value] : settings.metadata)
    if (key.empty() || key.size() > kMaxKey || value.size() > kMaxValue)
      return invalid(fmt::format("metadata of a collection: a key has 1 to {} bytes, a value at most {}",
                                 kMaxKey, kMaxValue));
  const std::size_t tokens = settings.chunk_tokens.value_or(kLeastTokens);
  if (tokens < kLeastTokens || tokens > kMostTokens)
    return invalid(fmt::format("chunk_tokens must be between {} and {}", kLeastTokens, kMostTokens));
  if (settings.chunk_overlap && !settings.chunk_tokens) return invalid("chunk_overlap needs chunk_tokens");
  if (settings.chunk_overlap.value_or(0) * 2 > tokens)
    return invalid("chunk_overlap must be at most half of chunk_tokens");
  return {};
}

Status no_such_collection(std::string_view name) {
  return Status(
      Code::kNotFound,
      fmt::format("there is no collection \"{}\"; `rappel collection list` names those there are", name));
}

}  // namespace rappel
