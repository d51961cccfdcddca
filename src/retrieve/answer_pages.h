// AnswerPages: answers that are given page by page. All results of an answer are found for its first page, in
// one state of the store, and kept; a cursor says which of them come next. So pages neither repeat nor lose a
// result, whatever is written meanwhile: they show the state of the first page. Only documents that were
// removed since are left out (presentation.h).
//
// Answers are kept in memory, within bounds of number, bytes and time; the least recently used ones go first.
// A cursor of an answer that is gone, or of another process, is refused with a message that says to ask for
// the first page again. A cursor may be used more than once, and gives the same page.
//
// Any thread may call any method.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "retrieve/cursor.h"
#include "retrieve/highlights.h"
#include "retrieve/types.h"

namespace rappel {

// Results of an answer that is given page by page.
inline constexpr std::size_t kPagedResults = 200;

struct KeptAnswer {
  QueryInput query;
  QueryOutput output;            // with all results
  std::vector<QueryPart> words;  // of the query, if it asks for highlights
  std::optional<std::int64_t> commit;
};

// Memory of an answer, about.
std::size_t bytes_of(const KeptAnswer& answer);

class AnswerPages {
 public:
  struct Bounds {
    std::size_t answers = 1000;
    std::size_t bytes = std::size_t{32} << 20;
    std::chrono::seconds age{300};  // since the last use
  };
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  AnswerPages() : AnswerPages(Bounds(), std::chrono::steady_clock::now) {}
  AnswerPages(Bounds bounds, Clock clock);

  // Keeps the answer and returns the cursor of the page that begins at `position`.
  std::string keep(std::shared_ptr<const KeptAnswer> answer, std::size_t position);

  struct Place {
    std::shared_ptr<const KeptAnswer> answer;
    std::size_t position = 0;
    std::uint64_t number = 0;  // of the answer
  };
  // kInvalidArgument: the cursor is none, its answer is gone, or `query` is another one. Number of results
  // and budget may change from page to page.
  Result<Place> find(const QueryInput& query);
  // The cursor of a later page.
  std::string cursor_of(const Place& place, std::size_t position) const;

 private:
  struct Entry {
    std::uint64_t number = 0;
    std::shared_ptr<const KeptAnswer> answer;
    std::size_t bytes = 0;
    std::chrono::steady_clock::time_point used;
  };
  void make_room();  // under the mutex
  std::string text_of(std::uint64_t number, const KeptAnswer& answer, std::size_t position) const;

  const Bounds bounds_;
  const Clock clock_;
  const SipKey key_ = SipKey::random();
  std::mutex mutex_;
  std::list<Entry> entries_;  // the most recently used first
  std::unordered_map<std::uint64_t, std::list<Entry>::iterator> by_number_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 1;
};

}  // namespace rappel
