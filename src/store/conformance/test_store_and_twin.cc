#include "store/conformance/test_store_and_twin.h"

#include <algorithm>
#include <string_view>

namespace rappel {

std::string random_text(std::mt19937& random) {
  static const std::vector<std::vector<std::string>> kWords = {
      {"the", "otter", "swims", "swimming", "in", "rivers", "river", "and", "of", "is", "ERR-4012",
       "running"},
      {"la", "loutre", "nage", "dans", "les", "rivi\xC3\xA8res", "rivi\xC3\xA8re", "et", "est",
       "caf\xC3\xA9s"},
      {"der", "Otter", "schwimmt", "in", "den", "Fl\xC3\xBCssen", "Fluss", "und", "ist", "H\xC3\xA4user"},
      {"\xE6\xB0\xB4\xE7\x8D\xAD", "\xE6\xB2\xB3\xE6\xB5\x81", "\xE6\xB8\xB8\xE6\xB3\xB3"}};
  const auto& words = kWords[random() % kWords.size()];
  std::string text;
  for (unsigned n = 1 + random() % 30; n > 0; --n) text += words[random() % words.size()] + " ";
  return text;
}

std::string rare_word(std::mt19937& random) {
  static constexpr std::string_view kParts[] = {"riv", "nag",       "Ott", "swim", "err",
                                                "40",  "\xC3\xA9t", "er",  "s"};
  std::string word;
  for (unsigned n = 1 + random() % 3; n > 0; --n) word += kParts[random() % std::size(kParts)];
  return word;
}

std::vector<std::pair<float, std::string>> scored_ids(DocumentStore& store, const SearchRequest& request) {
  const auto found = store.search(request);
  EXPECT_TRUE(found.ok()) << found.status().to_string();
  std::vector<std::pair<float, std::string>> scored;
  if (found.ok())
    for (const FoundChunk& one : *found) scored.emplace_back(one.score, one.chunk.id);
  std::sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  return scored;
}

std::vector<TokenWeight> random_weights(std::mt19937& random) {
  std::vector<TokenWeight> weights;
  for (std::uint32_t token = 0; token < 12; ++token) {
    if (random() % 3 == 0) continue;
    const float usual = static_cast<float>(1 + random() % 160) / 128;
    weights.push_back({token, random() % 40 == 0 ? usual * 256 : random() % 400 == 0 ? 40'000 : usual});
  }
  return weights;
}

}  // namespace rappel
