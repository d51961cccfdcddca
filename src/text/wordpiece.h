// WordPiece: greedy longest match from the left; a word with a part that matches nothing, or of too many
// characters, is one unknown token.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/double_array.h"
#include "text/model.h"

namespace rappel {

struct WordPieceOptions {
  TokenId unknown_id = 0;
  std::string continuing_prefix = "##";  // of pieces that do not start a word
  std::size_t max_word_characters = 100;
};

class WordPiece final : public Model {
 public:
  // entries[i].value is the piece's id, below `size`.
  static Result<std::unique_ptr<WordPiece>> build(const std::vector<TrieEntry>& entries, std::size_t size,
                                                  WordPieceOptions options);

  void tokenize(std::string_view word, PieceBuffer& out, StopPoll& stop) const override;
  TokenId find(std::string_view piece) const override { return trie_.find(piece); }
  TokenId unknown_id() const override { return options_.unknown_id; }
  std::size_t size() const override { return size_; }

 private:
  WordPiece(DoubleArray trie, std::size_t size, WordPieceOptions options);
  bool is_too_long(std::string_view word) const;

  DoubleArray trie_;
  std::size_t size_;
  WordPieceOptions options_;
  DoubleArray::State continuing_ = 0;  // the state after the prefix; 0 has no children
};

}  // namespace rappel
