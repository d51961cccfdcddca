// PostTemplate: the special tokens around one text or a pair, from a tokenizer.json's "post_processor".
#pragma once

#include <vector>

#include "codec/json.h"
#include "text/tokenizer.h"

namespace rappel {

class PostTemplate {
 public:
  struct Part {
    enum class Kind { kSpecial, kFirst, kSecond } kind = Kind::kSpecial;
    TokenId id = 0;  // of kSpecial
    std::uint8_t type_id = 0;
  };

  // Known: TemplateProcessing, BertProcessing; null adds nothing. Ids are at least 0 and below
  // `vocabulary_size`.
  static Result<PostTemplate> from_json(const Json& config, std::size_t vocabulary_size);

  // Every token type becomes 0.
  void drop_token_types();

  const std::vector<Part>& single() const { return single_; }
  const std::vector<Part>& pair() const { return pair_; }

 private:
  std::vector<Part> single_, pair_;
};

}  // namespace rappel
