#include "store/sqlite/filter_cache.h"

#include <algorithm>
#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/row_ranges.h"

namespace rappel::sqlite {
namespace {

constexpr std::size_t kEntries = 64;

std::size_t bytes_of(const std::vector<RowRange>& ranges) { return ranges.size() * sizeof(RowRange); }

}  // namespace

Result<std::shared_ptr<const std::vector<RowRange>>> FilterCache::ranges(Connection& db, std::int64_t commit,
                                                                         const Filter& filter) {
  if (auto found = find(commit, filter)) return found;
  RAPPEL_ASSIGN(std::vector<RowRange> matching, select(db, commit, filter));
  const auto ranges = std::make_shared<const std::vector<RowRange>>(std::move(matching));
  keep(commit, {filter, ranges});
  return ranges;
}

Result<std::vector<RowRange>> FilterCache::select(Connection& db, std::int64_t commit, const Filter& filter) {
  RAPPEL_TRY(check_filter(filter));
  if (const auto columns = columns_.at(db, commit, filter.reads_texts())) return columns->select(filter);
  return matching_row_ranges(db, filter);
}

std::shared_ptr<const std::vector<RowRange>> FilterCache::find(std::int64_t commit, const Filter& filter) {
  const std::lock_guard lock(mutex_);
  if (commit != commit_) return nullptr;
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.filter == filter; });
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return found->ranges;
}

// A reader of an older commit keeps nothing.
void FilterCache::keep(std::int64_t commit, Entry entry) {
  const std::lock_guard lock(mutex_);
  if (commit < commit_ || bytes_of(*entry.ranges) > bytes_) return;
  if (commit > commit_) entries_.clear();
  commit_ = commit;
  entries_.push_front(std::move(entry));
  std::size_t bytes = 0, kept = 0;
  for (auto at = entries_.begin(); at != entries_.end();) {
    bytes += bytes_of(*at->ranges);
    at = ++kept > kEntries || bytes > bytes_ ? entries_.erase(at) : std::next(at);
  }
}

}  // namespace rappel::sqlite
