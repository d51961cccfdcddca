// FilterCache: the rows that filters select, of the newest commit that was asked for. A filter over half of
// 125 000 documents takes SQLite 40 ms, several times as long as the search.
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

namespace rappel::sqlite {

class Connection;

class FilterCache {
 public:
  // `bytes`: of all that is kept.
  explicit FilterCache(std::size_t bytes = std::size_t{32} << 20) : bytes_(bytes) {}

  // Ascending and disjoint, in the snapshot of the connection, which is that of the commit.
  Result<std::shared_ptr<const std::vector<RowRange>>> ranges(Connection& db, std::int64_t commit,
                                                              const Filter& filter);

 private:
  struct Entry {
    Filter filter;
    std::shared_ptr<const std::vector<RowRange>> ranges;
  };
  std::shared_ptr<const std::vector<RowRange>> find(std::int64_t commit, const Filter& filter);
  void keep(std::int64_t commit, Entry entry);

  const std::size_t bytes_;
  std::mutex mutex_;
  std::int64_t commit_ = -1;
  std::list<Entry> entries_;  // the last used first
};

}  // namespace rappel::sqlite
