// TokenizerSettings: the files in the folder of a tokenizer.json that change what it does, applied to it as
// AutoTokenizer of transformers 4 applies them.
//
// Sources: PreTrainedTokenizerBase._from_pretrained, PreTrainedTokenizerFast and BertTokenizerFast of
// transformers 4.57.6. Rules:
// - Lower case, accents and Chinese characters (tokenizer_config.json `do_lower_case`, `strip_accents`,
//   `tokenize_chinese_chars`): for BERT's tokenizer classes they replace the members of the BertNormalizer. A
//   setting that is absent counts as true, null and true: transformers' defaults. `tokenizer_class`
//   PreTrainedTokenizerFast leaves tokenizer.json as it is. Without a `tokenizer_class`, WordPiece is BERT's
//   and Unigram is XLM-RoBERTa's.
// - Added tokens: `added_tokens_decoder`, else added_tokens.json, adds tokens and replaces the flags of those
// that
//   tokenizer.json has. Special tokens (`mask_token`, `additional_special_tokens`, ..; without an
//   added_tokens_decoder also those of special_tokens_map.json) that tokenizer.json does not list become
//   added tokens. A token for which the model's table has no row is left out.
// - Token types: `model_input_names`, else the class, says whether the model sees them. XLM-RoBERTa's does
// not.
// - `truncation_side` "left" and `split_special_tokens` are kUnsupported.
// Where AutoTokenizer cannot follow the files either (an id that is not the next free one), the load is
// refused with kCorrupt.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "codec/json.h"
#include "text/tokenizer_file.h"

namespace rappel {

struct TokenizerSettings {
  bool model_folder = false;   // a config.json is there: the defaults of transformers apply
  long long rows = 1LL << 40;  // of the model's table (config.json `vocab_size`)
  Json config;                 // tokenizer_config.json; null: absent, as below
  Json special_tokens_map;     // special_tokens_map.json
  Json added_tokens;           // added_tokens.json

  // `folder` holds the tokenizer.json. kCorrupt for a file that is not a JSON object.
  static Result<TokenizerSettings> read(const std::filesystem::path& folder);
};

// The effect of the settings on a tokenizer.json.
struct TokenizerFacts {
  // One sentence for each place where the files contradict each other, with what is done.
  std::vector<std::string> notes;
  // Equal for equal changes; empty where tokenizer.json is used as it is. Part of a model's identity.
  std::string changes;
  bool lowers = false;  // text is lowered before it is cut into tokens
  // One more than the largest token type that a text or pair can have.
  int token_types = 1;
};

// Changes `file` as the settings say.
Result<TokenizerFacts> apply_settings(const TokenizerSettings& settings, TokenizerFile& file);

// Reads `path` (a tokenizer.json) and the files in its folder; messages begin with the file's path.
struct LoadedTokenizerFile {
  TokenizerFile file;
  TokenizerFacts facts;
};
Result<LoadedTokenizerFile> load_tokenizer_file(const std::filesystem::path& path);

}  // namespace rappel
