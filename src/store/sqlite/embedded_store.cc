#include "store/sqlite/embedded_store.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "store/checks.h"
#include "store/custom_metadata.h"
#include "store/sqlite/changes.h"
#include "store/sqlite/checkpoint.h"
#include "store/sqlite/connection_pool.h"
#include "store/sqlite/disk_reserve.h"
#include "store/sqlite/found_damage.h"
#include "store/sqlite/group_commit.h"
#include "store/sqlite/index_cache.h"
#include "store/sqlite/index_comparison.h"
#include "store/sqlite/index_keeper.h"
#include "store/sqlite/log_guard.h"
#include "store/sqlite/log_limit.h"
#include "store/sqlite/origins.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_reader.h"
#include "store/sqlite/store_file.h"
#include "store/sqlite/write_state.h"
#include "text/words/words_version.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

// 0 for a file that is not there.
std::uintmax_t size_of(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(file, error);
  return error ? 0 : bytes;
}

std::uintmax_t free_bytes(const fs::path& file) {
  std::error_code error;
  const fs::space_info space = fs::space(file.parent_path(), error);
  return error ? 0 : space.available;
}

// On a full disk the reserve must hold what a removal adds to the log, and the growth of the database while
// the log is moved there. Therefore a small disk has a short log.
LogBounds log_bounds(LogBounds bounds, std::uintmax_t reserve_bytes) {
  constexpr std::uintmax_t kFewest = 64;
  if (reserve_bytes == 0) return bounds;
  const std::uintmax_t fitting = std::max(kFewest, reserve_bytes / 2 / kPageBytes);
  bounds.pages =
      static_cast<int>(std::min<std::uintmax_t>(static_cast<std::uintmax_t>(bounds.pages), fitting));
  return bounds;
}

class SqliteStore : public SnapshotStore, public OriginStore {
 public:
  SqliteStore(const SqliteStoreOptions& options, const fs::path& file, std::unique_ptr<CommitRecord> record,
              std::unique_ptr<Connection> writer, std::uint64_t store_id)
      : dimension_(options.model.dimension),
        file_(file),
        record_(std::move(record)),
        pool_(options.pool),
        readers_(file, options.busy_ms),
        index_folder_(index_folder_of(file), {store_id, options.model.dimension, words_version()}),
        index_(options.model.dimension, &index_folder_, options.pool),
        filters_(readers_),
        reserve_(reserve_file(file), options.reserve_bytes),
        write_state_({options.free_bytes ? options.free_bytes : [file] { return free_bytes(file); },
                      [this] { return is_locked(); },
                      std::max<std::uintmax_t>(reserve_.bytes(), std::uintmax_t{1} << 20)}),
        log_limit_(log_bounds(options.log, reserve_.bytes()), options.busy_ms, *record_),
        keeper_(index_, readers_, index_folder_),
        writer_(std::move(writer), {.commit = [this](Connection& db) { return index_.commit(db); },
                                    .before_acknowledge = [this](Connection& db) { acknowledge(db); },
                                    .after_commit = [this](Connection& db) { tidy_up(db); },
                                    .at_end = [this](Connection& db) { write_back(db); }}) {}

  StoreInfo info() const override {
    return {.kind = "sqlite",
            .location = file_.string(),
            .dense = true,
            .sparse = true,
            .lexical = true,
            .guesses = true,
            .filters = true,
            .text_conditions = true,
            .snapshots = true,
            .neighbors = true,
            .atomicity = Atomicity::kBatch,
            .durability = Durability::kDisk};
  }

  OriginStore* origins() override { return this; }

  fs::path scratch_folder() const override { return file_.parent_path(); }

  Status upsert(std::vector<NewDocument> documents) override {
    RAPPEL_TRY(check_documents(documents, dimension_));
    detect_languages(documents);
    std::size_t bytes = 0;
    for (const NewDocument& document : documents) bytes += chunk_bytes(document);
    const auto change = [&](Connection& db, bool) -> Status {
      RAPPEL_TRY(reserve_.keep());
      return replace_documents(db, documents);
    };
    return run(change, bytes, /*removal=*/false);
  }

  Result<std::size_t> remove(std::span<const std::string> ids) override {
    return count_removed([&](Connection& db) { return remove_documents(db, ids); });
  }

