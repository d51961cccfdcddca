#include "retrieve/plausibility.h"

#include <algorithm>
#include <cctype>

#include "retrieve/types.h"

namespace rappel {
namespace {

constexpr std::size_t kMostCodes = 8;
constexpr std::size_t kLeastMixed = 4, kLeastDigits = 5;
constexpr double kWithoutCode = 0.45;
// A dense part below which nothing is near, and the factor if it is 0.
constexpr double kNear = 0.15, kNothingNear = 0.5;

bool is_code_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_joint(char c) { return std::string_view("-_./:").find(c) != std::string_view::npos; }

bool is_code(std::string_view word) {
  std::size_t digits = 0, letters = 0;
  for (const char c : word) {
    digits += std::isdigit(static_cast<unsigned char>(c)) != 0;
    letters += std::isalpha(static_cast<unsigned char>(c)) != 0;
  }
  return letters == 0 ? digits >= kLeastDigits : digits > 0 && digits + letters >= kLeastMixed;
}

Result<bool> is_stored(StoreReader& reader, const std::string& code, const Filter& filter) {
  SearchRequest request = SearchRequest::lexical(code, 1, filter);
  request.text.phrases = {code};
  RAPPEL_ASSIGN(const auto hits, reader.search(request));
  return !hits.empty();
}

// The dense part of the best candidate; 1 if it says nothing.
double nearness(std::span<const SignalScale> scales, const Candidate& best) {
  for (std::size_t s = 0; s < scales.size(); ++s)
    if (scales[s].kind == SignalKind::kDense && scales[s].knows_language) return best.signals[s].part;
  return 1;
}

}  // namespace

std::vector<std::string> codes_in(std::string_view text) {
  std::vector<std::string> codes;
  for (std::size_t at = 0; at < text.size() && codes.size() < kMostCodes;) {
    std::size_t end = at;
    while (end < text.size() && (is_code_character(text[end]) || is_joint(text[end]))) ++end;
    std::string_view word = text.substr(at, end - at);
    while (!word.empty() && is_joint(word.front())) word.remove_prefix(1);
    while (!word.empty() && is_joint(word.back())) word.remove_suffix(1);
    if (is_code(word)) codes.emplace_back(word);
    at = end + 1;
  }
  return codes;
}

Result<double> plausibility(StoreReader& reader, const StoreInfo& store, std::string_view query,
                            const Filter& filter, std::span<const SignalScale> scales,
                            std::span<const Candidate> candidates) {
  if (candidates.empty()) return 1.0;
  const double near = std::clamp(nearness(scales, candidates.front()) / kNear, 0.0, 1.0);
  const double factor = kNothingNear + (1 - kNothingNear) * near;
  if (!store.lexical || !store.text_conditions) return factor;
  for (const std::string& code : codes_in(query)) {
    RAPPEL_ASSIGN(const bool stored, is_stored(reader, code, filter));
    if (!stored) return factor * kWithoutCode;
  }
  return factor;
}

}  // namespace rappel
