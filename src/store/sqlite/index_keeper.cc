#include "store/sqlite/index_keeper.h"

#include <algorithm>
#include <new>
#include <vector>

#include "index/dense/dense_segment.h"
#include "index/dense/estimate_error.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

// Rows from which a codec is trained, and how many more make it out of date.
constexpr std::size_t kTrainingRows = 20'000, kGrowth = 4;
// A smaller index is read from the database faster than a person notices.
constexpr std::size_t kWorthSaving = 4096;
// A self-check is due when the index has so many times as many rows as at the last one.
constexpr double kCheckGrowth = 1.3;
// The recall that a self-check wants, and how it widens the bounds until then.
constexpr double kLeastRecall = 0.99;
constexpr float kWidening = 1.3f, kMostWidening = 4;
// Vectors that are encoded together.
constexpr std::size_t kBatchRows = 256;

bool wants_training(const DenseIndex& index) {
  return index.size() >= std::max(kTrainingRows, kGrowth * index.codec()->parts().trained_at);
}

}  // namespace

IndexKeeper::IndexKeeper(IndexCache& cache, ConnectionPool& readers, IndexFolder& folder,
                         IndexPatience patience)
    : cache_(cache), readers_(readers), folder_(folder), patience_(patience), thread_([this] { run(); }) {}

IndexKeeper::~IndexKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void IndexKeeper::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++asked_;
  }
  changed_.notify_all();
}

void IndexKeeper::wait() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = ++asked_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return done_ >= wanted; });
}

bool IndexKeeper::stopped() {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void IndexKeeper::run() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience_.before_work, [&] { return stop_; });
  }
  for (;;) {
    std::uint64_t asked = 0;
    bool last = false, idle = false;
    const bool check_is_due = wants_check();
    {
      std::unique_lock lock(mutex_);
      const auto is_wanted = [&] { return stop_ || asked_ != done_; };
      if (check_is_due)
        idle = !changed_.wait_for(lock, patience_.before_check, is_wanted);
      else
        changed_.wait(lock, is_wanted);
      asked = asked_;
      last = stop_;
    }
    try {
      if (last)
        (void)save(/*all=*/true);
      else if (idle)
        (void)check();
      else
        work();
    } catch (const std::bad_alloc&) {  // tried again after the next change
    }
    const std::lock_guard lock(mutex_);
    done_ = asked;
    changed_.notify_all();
    if (last) return;
  }
}

void IndexKeeper::work() {
  IndexVersion version = cache_.newest();
  if (wants_training(version.index.dense) && !train(version).ok()) return;
  // Each segment is written before the next is encoded, so that few are in memory.
  if (!save(/*all=*/false).ok()) return;
  for (auto outdated = cache_.newest().index.dense.outdated(); outdated && !stopped();
       outdated = cache_.newest().index.dense.outdated())
    if (!encode_again(*outdated, cache_.newest().index.dense.codec()).ok() || !save(/*all=*/false).ok())
      return;
}

// Rows of the sample lie evenly over all rows.
Status IndexKeeper::train(const IndexVersion& version) {
  const std::vector<std::int64_t> rows = version.index.dense.rows();
  RAPPEL_ASSIGN(std::unique_ptr<Connection> taken, readers_.take());
  const PooledConnection db(readers_, std::move(taken));
  RAPPEL_TRY((*db).exec("BEGIN"));
  StoredVectors vectors(*db, version.index.dense.dimension());
  std::vector<float> sample;
  for (std::size_t i = 0; i < kTrainingRows && !stopped(); ++i) {
    RAPPEL_ASSIGN(const auto vector, vectors.read(rows[i * rows.size() / kTrainingRows]));
    if (vector) sample.insert(sample.end(), vector->begin(), vector->end());
  }
  if (stopped() || sample.empty()) return Status(Code::kCancelled, "the store closes");
  const auto codec = std::make_shared<const DenseCodec>(
      DenseCodec::trained(version.index.dense.dimension(), sample, rows.size()));
  cache_.change([&](ChunkIndexBuilder& builder) { builder.dense.set_codec(codec); });
  return {};
}