  Result<std::size_t> remove(const Filter& filter) override {
    return count_removed([&](Connection& db) { return remove_matching(db, filter); });
  }

  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                            const PageMeter& meter) override {
    return read([&](Connection& db) { return read_page(db, filter, offset, limit, meter); });
  }

  Result<std::vector<DocumentSummary>> get(std::span<const std::string> ids) override {
    return read([&](Connection& db) { return read_summaries(db, ids); });
  }

  Result<std::vector<KnownFile>> files_at(const std::string& path) override {
    return read([&](Connection& db) { return sqlite::files_at(db, path); });
  }

  Result<std::vector<FileOrigin>> origins_of(const std::string& id) override {
    return read([&](Connection& db) { return sqlite::origins_of(db, id); });
  }

  Result<std::vector<KnownFile>> files_with(const std::string& content) override {
    return read([&](Connection& db) { return sqlite::files_with(db, content); });
  }

  Result<std::vector<KnownFile>> files_below(const std::string& folder, const KnownFile* after,
                                             std::size_t limit) override {
    return read([&](Connection& db) { return sqlite::files_below(db, folder, after, limit); });
  }

  Status visit_fingerprints(const std::function<void(std::uint64_t, std::string_view)>& visit) override {
    return read([&](Connection& db) { return sqlite::visit_fingerprints(db, visit); });
  }

  Status change_origins(std::span<const OriginChange> changes) override {
    for (const OriginChange& change : changes)
      if (change.metadata) RAPPEL_TRY(check_custom(change.metadata->custom));
    const auto change = [&](Connection& db, bool) -> Status {
      RAPPEL_TRY(reserve_.keep());
      return sqlite::change_origins(db, changes);
    };
    return run(change, 0, /*removal=*/false);
  }

  Result<StoreStats> stats() override {
    RAPPEL_ASSIGN(const State state, newest_state());
    return StoreStats{state.documents, state.chunks};
  }

  Status writable() override { return write_state_.current(); }

  Status trouble() override {
    if (const Status damage = damage_.first(); !damage.ok()) return describe(damage);
    {
      const std::lock_guard lock(mutex_);
      if (!record_failure_.ok()) return record_failure_;
    }
    RAPPEL_ASSIGN(const std::optional<CommitNote> note, read_commit_record(file_));
    return note ? trouble_of(*note, file_) : Status();
  }

  IndexHealth index_health() const override {
    const DenseIndex index = index_.newest().index.dense;
    return {!index.unread().empty(), keeper_.recall(), index.widening()};
  }

  void write_metrics(MetricsText& out) const override {
    out.family("rappel_commit_duration_seconds", MetricsText::Type::kHistogram,
               "Commits to the store, fsync included.");
    writer_.commit_seconds().write(out, {});
    out.family("rappel_store_bytes", MetricsText::Type::kGauge, "Size of the store's database and its log.")
        .sample(static_cast<double>(size_of(file_)), {{"file", "database"}})
        .sample(static_cast<double>(size_of(log_file(file_))), {{"file", "log"}});
  }

  // Indexes and counts, before anything is answered.
  Status compare() {
    RAPPEL_ASSIGN(PooledConnection db, connection());
    RAPPEL_TRY((*db).exec("BEGIN"));
    return compare_indexes(*db);
  }

  Result<std::int64_t> commit() override {
    RAPPEL_ASSIGN(const State state, newest_state());
    return state.commit;
  }

  // The index that was loaded may want work.
  void improve() { keeper_.wake(); }

  Result<std::unique_ptr<StoreReader>> snapshot() override { return damage_.look_at(begin_snapshot()); }

 private:
  // In a read transaction of its own.
  template <class Read>
  auto read(const Read& work) -> decltype(work(std::declval<Connection&>())) {
    const auto reading = [&]() -> decltype(work(std::declval<Connection&>())) {
      RAPPEL_ASSIGN(PooledConnection db, connection());
      RAPPEL_TRY((*db).exec("BEGIN"));
      return work(*db);
    };
    return damage_.look_at(reading());
  }

  Result<std::unique_ptr<StoreReader>> begin_snapshot() {
    RAPPEL_ASSIGN(PooledConnection db, connection());
    RAPPEL_ASSIGN(IndexVersion version, index_.begin_read(*db));
    if (!version.index.dense.unread().empty()) keeper_.wake();
    return std::unique_ptr<StoreReader>(
        std::make_unique<SqliteReader>(std::move(db), std::move(version), index_, pool_, filters_, damage_));
  }

  Status describe(const Status& damage) const {
    return Status(Code::kCorrupt,
                  file_.string() +
                      " was found damaged while it was in use: `rappel store verify` names the damage; stop "
                      "the server and run `rappel store repair`",
                  damage.to_string())
        .with_id("store-damaged");
  }

  Result<PooledConnection> connection() {
    RAPPEL_ASSIGN(std::unique_ptr<Connection> db, readers_.take());
    return PooledConnection(readers_, std::move(db));
  }

  Result<State> newest_state() {
    return read([](Connection& db) { return read_state(db); });
  }

  // A full disk makes the writer empty the log, so a second attempt may find room.
  template <class Change>
  Status run(const Change& change, std::size_t bytes, bool removal) {
    Status status = writer_.run([&](Connection& db) { return change(db, false); }, bytes);
    if (status.id() == "disk-full")
      status = writer_.run([&](Connection& db) { return change(db, true); }, bytes);
    write_state_.record(status, removal);
    return damage_.look_at(std::move(status));
  }

  template <class Remove>
  Result<std::size_t> count_removed(Remove remove) {
    std::size_t count = 0;
    const auto change = [&](Connection& db, bool disk_is_full) -> Status {
      if (disk_is_full) reserve_.release();
      const auto counted = [&]() -> Status {
        RAPPEL_ASSIGN(count, remove(db));
        return {};
      };
      return disk_is_full ? without_erasing(db, counted) : counted();
    };
    RAPPEL_TRY(run(change, 0, /*removal=*/true));
    return count;
  }

  // SQLite may be built to overwrite what is removed, which writes as much as is removed. Free pages then
  // keep their content until they are used again.
  template <class Change>
  static Status without_erasing(Connection& db, const Change& change) {
    RAPPEL_ASSIGN(const std::int64_t erases, db.query_integer("PRAGMA secure_delete"));
    RAPPEL_TRY(db.exec("PRAGMA secure_delete=OFF"));
    const Status status = change();
    const Status restored = db.exec(("PRAGMA secure_delete=" + std::to_string(erases)).c_str());
    return status.ok() ? restored : status;
  }

  void tidy_up(Connection& db) {
    follow(db);
    log_limit_.after_commit(db);
    if (db.take_disk_full() || reserve_.released()) make_room(db);
  }

  // On a full disk: what the log gives back becomes the reserve again. Failures are left to the next attempt.
  void make_room(Connection& db) {
    log_limit_.empty(db);
    (void)reserve_.keep();
  }

  bool is_locked() {
    auto db = readers_.take();
    if (!db.ok()) return true;
    const Status status = (*db)->try_write_lock();
    readers_.give_back(std::move(*db));
    return !status.ok();
  }

  // A commit is durable also when the record cannot be written; then a later loss would go unnoticed.
  void acknowledge(Connection& db) {
    const auto state = read_state(db);
    if (!state.ok() || state->commit == recorded_) return;
    Status written = record_->raise(state->commit);
    if (written.ok()) recorded_ = state->commit;
    const std::lock_guard lock(mutex_);
    record_failure_ = std::move(written);
  }

  // Its failure does no harm: the next start finds the log.
  void write_back(Connection& db) { (void)checkpoint(db, *record_, Checkpoint::kPassive); }

  // Brings the index up to date, so that the next reader need not. Its failure is that reader's to report.
  void follow(Connection& db) {
    if (const auto version = damage_.look_at(index_.begin_read(db)); version.ok()) {
      filters_.follow(db, version->commit);
      (void)db.exec("COMMIT");
    }
    keeper_.wake();
  }

  const int dimension_;
  const fs::path file_;
  const std::unique_ptr<CommitRecord> record_;
  std::int64_t recorded_ = -1;  // the writer's
  std::mutex mutex_;
  Status record_failure_;  // under the mutex
  FoundDamage damage_;
  ThreadPool* const pool_;
  ConnectionPool readers_;
  IndexFolder index_folder_;
  IndexCache index_;
  FilterCache filters_;
  DiskReserve reserve_;  // the writer's
  WriteState write_state_;
  LogLimit log_limit_;  // the writer's
  IndexKeeper keeper_;
  GroupCommit writer_;  // last: its thread uses the members above
};

}  // namespace

fs::path reserve_file(const fs::path& file) { return file.parent_path() / "rappel.reserve"; }

Result<std::unique_ptr<SnapshotStore>> start_store(const SqliteStoreOptions& options, const fs::path& file,
                                                   std::unique_ptr<CommitRecord> record,
                                                   std::unique_ptr<Connection> writer) {
  RAPPEL_ASSIGN(const std::uint64_t store_id, read_store_id(*writer));
  auto store = std::make_unique<SqliteStore>(options, file, std::move(record), std::move(writer), store_id);
  RAPPEL_TRY(store->compare());
  RAPPEL_TRY(store->snapshot().status());  // loads the index; damage shows now
  store->improve();
  return std::unique_ptr<SnapshotStore>(std::move(store));
}

}  // namespace rappel::sqlite
