// Token ids of OpenAI's cl100k_base, which clients send in place of texts because they take every server for
// OpenAI's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace rappel {

// The text of the ids. Nothing if one of them is outside the vocabulary. Bytes that are not UTF-8 stay.
std::optional<std::string> text_of_openai_tokens(std::span<const std::int64_t> ids);

}  // namespace rappel
