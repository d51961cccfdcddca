#include "store/sqlite/columns_cache.h"

#include <new>
#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

// Documents that a caller waits for: milliseconds. More are read in the background.
constexpr std::int64_t kReadAtOnce = 1000;
// The same of rows, which are at least as many.
constexpr std::int64_t kRowsAtOnce = 8 * kReadAtOnce;

}  // namespace

ColumnsCache::~ColumnsCache() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::optional<DocumentColumns> ColumnsCache::at(Connection& db, std::int64_t commit) {
  wanted_ = true;
  ColumnsVersion version = newest();
  if (version.commit == commit) return std::move(version.columns);
  if (version.commit > commit) return std::nullopt;  // an older reader
  try {
    return advance(db, commit);
  } catch (const std::bad_alloc&) {  // the version before is whole
    return std::nullopt;
  }
}

void ColumnsCache::follow(Connection& db, std::int64_t commit) {
  if (wanted_) (void)at(db, commit);
}

ColumnsVersion ColumnsCache::newest() {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void ColumnsCache::keep(ColumnsVersion version) {
  const std::lock_guard lock(mutex_);
  if (version.commit > newest_.commit) newest_ = std::move(version);
}

// A failure is not reported here: the database answers instead, and meets the damage itself.
std::optional<DocumentColumns> ColumnsCache::advance(Connection& db, std::int64_t commit) {
  const std::lock_guard lock(advancing_);
  ColumnsVersion version = newest();
  if (version.commit == commit) return std::move(version.columns);
  const auto state = read_state(db);
  if (!state.ok() || state->commit != commit || version.commit > commit) return std::nullopt;
  const bool follows = can_follow(version, *state);
  if (follows ? state->next_row - version.next_row > kRowsAtOnce : state->documents > kReadAtOnce) {
    read_in_background();
    return std::nullopt;
  }
  auto next = follows ? follow_columns(db, *state, version, stop_) : read_columns(db, *state, stop_);
  if (!next.ok()) return std::nullopt;
  keep(*next);
  return std::move(next->columns);
}

void ColumnsCache::read_in_background() {
  const std::lock_guard lock(mutex_);
  if (reading_ || stop_ || damaged_) return;
  if (thread_.joinable()) thread_.join();
  reading_ = true;
  thread_ = std::thread([this] {
    Status status;
    try {
      status = read_all();
    } catch (const std::bad_alloc&) {  // tried again when it is asked for
    }
    const std::lock_guard done(mutex_);
    reading_ = false;
    damaged_ = status.code() == Code::kCorrupt;
  });
}

Status ColumnsCache::read_all() {
  RAPPEL_ASSIGN(std::unique_ptr<Connection> taken, readers_.take());
  const PooledConnection db(readers_, std::move(taken));
  RAPPEL_TRY((*db).exec("BEGIN"));
  RAPPEL_ASSIGN(const State state, read_state(*db));
  const ColumnsVersion version = newest();
  if (version.commit >= state.commit) return {};
  RAPPEL_ASSIGN(ColumnsVersion next, can_follow(version, state) ? follow_columns(*db, state, version, stop_)
                                                                : read_columns(*db, state, stop_));
  keep(std::move(next));
  return {};
}

void ColumnsCache::wait() {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

}  // namespace rappel::sqlite
