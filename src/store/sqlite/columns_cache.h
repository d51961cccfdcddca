// ColumnsCache: the metadata of all documents in memory, following the database by its commit number.
//
// Nothing is read before the first call of at(). A small store is read then and there, a larger one by a
// thread of the cache; until it is done, and whenever the cache is too far behind, at() has nothing and the
// database answers itself. Texts are kept from the first call on that needs them, for which everything is
// read again, unless they take more than `text_bytes`. Any thread may call it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "store/sqlite/column_rows.h"
#include "store/sqlite/connection_pool.h"

namespace rappel::sqlite {

class ColumnsCache {
 public:
  // Documents that the thread reads in one transaction: more would keep the log of the database long.
  static constexpr std::int64_t kSlice = 10'000;

  // Texts of some million documents, when they are coded; paths take about 10 bytes, UUIDs 40.
  static constexpr std::size_t kTextBytes = std::size_t{256} << 20;

  // `readers`: of the thread. slice: other values are for tests.
  explicit ColumnsCache(ConnectionPool& readers, std::int64_t slice = kSlice,
                        std::size_t text_bytes = kTextBytes)
      : readers_(readers), slice_(slice), text_bytes_(text_bytes) {}
  ~ColumnsCache();  // stops reading
  ColumnsCache(const ColumnsCache&) = delete;
  ColumnsCache& operator=(const ColumnsCache&) = delete;

  // The columns in the snapshot of the connection, which is that of the commit; with texts if they are
  // needed.
  std::optional<DocumentColumns> at(Connection& db, std::int64_t commit, bool texts = false);
  // The same for its effect, after a commit: nothing happens unless at() was called before.
  void follow(Connection& db, std::int64_t commit);
  // For tests: waits until the thread has read what it was started for.
  void wait();

 private:
  ColumnsVersion newest();
  void keep(ColumnsVersion version);
  std::optional<DocumentColumns> advance(Connection& db, std::int64_t commit, bool texts);
  void read_in_background(bool texts);
  Status catch_up(bool texts);
  Result<ColumnsVersion> read_all(Connection& db, bool texts);
  bool too_large(std::size_t text_bytes);

  ConnectionPool& readers_;
  const std::int64_t slice_;
  const std::size_t text_bytes_;
  std::atomic<bool> wanted_ = false;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> texts_too_large_ = false;  // until the next start
  std::mutex advancing_;                       // one thread at a time
  std::mutex mutex_;                           // of the rest
  ColumnsVersion newest_;
  bool reading_ = false;  // the thread
  bool damaged_ = false;  // a document cannot be read, so nothing is until the next start
  std::thread thread_;
};

}  // namespace rappel::sqlite
