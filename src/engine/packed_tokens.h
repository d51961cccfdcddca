// PackedTokens: the concatenated tokens of all texts of a batch, without padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace rappel {

struct ModelConfig;

// Text i has tokens [starts[i], starts[i+1]). The vectors are public: a caller may fill them
// directly, and Encoder::forward() checks them.
struct PackedTokens {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> positions;  // row of the position table, per token
  std::vector<std::uint8_t> type_ids;   // empty = all zero
  std::vector<std::int32_t> starts{0};  // texts + 1 entries, ascending, starts[0] = 0

  std::size_t texts() const { return starts.empty() ? 0 : starts.size() - 1; }
  std::size_t tokens() const { return ids.size(); }

  // Appends one text; positions follow the rule of the model: BERT counts from 0; XLM-RoBERTa counts from pad
  // + 1, and a padding token inside the text gets position pad and does not advance the counter. Empty type
  // ids: all 0.
  void append(std::span<const std::int32_t> text_ids, std::span<const std::uint8_t> text_type_ids,
              const ModelConfig& config);

  // Removes the texts and keeps the memory.
  void clear();

  // Ok if every text has a token, the sizes match and every number is a row of its table. Errors
  // (kInvalidArgument) name the text and the token.
  Status check(const ModelConfig& config) const;
};

}  // namespace rappel
