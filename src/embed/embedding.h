// Embedding requests and answers, shared by every embedder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "text/tokenizer.h"

namespace rappel {

// Interactive: a query or its passages. Bulk: documents being stored. An embedder prefers interactive texts
// and leaves bulk a share.
enum class Priority { kInteractive, kBulk };

// Selects the prefix that the model's configuration gives a text (config_sentence_transformers.json). Most
// models have none.
enum class TextRole { kPlain, kQuery, kDocument };

// Texts with more tokens than the model reads: the end is ignored, the beginning is ignored, or the call
// fails.
enum class Overlong { kCutEnd, kCutBeginning, kRefuse };

struct EmbedRequest {
  bool dense = true;
  bool sparse = false;
  bool colbert = false;
  std::size_t max_length = 0;  // tokens; 0 = the embedder's
  int dimensions = 0;          // keep the first n of dense and ColBERT vectors before normalizing; 0 = all
  Overlong overlong = Overlong::kCutEnd;
  TextRole role = TextRole::kPlain;
  // Scale dense vectors to length 1 even if the model does not normalize. Stores need this.
  bool unit_length = false;
  Priority priority = Priority::kInteractive;
  FlowId flow = kDefaultFlow;
  std::stop_token cancel;
};

// The answer for one text. sparse: token id and weight > 0, ids in order of first occurrence with a positive
// weight (as FlagEmbedding), each the maximum over the id's occurrences. colbert: row-major
// [colbert.size() / dim, dim].
struct Embedding {
  std::vector<TokenId> input_ids;
  std::vector<float> dense;
  std::vector<std::pair<TokenId, float>> sparse;
  std::vector<float> colbert;
  bool cut = false;  // the text had more tokens than the model reads

  bool operator==(const Embedding&) const = default;
};

}  // namespace rappel
