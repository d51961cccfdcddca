// Tokenizer: text to token ids, exactly as Hugging Face `tokenizers` answers for the same tokenizer.json.
//
// Two algorithms, chosen by the file: Unigram (XLM-RoBERTa: precompiled charsmap per grapheme cluster, metaspace,
// Viterbi) and WordPiece (BERT: clean-up, CJK spacing, lower case and accents, greedy longest match). An instance is
// immutable after load and may be used by any number of threads at once; it owns everything it needs.
//
// Input is UTF-8; bytes that are not are read as U+FFFD, as Python's bytes.decode(errors="replace") would.
// Truncation and padding settings stored in tokenizer.json are ignored (all reference libraries override them).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

using TokenId = std::int32_t;

// Half-open byte range of the caller's text that a token came from; {0, 0} for special tokens that were added.
struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct Encoding {
  std::vector<TokenId> ids;                // special tokens included
  std::vector<std::uint8_t> type_ids;      // empty = all zero; pairs of a BERT model have 1 for the second text
  std::vector<ByteRange> offsets;          // empty unless asked for; same length as ids
};

// max_length counts special tokens. It must be at least special_tokens_single() (pairs: special_tokens_pair()).
struct EncodeOptions {
  std::size_t max_length = static_cast<std::size_t>(-1);
  bool offsets = false;
};

struct PairOptions {
  std::size_t max_length = 512;
  // The query alone is cut to this many tokens (specials not counted) first; 0 = max_length * 3 / 4.
  std::size_t query_max_length = 0;
};

class Tokenizer {
 public:
  // `path` is a tokenizer.json. kUnsupported for other models than Unigram and WordPiece, naming what was found.
  static Result<std::shared_ptr<const Tokenizer>> load(const std::filesystem::path& path);
  virtual ~Tokenizer() = default;

  // `<s> text </s>` or `[CLS] text [SEP]`, cut on the right.
  virtual Encoding encode(std::string_view text, const EncodeOptions& options) const = 0;

  // Token ids of a text without special tokens, uncut: what encode_pair takes, so that one query is tokenised once for
  // many passages.
  virtual std::vector<TokenId> encode_bare(std::string_view text) const = 0;

  // `<s> q </s></s> p </s>` or `[CLS] q [SEP] p [SEP]` (with type ids). FlagEmbedding's rule: the query is cut to
  // query_max_length, then the passage takes what room is left. Where FlagEmbedding would return more than max_length
  // (the query alone leaves no room for one passage token) the longer of both is cut until the pair fits.
  Encoding encode_pair(const std::vector<TokenId>& query, const std::vector<TokenId>& passage,
                       const PairOptions& options) const;

  virtual std::size_t vocabulary_size() const = 0;
  virtual TokenId pad_id() const = 0;
  // Ids that carry no lexical weight: beginning, end, padding, unknown (BGE-M3: 0, 1, 2, 3; not <mask>).
  virtual const std::vector<TokenId>& non_lexical_ids() const = 0;
  virtual std::size_t special_tokens_single() const = 0;
  virtual std::size_t special_tokens_pair() const = 0;

 protected:
  virtual Encoding assemble_pair(const TokenId* query, std::size_t query_length, const TokenId* passage,
                                 std::size_t passage_length) const = 0;
};

}  // namespace rappel
