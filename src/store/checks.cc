#include "store/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "store/custom_metadata.h"

namespace rappel {
namespace {

// Why a signal of a chunk cannot be stored; nothing if it can.
std::optional<std::string> fault_of(std::span<const TokenWeight> weights) {
  if (weights.size() > kMostTokens)
    return fmt::format("has weights of {} tokens, more than {}", weights.size(), kMostTokens);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i].weight > 0) || !std::isfinite(weights[i].weight))
      return fmt::format("has the weight {} for token {}, expected a positive number", weights[i].weight,
                         weights[i].token);
    if (i > 0 && weights[i].token <= weights[i - 1].token)
      return fmt::format("has token {} after token {}, expected ascending tokens", weights[i].token,
                         weights[i - 1].token);
  }
  return std::nullopt;
}

std::optional<std::string> fault_of(const TokenVectors& vectors) {
  const std::size_t tokens = vectors.scales.size();
  if (tokens > kMostTokens) return fmt::format("has vectors of {} tokens, more than {}", tokens, kMostTokens);
  if (vectors.codes.size() != tokens * vectors.dimension)
    return fmt::format("has {} codes for {} tokens of {} dimensions", vectors.codes.size(), tokens,
                       vectors.dimension);
  if (!std::all_of(vectors.scales.begin(), vectors.scales.end(),
                   [](float scale) { return std::isfinite(scale) && scale >= 0; }))
    return "has a vector of a token with an impossible scale";
  return std::nullopt;
}

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
  if (const auto fault = fault_of(chunk.sparse)) return wrong(*fault);
  if (const auto fault = fault_of(chunk.colbert)) return wrong(*fault);
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

Status check_query_weights(std::span<const TokenWeight> weights) {
  const auto fault = fault_of(weights);
  return fault ? Status(Code::kInvalidArgument, "the query " + *fault) : Status();
}

}  // namespace rappel
