#include "store/sqlite/index_recall.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>

#include "index/dense/best.h"
#include "index/dense/kernels.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

// Queries of a check, and results of each.
constexpr std::size_t kQueries = 20, kResults = 10;
// A score differs by less where it is summed in another order.
constexpr float kRounding = 1e-5f;

}  // namespace

Result<IndexRecall> IndexRecall::measure(Connection& db, const DenseIndex& index,
                                         const std::function<bool()>& stopped) {
  IndexRecall recall;
  const auto dimension = static_cast<std::size_t>(index.dimension());
  const std::vector<std::int64_t> rows = index.rows();
  StoredVectors vectors(db, index.dimension());
  std::vector<float> queries;
  for (std::size_t i = 0; i < kQueries && !rows.empty(); ++i) {
    // Other rows whenever the index has grown.
    RAPPEL_ASSIGN(const auto vector,
                  vectors.read(rows[(i * rows.size() / kQueries + rows.size() / 7) % rows.size()]));
    if (!vector) continue;
    queries.insert(queries.end(), vector->begin(), vector->end());
    recall.queries_.push_back({{vector->begin(), vector->end()}});
  }
  const std::size_t count = recall.queries_.size();
  recall.wanted_ = std::min(kResults, rows.size());
  std::vector<TopScores> top(count, TopScores(recall.wanted_));
  std::vector<float> scores(kVectorsAtOnce * count);
  const auto compare = [&](std::span<const std::int64_t> batch, std::span<const float> batch_vectors) {
    if (stopped()) return Status(Code::kCancelled, "the check was stopped");
    project_rows(batch_vectors.data(), batch.size(), queries.data(), count, dimension, scores.data());
    for (std::size_t i = 0; i < batch.size() * count; ++i) top[i % count].push(scores[i]);
    return Status();
  };
  RAPPEL_TRY(visit_vectors(db, 0, std::numeric_limits<std::int64_t>::max(), dimension, compare));
  for (std::size_t i = 0; i < count; ++i) recall.queries_[i].least = top[i].bar();
  return recall;
}

Result<double> IndexRecall::of(Connection& db, const DenseIndex& index) const {
  StoredVectors vectors(db, index.dimension());
  std::size_t found = 0, wanted = 0;
  for (const Query& query : queries_) {
    const auto exact = [&](std::span<RowScore> rows) { return vectors.score(query.vector, rows); };
    RAPPEL_ASSIGN(const std::vector<RowScore> rows,
                  index.search({.query = query.vector, .k = wanted_}, exact));
    wanted += wanted_;
    found += static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [&](const RowScore& row) { return row.score >= query.least - kRounding; }));
  }
  return wanted == 0 ? 1.0 : static_cast<double>(found) / static_cast<double>(wanted);
}

}  // namespace rappel::sqlite
