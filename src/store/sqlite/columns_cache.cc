#include "store/sqlite/columns_cache.h"

#include <new>
#include <system_error>
#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

// Documents that a caller waits for: milliseconds. More are read in the background.
constexpr std::int64_t kReadAtOnce = 1000;
// The same of rows, which are at least as many.
constexpr std::int64_t kRowsAtOnce = 8 * kReadAtOnce;

bool has_needed(const ColumnsVersion& version, bool texts) { return !texts || version.columns.has_texts(); }

Status texts_refused() {
  return Status(Code::kResourceExhausted, "the texts of metadata take too much memory; the database answers");
}

}  // namespace

ColumnsCache::~ColumnsCache() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::optional<DocumentColumns> ColumnsCache::at(Connection& db, std::int64_t commit, bool texts) {
  wanted_ = true;
  if (texts && texts_too_large_) return std::nullopt;
  ColumnsVersion version = newest();
  if (version.commit == commit && has_needed(version, texts)) return std::move(version.columns);
  if (version.commit > commit) return std::nullopt;  // an older reader
  try {
    return advance(db, commit, texts);
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

// Texts stay: without them, the next filter that needs them would read everything again.
void ColumnsCache::keep(ColumnsVersion version) {
  const std::lock_guard lock(mutex_);
  const bool with = version.columns.has_texts(), had = newest_.columns.has_texts();
  if (with == had ? version.commit > newest_.commit : with) newest_ = std::move(version);
}

// A failure is not reported here: the database answers instead, and meets the damage itself.
std::optional<DocumentColumns> ColumnsCache::advance(Connection& db, std::int64_t commit, bool texts) {
  const std::lock_guard lock(advancing_);
  ColumnsVersion version = newest();
  if (version.commit == commit && has_needed(version, texts)) return std::move(version.columns);
  const auto state = read_state(db);
  if (!state.ok() || state->commit != commit || version.commit > commit) return std::nullopt;
  const bool follows = can_follow(version, *state) && has_needed(version, texts);
  texts |= version.columns.has_texts();
  if (follows ? state->next_row - version.next_row > kRowsAtOnce : state->documents > kReadAtOnce) {
    read_in_background(texts);
    return std::nullopt;
  }
  auto next = follows ? follow_columns(db, *state, version, stop_) : read_columns(db, *state, texts, stop_);
  if (!next.ok() || too_large(next->columns.text_bytes())) return std::nullopt;
  keep(*next);
  return std::move(next->columns);
}

// Texts that take too much are given up, with the version that has them.
bool ColumnsCache::too_large(std::size_t text_bytes) {
  if (text_bytes <= text_bytes_) return false;
  texts_too_large_ = true;
  const std::lock_guard lock(mutex_);
  if (newest_.columns.has_texts()) newest_ = ColumnsVersion();
  return true;
}

void ColumnsCache::read_in_background(bool texts) {
  const std::lock_guard lock(mutex_);
  if (reading_ || stop_ || damaged_) return;
  if (thread_.joinable()) thread_.join();
  const auto read = [this, texts] {
    Status status;
    try {
      status = catch_up(texts);
    } catch (const std::bad_alloc&) {  // tried again when it is asked for
    }
    const std::lock_guard done(mutex_);
    reading_ = false;
    damaged_ = status.code() == Code::kCorrupt;
  };
  try {
    thread_ = std::thread(read);
    reading_ = true;                    // before the thread can end: it waits for the mutex
  } catch (const std::system_error&) {  // no thread can be started: tried again, too
  }
}

Status ColumnsCache::catch_up(bool texts) {
  RAPPEL_ASSIGN(std::unique_ptr<Connection> taken, readers_.take());
  const PooledConnection db(readers_, std::move(taken));
  ColumnsVersion version = newest();
  RAPPEL_ASSIGN(State state, read_state(*db));
  if (!can_follow(version, state) || !has_needed(version, texts)) {
    RAPPEL_ASSIGN(version, read_all(*db, texts || version.columns.has_texts()));
  }
  RAPPEL_TRY((*db).exec("BEGIN"));
  RAPPEL_ASSIGN(state, read_state(*db));
  if (!can_follow(version, state)) return Status(Code::kUnavailable, "too much changed meanwhile");
  RAPPEL_ASSIGN(version, follow_columns(*db, state, version, stop_));
  if (too_large(version.columns.text_bytes())) return texts_refused();
  keep(std::move(version));
  return {};
}

// The documents of the state in which it begins; some are already as later commits made them, which the log
// of those commits then repeats.
Result<ColumnsVersion> ColumnsCache::read_all(Connection& db, bool texts) {
  RAPPEL_ASSIGN(const State state, read_state(db));
  DocumentColumnsBuilder builder{DocumentColumns(texts)};
  for (std::int64_t next = 1; next < state.next_row;) {
    RAPPEL_TRY(db.exec("BEGIN"));
    RAPPEL_ASSIGN(next, append_documents(db, next, state.next_row, slice_, stop_, builder));
    RAPPEL_TRY(db.exec("ROLLBACK"));
    if (too_large(builder.text_bytes())) return texts_refused();
  }
  return ColumnsVersion{std::move(builder).finish(), state.commit, state.next_row};
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
