#include "store/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "store/custom_metadata.h"

namespace rappel {
namespace {

Status check_chunk(const NewDocument& document, std::size_t i, const NewChunk& chunk, int dimension) {
  const auto wrong = [&](const std::string& what) {
    return Status(Code::kInvalidArgument,
                  fmt::format("chunk {} of document \"{}\" {}", i, document.id, what));
  };
  if (chunk.begin > chunk.end) return wrong("ends before it begins");
  if (chunk.dense.size() != static_cast<std::size_t>(dimension))
    return wrong(
        fmt::format("has a vector of {} values, the store's vectors have {}", chunk.dense.size(), dimension));
  double squares = 0;
  for (const float x : chunk.dense) squares += double(x) * x;
  if (!(std::abs(std::sqrt(squares) - 1) < 0.01))  // also catches NaN
    return wrong(fmt::format("has a vector of length {:.3f}, expected unit length", std::sqrt(squares)));
  return {};
}

}  // namespace

Status check_documents(std::span<const NewDocument> documents, int dimension) {
  for (const NewDocument& document : documents) {
    if (document.id.empty()) return Status(Code::kInvalidArgument, "a document has an empty id");
    if (const Status custom = check_custom(document.metadata.custom); !custom.ok())
      return custom.with_context("document \"" + document.id + "\"");
    RAPPEL_TRY(visit_chunks(document, [&](std::size_t i, const NewChunk& chunk) {
      return check_chunk(document, i, chunk, dimension);
    }));
  }
  return {};
}

Status check_query_vector(std::span<const float> vector, int dimension) {
  if (vector.size() != static_cast<std::size_t>(dimension))
    return Status(
        Code::kInvalidArgument,
        fmt::format("the query vector has {} values, the store's vectors have {}", vector.size(), dimension));
  if (!std::all_of(vector.begin(), vector.end(), [](float x) { return std::isfinite(x); }))
    return Status(Code::kInvalidArgument, "the query vector holds a value that is not a number");
  return {};
}

}  // namespace rappel
