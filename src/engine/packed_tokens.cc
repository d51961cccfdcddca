#include "engine/packed_tokens.h"

#include <algorithm>
#include <string>

#include "formats/model_config.h"

namespace rappel {
namespace {

// Index of the first value outside [0, limit), or values.size().
template <class T>
std::size_t first_outside(const std::vector<T>& values, int limit) {
  const auto bad = [limit](T value) {
    return static_cast<int>(value) < 0 || static_cast<int>(value) >= limit;
  };
  return static_cast<std::size_t>(std::find_if(values.begin(), values.end(), bad) - values.begin());
}

template <class T>
Status check_table(const char* what, const std::vector<T>& values, int limit) {
  const std::size_t at = first_outside(values, limit);
  if (at == values.size()) return {};
  return Status(Code::kInvalidArgument, std::string(what) + " " + std::to_string(values[at]) + " of token " +
                                            std::to_string(at) + " is outside the model's " +
                                            std::to_string(limit) + " rows");
}

}  // namespace

void PackedTokens::append(std::span<const std::int32_t> text_ids, std::span<const std::uint8_t> text_type_ids,
                          const ModelConfig& config) {
  if (!text_type_ids.empty() || !type_ids.empty()) {
    type_ids.resize(ids.size(), 0);
    type_ids.insert(type_ids.end(), text_type_ids.begin(), text_type_ids.end());
    type_ids.resize(ids.size() + text_ids.size(), 0);
  }
  ids.insert(ids.end(), text_ids.begin(), text_ids.end());
  std::int32_t next = config.position_offset;
  for (const std::int32_t id : text_ids) {
    const bool padding = config.family == Family::kXlmRoberta && id == config.pad_token_id;
    positions.push_back(padding ? config.pad_token_id : next++);
  }
  starts.push_back(static_cast<std::int32_t>(ids.size()));
}

void PackedTokens::clear() {
  ids.clear();
  positions.clear();
  type_ids.clear();
  starts.assign(1, 0);
}

Status PackedTokens::check(const ModelConfig& config) const {
  const auto invalid = [](std::string message) { return Status(Code::kInvalidArgument, std::move(message)); };
  if (starts.empty() || starts.front() != 0 || static_cast<std::size_t>(starts.back()) != ids.size())
    return invalid("the batch's texts do not cover its tokens");
  if (positions.size() != ids.size()) return invalid("the batch needs one position per token");
  if (!type_ids.empty() && type_ids.size() != ids.size())
    return invalid("the batch needs one token type per token");
  for (std::size_t i = 0; i + 1 < starts.size(); ++i)
    if (starts[i] >= starts[i + 1])
      return invalid("text " + std::to_string(i) + " of the batch has no tokens");
  RAPPEL_TRY(check_table("id", ids, config.vocabulary));
  RAPPEL_TRY(check_table("position", positions, config.max_positions));
  return check_table("token type", type_ids, config.type_vocabulary);
}

}  // namespace rappel
