// TokenizerFile: a tokenizer.json taken apart. The one door to simdjson.
//
// The vocabulary (most of the file's 17 MB) is streamed into entries that view the reader's memory;
// everything else is small and kept as Json. Nothing is interpreted here beyond the vocabulary's own shape.
//
// Scores are read as the reference library reads them, which is not always the nearest float64: up to 19
// digits are gathered as an integer, then scaled by one power of ten ("-7.4715776443481445" comes out one
// unit in the last place short). Equally good segmentations are told apart by such bits.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "codec/json.h"
#include "text/double_array.h"

namespace rappel {

struct TokenizerFile {
  Json normalizer, pre_tokenizer, post_processor, decoder, added_tokens, padding;  // null when absent
  Json model;               // without its vocabulary and merges
  bool has_merges = false;  // a BPE model
  bool is_scored =
      false;  // the vocabulary was a list of [piece, score] (Unigram), else an object (WordPiece)
  std::vector<TrieEntry> vocabulary;  // keys live as long as this object; value = id
  std::vector<double> scores;         // by id, when is_scored
  bool token_types = true;            // false: encodings carry no token types, whatever the template says
  std::shared_ptr<const void> memory;

  // kCorrupt when it is not such a file.
  static Result<TokenizerFile> parse(std::string content);
};

// See above; `number` is a valid JSON number.
double reference_double(std::string_view number);

}  // namespace rappel
