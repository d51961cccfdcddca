#include "store/sqlite/index_recall.h"

#include <algorithm>
#include <cstdint>
#include <queue>
#include <span>
#include <utility>

#include "index/dense/kernels.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

// Queries of a check, and results of each.
constexpr std::size_t kQueries = 20, kResults = 10;
// Vectors that are compared together.
constexpr std::size_t kBatchRows = 64;
// A score differs by less where it is summed in another order.
constexpr float kRounding = 1e-5f;

// The k best scores; the least of them on top.
class TopScores {
 public:
  void push(float score) {
    heap_.push(score);
    if (heap_.size() > kResults) heap_.pop();
  }
  float least() const { return heap_.top(); }
  std::size_t size() const { return heap_.size(); }

 private:
  std::priority_queue<float, std::vector<float>, std::greater<>> heap_;
};

// Calls visit(vectors) with up to kBatchRows of all vectors at a time.
template <class Visit>
Status visit_vectors(Connection& db, std::size_t dimension, const Visit& visit) {
  RAPPEL_ASSIGN(Statement select, db.prepare("SELECT row, dense, checksum FROM vectors ORDER BY row"));
  std::vector<float> batch(kBatchRows * dimension);
  std::size_t rows = 0;
  for (bool more = true; more;) {
    RAPPEL_ASSIGN(more, select.step());
    if (more) RAPPEL_TRY(read_vector(db, select, std::span(batch).subspan(rows++ * dimension, dimension)));
    if (rows == 0 || (more && rows < kBatchRows)) continue;
    RAPPEL_TRY(visit(std::span<const float>(batch).first(rows * dimension)));
    rows = 0;
  }
  return {};
}

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
  std::vector<TopScores> top(count);
  std::vector<float> scores(kBatchRows * count);
  const auto compare = [&](std::span<const float> batch) -> Status {
    if (stopped()) return Status(Code::kCancelled, "the check was stopped");
    const std::size_t n = batch.size() / dimension;
    project_rows(batch.data(), n, queries.data(), count, dimension, scores.data());
    for (std::size_t i = 0; i < n * count; ++i) top[i % count].push(scores[i]);
    return {};
  };
  RAPPEL_TRY(visit_vectors(db, dimension, compare));
  for (std::size_t i = 0; i < count; ++i) {
    recall.queries_[i].wanted = top[i].size();
    recall.queries_[i].least = top[i].size() == 0 ? 0 : top[i].least();
  }
  return recall;
}

Result<double> IndexRecall::of(Connection& db, const DenseIndex& index) const {
  StoredVectors vectors(db, index.dimension());
  std::size_t found = 0, wanted = 0;
  for (const Query& query : queries_) {
    const auto exact = [&](std::span<RowScore> rows) { return vectors.score(query.vector, rows); };
    RAPPEL_ASSIGN(const std::vector<RowScore> rows,
                  index.search({.query = query.vector, .k = query.wanted}, exact));
    wanted += query.wanted;
    found += static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [&](const RowScore& row) { return row.score >= query.least - kRounding; }));
  }
  return wanted == 0 ? 1.0 : static_cast<double>(found) / static_cast<double>(wanted);
}

}  // namespace rappel::sqlite
