// TokenDecoder: token ids back to text, as `decode` of Hugging Face `tokenizers` does it for the same
// tokenizer.json. Immutable; safe from any thread.
//
// Known decoders: Metaspace (the mark becomes a space, and is dropped from the first token), WordPiece
// (tokens are joined with spaces but for those with the prefix; `cleanup` takes spaces before punctuation
// away), and none (tokens are joined with spaces). Another decoder is no error until something is decoded.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "text/double_array.h"
#include "text/tokenizer.h"

namespace rappel {

class TokenDecoder {
 public:
  TokenDecoder() = default;
  // `decoder` and `added_tokens` as in the file. kCorrupt if a member has another type than it must have.
  static Result<TokenDecoder> build(const Json& decoder, const std::vector<TrieEntry>& vocabulary,
                                    const Json& added_tokens);

  // As the vocabulary spells it ("##ing"); empty for an id that it does not have.
  std::string_view text_of(TokenId id) const;
  // Ids outside the vocabulary are left out. kUnsupported: the file's decoder is not known.
  Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const;

 private:
  enum class Kind { kJoin, kMetaspace, kWordPiece, kUnknown };

  Status read_decoder(const Json& config);
  void add_pieces(const std::vector<TrieEntry>& vocabulary, const Json& added_tokens);
  void append(std::string& out, std::string_view token, bool first) const;
  bool is_special(TokenId id) const;

  Kind kind_ = Kind::kJoin;
  std::string type_;          // of the file
  std::string mark_;          // of Metaspace, the prefix of WordPiece
  bool drops_first_ = true;   // the marks of the first token
  bool cleanup_ = true;       // of WordPiece
  std::vector<TokenId> ids_;  // sorted
  std::string pieces_;        // of all ids, in their order
  std::vector<std::uint32_t> ends_;
  std::vector<TokenId> special_;  // sorted
};

}  // namespace rappel
