// FilterCache: the rows that filters select, of the newest commit that was asked for. They come from the
// columns of the documents, and from the database where those are not there: a filter over half of 125 000
// documents takes SQLite 40 ms, several times as long as the search.
//
// Any thread may call it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"
#include "index/rows.h"
#include "store/filter.h"
#include "store/sqlite/columns_cache.h"

namespace rappel::sqlite {

class Connection;

class FilterCache {
 public:
  // `readers`: for the columns. `bytes`: of all row ranges that are kept.
  explicit FilterCache(ConnectionPool& readers, std::size_t bytes = std::size_t{32} << 20)
      : columns_(readers), bytes_(bytes) {}

  // Ascending and disjoint, in the snapshot of the connection, which is that of the commit.
  Result<std::shared_ptr<const std::vector<RowRange>>> ranges(Connection& db, std::int64_t commit,
                                                              const Filter& filter);
  // After a commit, so that the next reader need not bring the columns up to date. The same arguments.
  void follow(Connection& db, std::int64_t commit) { columns_.follow(db, commit); }

 private:
  struct Entry {
    Filter filter;
    std::shared_ptr<const std::vector<RowRange>> ranges;
  };
  std::shared_ptr<const std::vector<RowRange>> find(std::int64_t commit, const Filter& filter);
  void keep(std::int64_t commit, Entry entry);
  Result<std::vector<RowRange>> select(Connection& db, std::int64_t commit, const Filter& filter);

  ColumnsCache columns_;
  const std::size_t bytes_;
  std::mutex mutex_;
  std::int64_t commit_ = -1;
  std::list<Entry> entries_;  // the last used first
};

}  // namespace rappel::sqlite
