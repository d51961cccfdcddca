// The settings that sentence-transformers keeps in a model folder: modules.json, the pooling, the prompts and
// the similarity.
//
// Rules
// - modules.json lists one Transformer (in the model's folder, or in a folder of its own such as
// 0_Transformer), one
//   Pooling and perhaps Normalize; Dropout does nothing when a model is used. Any other module (Dense, LSTM,
//   ..) and code of the model's own is kUnsupported, by name.
// - Pooling, of embedders: exactly one mode may be on, CLS or mean. `pooling_mode` goes before the
// pooling_mode_* flags,
//   of which pooling_mode_mean_tokens is true where the file leaves it out, as in sentence-transformers.
//   Several modes, which sentence-transformers concatenates, are kUnsupported.
// - Without modules.json: the pooling of 1_Pooling/config.json; without that CLS for a model with the heads
// of BGE-M3,
//   as FlagEmbedding does, and the mean for others, as sentence-transformers does. Vectors are scaled to
//   length 1. Each of these is a note.
// - Prompts: "query" for queries; "document", "passage" or "corpus" for documents; else the one that
//   `default_prompt_name` names. A prompt that is null is empty.
// - Similarity: vectors are ranked by their cosine. A model whose `similarity_fn_name` would rank in another
// order gets
//   a note.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/status.h"
#include "formats/model_config.h"
#include "formats/model_json.h"

namespace rappel {

struct SentenceModules {
  std::string encoder;  // folder of the Transformer; empty: the model's own
  std::string pooling;  // folder of the Pooling module; empty: there is none
  bool normalize = false;
};

// nullopt: there is no modules.json.
Result<std::optional<SentenceModules>> read_modules(const ReadText& read);

// Fills pooling, normalize, prefixes and notes of an embedder's `config`, which holds hidden_size already.
Status read_sentence_settings(const ReadText& read, const HasFile& has,
                              const std::optional<SentenceModules>& modules, ModelConfig& config);

}  // namespace rappel
