#include "store/sqlite/stored_vectors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "codec/float16.h"
#include "index/dense/kernels.h"
#include "index/half_rows.h"
#include "store/sqlite/chunk_blobs.h"
#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

// The score of a row depends on the row and the query only.
float product(std::span<const float> vector, std::span<const float> query) {
  float score = 0;
  project_rows(vector.data(), 1, query.data(), 1, query.size(), &score);
  return score;
}

void keep_best(std::vector<RowScore>& found, std::size_t k) {
  std::sort(found.begin(), found.end(), [](const RowScore& a, const RowScore& b) { return better(a, b); });
  if (found.size() > k) found.resize(k);
}

}  // namespace

Status read_vector(Connection& db, const Statement& select, std::span<float> to) {
  RAPPEL_ASSIGN(const auto blob, read_blob(db, kVectorTable, select));
  if (blob.size() != to.size() * sizeof(std::uint16_t))
    return db.damaged("the vector of row " + std::to_string(select.integer(0)) +
                      " does not have the store's dimension");
  // SQLite hands out blobs at any address.
  std::vector<std::uint16_t> halves(to.size());
  std::memcpy(halves.data(), blob.data(), blob.size());
  widen_halves(halves.data(), halves.size(), to.data());
  return {};
}

void narrow_vector(std::span<const float> vector, std::vector<std::uint16_t>& halves) {
  halves.resize(vector.size());
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = float_to_f16(vector[i]);
}

Result<std::optional<std::span<const float>>> StoredVectors::read(std::int64_t row) {
  RAPPEL_ASSIGN(Statement select, db_.prepare(kVectorTable.select_row));
  RAPPEL_ASSIGN(const bool found, select.bind(1, row).step());
  if (!found) return std::optional<std::span<const float>>();
  RAPPEL_TRY(read_vector(db_, select, vector_));
  return std::optional<std::span<const float>>(vector_);
}

Status StoredVectors::score(std::span<const float> query, std::span<RowScore> rows) {
  for (RowScore& row : rows) {
    RAPPEL_ASSIGN(const auto vector, read(row.row));
    if (!vector) return db_.damaged("the vector of row " + std::to_string(row.row) + " is missing");
    row.score = product(*vector, query);
  }
  return {};
}

Result<std::vector<RowScore>> StoredVectors::scan(std::span<const float> query, std::size_t k,
                                                  const std::span<const RowRange>* ranges) {
  const RowRange everything{0, std::numeric_limits<std::int64_t>::max()};
  std::vector<RowScore> found;
  for (const RowRange& range : ranges == nullptr ? std::span(&everything, 1) : *ranges) {
    RAPPEL_ASSIGN(Statement select, db_.prepare("SELECT row, dense, checksum FROM vectors "
                                                "WHERE row >= ?1 AND row < ?2 ORDER BY row"));
    select.bind(1, range.first).bind(2, range.first + range.count);
    for (;;) {
      RAPPEL_ASSIGN(const bool more, select.step());
      if (!more) break;
      RAPPEL_TRY(read_vector(db_, select, vector_));
      found.push_back({select.integer(0), product(vector_, query)});
      if (found.size() >= 2 * k + 1024) keep_best(found, k);
    }
  }
  keep_best(found, k);
  return found;
}

}  // namespace rappel::sqlite
