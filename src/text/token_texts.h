// TokenTexts: a tokenizer that also turns ids into text. Tokenizers of a tokenizer.json do; token_texts()
// finds out.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "text/tokenizer.h"

namespace rappel {

class TokenTexts {
 public:
  virtual ~TokenTexts() = default;
  // The token as the vocabulary spells it ("##ing"); empty for an id that it does not have.
  virtual std::string_view token_text(TokenId id) const = 0;
  // As `decode` of Hugging Face `tokenizers`: the ids that the vocabulary has, joined as the file's decoder
  // says. `skip_special`: without special tokens. kUnsupported: the file's decoder is not known.
  virtual Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const = 0;
  // Special tokens that encode() puts before a text.
  virtual std::size_t leading_specials() const = 0;
};

// Null if the tokenizer has no texts of its ids.
inline const TokenTexts* token_texts(const Tokenizer& tokenizer) {
  return dynamic_cast<const TokenTexts*>(&tokenizer);
}

}  // namespace rappel
