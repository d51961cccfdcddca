// Answers in JSON that may be large: written item by item, whole while they are small, in pieces otherwise.
#pragma once

#include <cstddef>
#include <functional>

#include "server/http/json_writer.h"
#include "server/http/response.h"

namespace rappel {

inline constexpr std::size_t kWholeAnswer = std::size_t{64} << 10;
inline constexpr std::size_t kAnswerPiece = std::size_t{64} << 10;

// `next` writes the next item, or returns false after the last one; what it refers to lives as long as it
// does. A response of more than kWholeAnswer bytes keeps it, and calls it while the response is sent.
Response json_in_pieces(std::function<bool(JsonWriter&)> next);

}  // namespace rappel
