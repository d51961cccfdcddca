// PipelineTokenizer: added tokens, normaliser, pre-tokeniser, model and template put together as a
// tokenizer.json says.
#pragma once

#include <memory>

#include "text/added_tokens.h"
#include "text/model.h"
#include "text/normalizer.h"
#include "text/post_template.h"
#include "text/pre_tokenizer.h"
#include "text/token_decoder.h"
#include "text/token_texts.h"
#include "text/tokenizer.h"
#include "text/tokenizer_file.h"

namespace rappel {

class PipelineTokenizer final : public Tokenizer, public TokenTexts {
 public:
  static Result<std::shared_ptr<const Tokenizer>> create(TokenizerFile file);

  Encoding encode(std::string_view text, const EncodeOptions& options) const override;
  std::vector<TokenId> encode_bare(std::string_view text, std::stop_token cancel = {}) const override;
  std::size_t vocabulary_size() const override { return vocabulary_size_; }
  TokenId pad_id() const override { return pad_id_; }
  const std::vector<TokenId>& non_lexical_ids() const override { return non_lexical_ids_; }
  std::size_t special_tokens_single() const override { return template_.single().size() - 1; }
  std::size_t special_tokens_pair() const override { return template_.pair().size() - 2; }

  std::string_view token_text(TokenId id) const override { return decoder_.text_of(id); }
  Result<std::string> decode(std::span<const TokenId> ids, bool skip_special) const override {
    return decoder_.decode(ids, skip_special);
  }
  std::size_t leading_specials() const override;

 protected:
  Encoding assemble_pair(const TokenId* query, std::size_t query_length, const TokenId* passage,
                         std::size_t passage_length) const override;

 private:
  struct Run;

  PipelineTokenizer() = default;
  Status add_model(TokenizerFile& file);
  Status add_added_tokens(const Json& config);
  Status add_special_ids(const Json& padding);
  Result<AddedToken> parse_added_token(const Json& config) const;

  void run_text(std::string_view text, Run& run) const;
  void run_segment(std::string_view segment, std::size_t base, Run& run) const;
  void run_words(NormalText& text, bool at_start, Run& run) const;

  std::unique_ptr<const Model> model_;
  NormalizerChain normalizers_;
  PreTokenizer pre_tokenizer_;
  PostTemplate template_;
  TokenDecoder decoder_;
  AddedTokens raw_tokens_;         // found in the text as it comes
  AddedTokens normalized_tokens_;  // found after normalization
  std::size_t vocabulary_size_ = 0;
  TokenId pad_id_ = 0;
  std::vector<TokenId> non_lexical_ids_;
};

}  // namespace rappel