Status IndexKeeper::encode_again(const DenseIndex::Outdated& outdated,
                                 const std::shared_ptr<const DenseCodec>& codec) {
  RAPPEL_ASSIGN(std::unique_ptr<Connection> taken, readers_.take());
  const PooledConnection db(readers_, std::move(taken));
  RAPPEL_TRY((*db).exec("BEGIN"));
  StoredVectors vectors(*db, codec->dimension());
  auto fresh = std::make_shared<DenseSegment>(codec, DenseIndex::kSegmentRows);
  std::vector<std::int64_t> rows;
  std::vector<float> batch;
  const auto flush = [&] {
    fresh->encode(rows, batch, fresh->published);
    fresh->published += rows.size();
    rows.clear();
    batch.clear();
  };
  for (const std::int64_t row : outdated.rows) {
    RAPPEL_ASSIGN(const auto vector, vectors.read(row));
    if (!vector) continue;  // removed meanwhile
    rows.push_back(row);
    batch.insert(batch.end(), vector->begin(), vector->end());
    if (rows.size() < kBatchRows) continue;
    flush();
    if (stopped()) return Status(Code::kCancelled, "the store closes");
  }
  flush();
  const float error = estimate_error(*fresh, fresh->published);
  cache_.change([&](ChunkIndexBuilder& builder) {
    (void)builder.dense.replace(*outdated.codes, {fresh, fresh->published, fresh->published, error});
  });
  return {};
}

std::optional<double> IndexKeeper::recall() const {
  const std::lock_guard lock(mutex_);
  return recall_;
}

bool IndexKeeper::wants_check() const {
  const DenseIndex index = cache_.newest().index.dense;
  return index.codec()->has_codes() && index.unread().empty() &&
         static_cast<double>(index.size()) > kCheckGrowth * static_cast<double>(checked_rows_);
}

Status IndexKeeper::check() {
  RAPPEL_ASSIGN(std::unique_ptr<Connection> taken, readers_.take());
  const PooledConnection db(readers_, std::move(taken));
  RAPPEL_ASSIGN(const IndexVersion version, cache_.begin_read(*db));
  const DenseIndex& index = version.index.dense;
  checked_rows_ = index.size();  // also if it fails: it is not tried again and again
  const auto is_wanted = [this] {
    const std::lock_guard lock(mutex_);
    return stop_ || asked_ != done_;
  };
  const auto recall = IndexRecall::measure(*db, index, is_wanted);
  if (recall.status().code() == Code::kCancelled) checked_rows_ = 0;
  if (!recall.ok()) return recall.status();
  RAPPEL_ASSIGN(const double share, widen(*db, *recall, index));
  const std::lock_guard lock(mutex_);
  recall_ = share;
  return {};
}

// Returns the recall that remains.
Result<double> IndexKeeper::widen(Connection& db, const IndexRecall& recall, const DenseIndex& index) {
  float widening = index.widening();
  RAPPEL_ASSIGN(double share, recall.of(db, index));
  while (share < kLeastRecall && widening < kMostWidening) {
    widening = std::min(kMostWidening, kWidening * widening);
    DenseIndexBuilder wider(index);
    wider.set_widening(widening);
    RAPPEL_ASSIGN(share, recall.of(db, std::move(wider).finish()));
  }
  if (widening != index.widening())
    cache_.change([&](ChunkIndexBuilder& builder) { builder.dense.set_widening(widening); });
  return share;
}

// Not all: only if a part is not on disk that changes seldom.
Status IndexKeeper::save(bool all) {
  const IndexVersion version = cache_.newest();
  if (version.index.size() < kWorthSaving || !folder_.take_over()) return {};
  const IndexFolder::Unsaved unsaved = folder_.unsaved(version.index);
  if (unsaved.large == 0 && !(all && unsaved.small > 0)) return {};
  RAPPEL_ASSIGN(const IndexFolder::Moved moved,
                folder_.save(version.index, version.commit, version.next_row));
  if (moved.empty()) return {};
  cache_.change([&](ChunkIndexBuilder& builder) { moved.replace_in(builder); });
  return {};
}

}  // namespace rappel::sqlite
