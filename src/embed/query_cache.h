// QueryCache: the dense vectors of the queries asked last, least recently used first out. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rappel {

struct CacheStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::size_t entries = 0;
};

class QueryCache {
 public:
  explicit QueryCache(std::size_t capacity) : capacity_(capacity) {}  // 0: keeps nothing

  // Counts a hit or a miss; a hit becomes the most recently used.
  std::optional<std::vector<float>> find(std::string_view query);
  void insert(std::string_view query, std::vector<float> vector);
  CacheStats stats() const;

 private:
  using Entry = std::pair<std::string, std::vector<float>>;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_query_;  // keys point into entries_
  CacheStats stats_;
};

}  // namespace rappel
