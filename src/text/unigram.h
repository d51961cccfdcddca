// Unigram: the most probable segmentation of a word (Viterbi, float64), as Hugging Face `tokenizers` finds
// it.
//
// A character that is no piece by itself may be unknown, at the score of the worst piece minus 10;
// neighbouring unknowns become one token. Among equally good segmentations the first one stays: scores are
// added from the left, so the last bit of each score matters (tokenizer_file.h says how they are read).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "text/double_array.h"
#include "text/model.h"

namespace rappel {

class Unigram final : public Model {
 public:
  // entries[i].value is the piece's id, scores[id] its score; unknown_id < scores.size().
  static Result<std::unique_ptr<Unigram>> build(const std::vector<TrieEntry>& entries,
                                                std::vector<double> scores, TokenId unknown_id);

  void tokenize(std::string_view word, PieceBuffer& out, StopPoll& stop) const override;
  TokenId find(std::string_view piece) const override { return trie_.find(piece); }
  TokenId unknown_id() const override { return unknown_id_; }
  std::size_t size() const override { return scores_.size(); }

 private:
  Unigram(DoubleArray trie, std::vector<double> scores, TokenId unknown_id);
  // False if `stop` ended the search.
  bool find_best_paths(std::string_view word, std::vector<PieceBuffer::Node>& nodes, StopPoll& stop) const;
  void add_best_path(std::string_view word, PieceBuffer& out) const;

  DoubleArray trie_;
  std::vector<double> scores_;
  double unknown_score_;
  TokenId unknown_id_;
};

}  // namespace rappel
