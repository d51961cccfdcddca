#include "tune/lowered.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace rappel {
namespace {

struct Cost {
  std::string_view key, words;
};

constexpr Cost kCosts[] = {
    {"RERANK_K", "fewer candidates are reranked, so good answers that the search ranks lower are missed"},
    {"RERANK_FINAL_N", "a query without top_k returns fewer results"},
    {"EMBEDDING_PRECISION", "vectors are less exact"},
    {"RERANK_PRECISION", "scores are less exact"},
    {"EMBEDDING_MAX_LEN", "longer texts are cut earlier"},
    {"EMBEDDING_BATCH", "`rappel ingest` makes smaller transactions, which is a little slower"},
    {"EMBEDDING_CACHE_SIZE", "fewer repeated queries are answered from the cache"},
    {"RAPPEL_THREADS", "some CPUs stay unused"},
};

// From the least exact to the most exact.
constexpr std::array<std::string_view, 6> kExactness{"int8", "w8a16", "bfloat16", "half", "tf32", "float32"};

std::optional<double> rank_of(std::string_view key, std::string_view value) {
  if (key.ends_with("_PRECISION")) {
    const auto* const it = std::find(kExactness.begin(), kExactness.end(), value);
    if (it == kExactness.end()) return std::nullopt;
    return static_cast<double>(it - kExactness.begin());
  }
  long long number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return static_cast<double>(number);
}

}  // namespace

std::string lowered_words(std::string_view key, std::string_view from, std::string_view to) {
  const auto before = rank_of(key, from), after = rank_of(key, to);
  if (!before || !after || *after >= *before) return "";
  // 0 threads are all of them.
  if (key == "RAPPEL_THREADS" && *after == 0) return "";
  std::string words = fmt::format("your {}={} becomes {}", key, from, to);
  for (const Cost& cost : kCosts)
    if (cost.key == key) words += fmt::format(": {}", cost.words);
  return words;
}

std::optional<std::string> user_value(const RunContext& context, std::string_view key) {
  for (const OptionValue& value : context.options.all())
    if (value.spec->name() == key)
      return value.origin == Origin::kDefault ? std::nullopt : std::optional(context.options.text(key));
  const OptionSpec& spec = find_option(key);
  std::vector<std::string_view> names = split_bar(spec.old_names);
  names.insert(names.begin(), spec.variable);
  for (const std::string_view name : names)
    if (const auto it = context.variables.find(std::string(name));
        it != context.variables.end() && !it->second.empty())
      return it->second;
  return std::nullopt;
}

}  // namespace rappel
