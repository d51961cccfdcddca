// The vectors of table `vectors`: the truth that the index is a cache of. They are kept as float16, and
// searches score the stored values: a score differs by about 1e-4 from that of the vector that was given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "index/rows.h"

namespace rappel::sqlite {

class Connection;
class Statement;

// `select` stands on (row, dense, checksum). kCorrupt: the vector is damaged.
Status read_vector(Connection& db, const Statement& select, std::span<float> to);

// Visits up to kVectorsAtOnce rows at a time, from `begin` on and below `end`, ascending, with their vectors
// in a row. kCorrupt; fails as `visit`.
inline constexpr std::size_t kVectorsAtOnce = 256;
using VectorVisitor =
    std::function<Status(std::span<const std::int64_t> rows, std::span<const float> vectors)>;
Status visit_vectors(Connection& db, std::int64_t begin, std::int64_t end, std::size_t dimension,
                     const VectorVisitor& visit);

// The blob of a vector.
void narrow_vector(std::span<const float> vector, std::vector<std::uint16_t>& halves);

// Vectors by their rows, in the snapshot of the connection's transaction.
class StoredVectors {
 public:
  StoredVectors(Connection& db, int dimension) : db_(db), vector_(static_cast<std::size_t>(dimension)) {}
  // Valid until the next call; nothing if there is no such row.
  Result<std::optional<std::span<const float>>> read(std::int64_t row);
  // Replaces the scores by the dot products of the rows with the query. kCorrupt: a row is missing.
  Status score(std::span<const float> query, std::span<RowScore> rows);
  // The k best rows of the ranges, by comparing each; null: of all rows. Seconds for a large store.
  Result<std::vector<RowScore>> scan(std::span<const float> query, std::size_t k,
                                     const std::span<const RowRange>* ranges);

 private:
  Connection& db_;
  std::vector<float> vector_;
};

}  // namespace rappel::sqlite
