// Tokenizer: text to token ids, exactly as Hugging Face `tokenizers` answers for the same tokenizer.json.
//
// Two algorithms, chosen by the file: Unigram (XLM-RoBERTa: precompiled charsmap per grapheme cluster,
// metaspace, Viterbi) and WordPiece (BERT: clean-up, CJK spacing, lower case and accents, greedy longest
// match). An instance is immutable after load and may be used by any number of threads at once; it owns
// everything it needs.
//
// Input is UTF-8 of less than 4 GiB; bytes that are not are read as U+FFFD, as Python's
// bytes.decode(errors="replace") would. Truncation and padding settings stored in tokenizer.json are ignored
// (all reference libraries override them). A component of the file that is not known is kUnsupported, and the
// message names it.
//
// Quirks of the reference that are kept, because a model was trained with them (ids of BGE-M3 unless said
// otherwise):
// - White space at the end, or before a special token, is a lone metaspace where the file says so:
//   "a " -> 0 10 6 2, "x <unk> y" -> 0 1022 6 3 113 2. bge-reranker-v2-m3's file strips it: "a " -> 0 10 2.
// - Special tokens live in the text: "</s>" -> 0 2 2, and <mask> takes the white space on its left. Only as
//   typed: a full-width "<s>" is normalised first, then found in the vocabulary as a piece of the same id.
// - NUL is an unknown character to Unigram ("a\0b" -> 0 10 3 275 2); WordPiece drops it.
// - A grapheme cluster of under 6 bytes becomes the entry of its first character: U+FB01 U+0301 -> "fi".
// - Scores are read with the rounding of the reference's JSON reader, which decides between equally good
//   segmentations (tokenizer_file.h).
// - WordPiece: a word of more than 100 characters is one [UNK]; character classes are those of Unicode 8, so
//   U+2E43 (punctuation since Unicode 9) does not split a word; U+2B820 .. U+2B91F get no spaces around them.
// Left:
// - transformers 5 rebuilds the pre-tokeniser of XLM-R files and never gives the lone metaspace; here the
//   file wins: "a " -> 0 10 6 2.
// - Marks newer than Unicode 8 are put in the canonical order of the linked ICU, not of the reference's
//   tables: WordPiece may order U+1E08F U+1D165 differently (no such mark is in a known vocabulary).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

using TokenId = std::int32_t;

// Half-open byte range of the caller's text that a token came from; {0, 0} for special tokens that were
// added.
//
// Guaranteed for the tokens between those: begin <= end, neither goes down from one token to the next, both
// are borders of characters, and (unless the text was cut) each character that is not White_Space is in the
// range of a token. Tokens made of one character (U+2122 as "T" and "M") share its range. The word-start mark
// of Unigram stands for the space before the word, so its ranges may begin with white space; where there was
// no space, a token that is the mark alone has an empty range. Characters that normalisation drops go with
// the token before them (at the start: the first one).
struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct Encoding {
  std::vector<TokenId> ids;            // special tokens included
  std::vector<std::uint8_t> type_ids;  // empty = all zero; pairs of a BERT model have 1 for the second text
  std::vector<ByteRange> offsets;      // empty unless asked for; same length as ids
};

// max_length counts special tokens. Where it is below special_tokens_single() (pairs: special_tokens_pair())
// these alone are returned, which is more than asked for: check it once, at configuration.
//
// `cancel` is asked at bounded intervals of work, in every step. After a stop the encoding lacks tokens: the
// caller asks the token before using it.
struct EncodeOptions {
  std::size_t max_length = static_cast<std::size_t>(-1);
  bool offsets = false;
  std::stop_token cancel = {};
};

struct PairOptions {
  std::size_t max_length = 512;
  // The query alone is cut to this many tokens (specials not counted) first; 0 = max_length * 3 / 4.
  std::size_t query_max_length = 0;
};

class Tokenizer {
 public:
  // `path` is a tokenizer.json. kUnsupported for other models than Unigram and WordPiece (naming what was
  // found) and for a SentencePiece .model file; kCorrupt for a file that is damaged or contradicts itself.
  // Messages begin with the path.
  static Result<std::shared_ptr<const Tokenizer>> load(const std::filesystem::path& path);
  virtual ~Tokenizer() = default;

  // `<s> text </s>` or `[CLS] text [SEP]`, cut on the right. Work ends soon after max_length tokens.
  virtual Encoding encode(std::string_view text, const EncodeOptions& options) const = 0;

  // Token ids of a text without special tokens, uncut: what encode_pair takes, so that one query is tokenised
  // once for many passages. `cancel` as in EncodeOptions.
  virtual std::vector<TokenId> encode_bare(std::string_view text, std::stop_token cancel = {}) const = 0;

  // `<s> q </s></s> p </s>` or `[CLS] q [SEP] p [SEP]` (with type ids). FlagEmbedding's rule: the query is
  // cut to query_max_length, then the passage takes what room is left. Where FlagEmbedding would return more
  // than max_length (the query alone leaves no room for one passage token) the longer of both is cut until
  // the pair fits.
  Encoding encode_pair(const std::vector<TokenId>& query, const std::vector<TokenId>& passage,
                       const PairOptions& options) const;

  // One more than the largest id that can come out: the rows that an embedding table must have at least.
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
