#include "store/sqlite/stored_colbert.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include "store/sqlite/chunk_blobs.h"
#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

struct Header {
  std::uint32_t dimension = 0, tokens = 0;
};

template <class T>
void append(std::string& to, const T* values, std::size_t count) {
  to.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

}  // namespace

std::string pack_token_vectors(const TokenVectors& vectors) {
  const Header header{vectors.dimension, static_cast<std::uint32_t>(vectors.scales.size())};
  std::string out;
  out.reserve(sizeof header + vectors.scales.size() * sizeof(float) + vectors.codes.size());
  append(out, &header, 1);
  append(out, vectors.scales.data(), vectors.scales.size());
  append(out, vectors.codes.data(), vectors.codes.size());
  return out;
}

std::optional<TokenVectors> unpack_token_vectors(std::span<const std::byte> blob) {
  Header header;
  if (blob.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, blob.data(), sizeof header);
  blob = blob.subspan(sizeof header);
  const std::uint64_t codes = std::uint64_t{header.dimension} * header.tokens;
  const std::uint64_t scales = std::uint64_t{header.tokens} * sizeof(float);
  if (blob.size() < scales || blob.size() - scales != codes) return std::nullopt;
  TokenVectors vectors{header.dimension, std::vector<float>(header.tokens), std::vector<std::int8_t>(codes)};
  if (scales > 0) std::memcpy(vectors.scales.data(), blob.data(), scales);
  if (codes > 0) std::memcpy(vectors.codes.data(), &blob[scales], codes);
  const bool possible = std::all_of(vectors.scales.begin(), vectors.scales.end(),
                                    [](float scale) { return std::isfinite(scale) && scale >= 0; });
  return possible ? std::optional(std::move(vectors)) : std::nullopt;
}

Result<std::optional<TokenVectors>> read_token_vectors(Connection& db, std::int64_t row) {
  std::optional<TokenVectors> vectors;
  const auto take = [&](std::span<const std::byte> blob) {
    vectors = unpack_token_vectors(blob);
    return vectors
               ? Status()
               : db.damaged("the vectors of the tokens of row " + std::to_string(row) + " cannot be read");
  };
  RAPPEL_TRY(find_blob(db, kColbertTable, row, take).status());
  return vectors;
}

}  // namespace rappel::sqlite
