#include "store/sqlite/index_cache.h"

#include <new>

#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

// For work that a lack of memory may end: what was there before is whole, and the next call tries again.
template <class Work>
auto with_memory(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Status(Code::kResourceExhausted, "no memory");
  }
}

}  // namespace

// An open read transaction, with its version if that is there.
struct IndexCache::Begun {
  State state;
  std::optional<IndexVersion> version;
};

Result<IndexVersion> IndexCache::begin_read(Connection& db) {
  for (;;) {
    const auto attempt = [&]() -> Result<std::optional<IndexVersion>> {
      RAPPEL_ASSIGN(Begun begun, begin(db));
      if (begun.version) return std::move(begun.version);
      return catch_up(db, begun.state);
    };
    auto version = with_memory(attempt);
    if (version.ok() && *version) return std::move(**version);
    (void)db.exec("ROLLBACK");
    if (!version.ok()) return version.status();
  }
}

// Under the mutex, so that no version is published between the snapshot and the look at the newest one.
Result<IndexCache::Begun> IndexCache::begin(Connection& db) const {
  const std::lock_guard lock(mutex_);
  RAPPEL_TRY(db.exec("BEGIN"));
  RAPPEL_ASSIGN(const State state, read_state(db));  // this read takes the snapshot
  if (newest_.commit > state.commit)
    return db.damaged("the commit number went back while the store was open");
  if (newest_.commit < state.commit || newest_.index.is_damaged()) return Begun{state, std::nullopt};
  return Begun{state, newest_};
}

// Nothing if a later version came meanwhile.
Result<std::optional<IndexVersion>> IndexCache::catch_up(Connection& db, const State& state) {
  const std::lock_guard lock(building_);
  IndexVersion base = newest();
  if (base.commit > state.commit) return std::optional<IndexVersion>();
  if (base.commit == state.commit && !base.index.is_damaged()) return std::optional(base);
  if (base.index.dense.is_damaged())
    if (auto sound = maker_.without_damage(db, base.index.dense); sound.ok()) base.index.dense = *sound;
  const bool usable = base.commit >= 0 && !base.index.is_damaged();
  auto next = usable ? maker_.advance(db, state, base) : maker_.load(db, state);
  if (!next.ok() && base.index.is_damaged()) next = maker_.load(db, state);
  RAPPEL_TRY(next.status());
  publish(*next);
  return std::optional(std::move(*next));
}

Status IndexCache::commit(Connection& db) {
  const std::lock_guard lock(building_);
  std::optional<IndexVersion> next = prepared(db);
  RAPPEL_TRY(db.exec("COMMIT"));
  if (next) publish(std::move(*next));
  return {};
}

// The version of the state that the transaction leads to; nothing if it cannot be made: a reader will try.
std::optional<IndexVersion> IndexCache::prepared(Connection& db) {
  const IndexVersion base = newest();
  if (base.commit < 0 || base.index.is_damaged()) return std::nullopt;
  auto next = with_memory([&]() -> Result<IndexVersion> {
    RAPPEL_ASSIGN(const State state, read_state(db));
    return maker_.advance(db, state, base);
  });
  if (!next.ok()) return std::nullopt;
  return std::move(*next);
}

void IndexCache::publish(IndexVersion version) {
  const std::lock_guard lock(mutex_);
  std::swap(newest_, version);
}

IndexVersion IndexCache::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void IndexCache::change(const std::function<void(ChunkIndexBuilder&)>& change) {
  const std::lock_guard lock(building_);
  IndexVersion version = newest();
  ChunkIndexBuilder builder(version.index);
  change(builder);
  version.index = std::move(builder).finish();
  publish(std::move(version));
}

}  // namespace rappel::sqlite
