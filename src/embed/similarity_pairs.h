// Questions of everyday life with their answers, in several languages: an embedding model is measured by them
// (similarity_scale.h). The answers use other words than the questions where they can.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace rappel {

struct SimilarityPair {
  std::string_view question, answer;
};

// `language`: ISO 639-1. Empty: there are none in this language.
std::span<const SimilarityPair> similarity_pairs(std::string_view language);

// The language of a text, as far as there are pairs in it: by its script, and by frequent words in Latin
// script. "en" if it is none of them.
std::string_view similarity_language(std::string_view text);
// The same, but nothing where the words of a text in Latin script leave a doubt
// (text/words/clear_language.h).
std::optional<std::string_view> clear_similarity_language(std::string_view text);

}  // namespace rappel
