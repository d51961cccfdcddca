// The naive twin of the tokenizers, for tests: the same answers from strings, maps and ICU's own iterators,
// one character at a time, without tables, tries or early ends. It reads the same small set of components.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/charsmap.h"
#include "text/tokenizer_file.h"

namespace rappel {

class NaiveTokenizer {
 public:
  explicit NaiveTokenizer(TokenizerFile file);
  // Without special tokens; `text` is valid UTF-8.
  std::vector<TokenId> encode(const std::string& text) const;

 private:
  struct Special {
    TokenId id;
    std::string content;
    bool left_strip;
  };

  std::string normalize(const std::string& text, const Json& config) const;
  std::string apply_charsmap(const std::string& text) const;
  std::vector<std::string> words(const std::string& text) const;
  void add_unigram(const std::string& word, std::vector<TokenId>& ids) const;
  void add_wordpiece(const std::string& word, std::vector<TokenId>& ids) const;
  void add_segment(const std::string& text, std::vector<TokenId>& ids) const;

  TokenizerFile file_;
  std::unordered_map<std::string, TokenId> pieces_;
  std::vector<Special> specials_;
  std::unique_ptr<const Normalizer> charsmap_;
  double worst_ = 0;
};

}  // namespace rappel
