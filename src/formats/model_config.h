// ModelConfig: what a model folder's small JSON files say, as one typed, checked value. Driven by their
// contents alone; folder and model names decide nothing. Defaults are those of transformers and
// sentence-transformers.
//
// Rules
// - Family: `model_type` "bert" or "xlm-roberta" (missing: the beginning of `architectures`). Others are
//   kUnsupported, as are: an activation other than the exact "gelu", position embeddings other than
//   "absolute", decoders.
// - Head: classification when `architectures` says ...ForSequenceClassification; ModelFiles adds what the
//   tensors say.
// - Pooling and normalisation, of embedders: with modules.json its Pooling module's folder
//   (1_Pooling/config.json) and whether a Normalize module is listed; other modules (Dense, ...) are
//   kUnsupported. Without modules.json, but with 1_Pooling/config.json: its pooling, normalised. With
//   neither, a plain BGE repository: CLS, normalised. Exactly one mode may be on, CLS or mean.
// - max_length: the least of the position table, sentence_bert_config.json `max_seq_length` and
//   tokenizer_config.json `model_max_length`, as far as they are given (all-MiniLM-L6-v2 has 512 positions
//   and max_seq_length 256: 256).
// - Prefixes, from config_sentence_transformers.json `prompts`: "query" for queries; "document", "passage"
//   or "corpus" for documents; else the one that `default_prompt_name` names.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/status.h"

namespace rappel {

enum class Family { kXlmRoberta, kBert };
enum class Pooling { kCls, kMean };

// What the model is for, from the heads that its files hold.
enum class HeadKind {
  kEmbedding,       // dense vectors; with sparse/colbert when those tensors are present
  kClassification,  // one logit per pair: a reranker
};

struct ModelConfig {
  Family family = Family::kBert;
  HeadKind head = HeadKind::kEmbedding;
  int hidden = 0;
  int layers = 0;
  int heads = 0;  // divides hidden
  int intermediate = 0;
  int vocabulary = 0;
  int max_positions = 0;  // rows of the position table
  int type_vocabulary = 0;
  float layer_norm_eps = 1e-12f;
  int pad_token_id = 0;
  int position_offset = 0;  // position of the first token: 0 for BERT, pad_token_id + 1 for XLM-RoBERTa
  Pooling pooling = Pooling::kCls;  // of embedders
  bool normalize = true;            // of embedders: dense vectors have length 1
  int max_length = 0;               // tokens, specials included
  std::string query_prefix;         // prepended to queries, often empty
  std::string document_prefix;
};

// Gives the text of a file of the folder ("config.json", "1_Pooling/config.json"), nullopt when there is
// none. The paths asked for are relative and stay inside the folder.
using ReadText = std::function<Result<std::optional<std::string>>(const std::string& path)>;

// Errors name the file and the member. Every number is checked against bounds far above any published model,
// so that products of a few of them cannot overflow 64 bits.
Result<ModelConfig> read_model_config(const ReadText& read);

}  // namespace rappel
