// ModelConfig: what a model folder's small JSON files say, as one typed, checked value. Driven by their
// contents alone; folder and model names decide nothing. Where a file is missing or contradicts another one,
// the answer is that of transformers and sentence-transformers, and a note says so; what cannot be followed
// is refused.
//
// Rules
// - Folder: config.json, the tokenizer's files and sentence_bert_config.json lie in the folder of
// modules.json's
//   Transformer, usually the model's own.
// - Family: `model_type` "bert" or "xlm-roberta" (missing: the beginning of `architectures`). Others are
// kUnsupported, as
//   are: an activation other than the exact GELU ("gelu", "gelu_python"), position embeddings other than
//   "absolute", decoders.
// - Head: classification when `architectures` says ...ForSequenceClassification; ModelFiles adds what the
// tensors say.
// - Pooling, normalization, prompts and similarity, of embedders: formats/sentence_modules.h.
// - max_length: sentence_bert_config.json `max_seq_length`, which goes before tokenizer_config.json
// `model_max_length`;
//   at most the positions of the model (all-MiniLM-L6-v2 has 512 and max_seq_length 256: 256).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "formats/model_json.h"

namespace rappel {

enum class Family { kXlmRoberta, kBert };
enum class Pooling { kCls, kMean };
const char* pooling_name(Pooling pooling);  // "cls", "mean"

// The purpose of the model, from the heads that its files contain.
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
  bool lower_text = false;     // text is lowered before the tokenizer reads it
  std::string encoder_folder;  // of config.json, tokenizer and weights, relative; empty: the model's folder
  // Short sentences for people, each about a place where the files are silent or contradict each other and
  // about what is done: "pooling: mean, because ..".
  std::vector<std::string> notes;
};

// Whether the folder has a file of that (relative) path.
using HasFile = std::function<bool(const std::string& path)>;

// Errors name the file and the member. Every number is checked against bounds far above any published model,
// so that products of a few of them cannot overflow 64 bits. `head`: what the tensors say, where that is
// known.
Result<ModelConfig> read_model_config(const ReadText& read, const HasFile& has = {},
                                      std::optional<HeadKind> head = {});

}  // namespace rappel
