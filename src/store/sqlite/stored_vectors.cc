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

Status visit_vectors(Connection& db, std::int64_t begin, std::int64_t end, std::size_t dimension,
                     const VectorVisitor& visit) {
  if (begin >= end) return {};
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT row, dense, checksum FROM vectors WHERE row >= ?1 AND row < ?2 "
                           "ORDER BY row"));
  select.bind(1, begin).bind(2, end);
  std::vector<std::int64_t> rows;
  const auto most = static_cast<std::size_t>(std::min<std::int64_t>(kVectorsAtOnce, end - begin));
  std::vector<float> vectors(most * dimension);
  std::int64_t previous = begin - 1;
  for (bool more = true; more;) {
    RAPPEL_ASSIGN(more, select.step());
    if (more) {
      const std::int64_t row = select.integer(0);
      if (row <= previous) return db.damaged("the rows of table vectors do not ascend");
      RAPPEL_TRY(read_vector(db, select, std::span(vectors).subspan(rows.size() * dimension, dimension)));
      rows.push_back(previous = row);
    }
    if (rows.empty() || (more && rows.size() < most)) continue;
    RAPPEL_TRY(visit(rows, std::span<const float>(vectors).first(rows.size() * dimension)));
    rows.clear();
  }
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
    row.score = dot(*vector, query);
  }
  return {};
}

Result<std::vector<RowScore>> StoredVectors::scan(std::span<const float> query, std::size_t k,
                                                  const std::span<const RowRange>* ranges) {
  const RowRange everything{0, std::numeric_limits<std::int64_t>::max()};
  std::vector<RowScore> found;
  const auto compare = [&](std::span<const std::int64_t> rows, std::span<const float> vectors) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      found.push_back({rows[i], dot(vectors.subspan(i * query.size(), query.size()), query)});
    if (found.size() >= 2 * k + 1024) keep_best(found, k);
    return Status();
  };
  for (const RowRange& range : ranges == nullptr ? std::span(&everything, 1) : *ranges)
    RAPPEL_TRY(visit_vectors(db_, range.first, range.first + range.count, query.size(), compare));
  keep_best(found, k);
  return found;
}

}  // namespace rappel::sqlite
