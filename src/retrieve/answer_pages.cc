#include "retrieve/answer_pages.h"

#include <unordered_set>
#include <utility>

namespace rappel {
namespace {

constexpr std::size_t kResultBytes = 800;  // beyond its texts

// The same list of results.
bool same_question(const QueryInput& a, const QueryInput& b) {
  return a.text == b.text && a.filter == b.filter && a.unit == b.unit && a.rerank_depth == b.rerank_depth &&
         a.syntax == b.syntax && a.typos == b.typos && a.prefix == b.prefix && a.reading == b.reading &&
         a.mode == b.mode && a.rerank == b.rerank && a.min_score == b.min_score &&
         a.shape.neighbors == b.shape.neighbors && a.shape.highlights == b.shape.highlights &&
         a.shape.diversity == b.shape.diversity && a.shape.collapse == b.shape.collapse &&
         a.shape.fold_duplicates == b.shape.fold_duplicates;
}

}  // namespace

std::size_t bytes_of(const KeptAnswer& answer) {
  std::size_t bytes = sizeof(KeptAnswer) + answer.query.text.size();
  std::unordered_set<const Metadata*> counted;
  for (const ScoredChunk& result : answer.output.results) {
    const Chunk& chunk = result.chunk;
    bytes += kResultBytes + chunk.id.size() + chunk.document_id.size() + chunk.text.size() +
             place_bytes(chunk.place);
    for (const std::string& id : result.duplicates) bytes += sizeof(std::string) + id.size();
    if (chunk.metadata && counted.insert(chunk.metadata.get()).second)
      bytes += metadata_bytes(*chunk.metadata);
  }
  return bytes;
}

AnswerPages::AnswerPages(Bounds bounds, Clock clock) : bounds_(bounds), clock_(std::move(clock)) {}

std::string AnswerPages::keep(std::shared_ptr<const KeptAnswer> answer, std::size_t position) {
  const std::size_t bytes = bytes_of(*answer);
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = next_++;
  std::string cursor = text_of(number, *answer, position);
  entries_.push_front({number, std::move(answer), bytes, clock_()});
  by_number_[number] = entries_.begin();
  bytes_ += bytes;
  make_room();
  return cursor;
}

Result<AnswerPages::Place> AnswerPages::find(const QueryInput& query) {
  RAPPEL_ASSIGN(const Cursor cursor, parse_cursor(query.cursor, key_));
  const std::lock_guard lock(mutex_);
  make_room();
  const auto found = by_number_.find(cursor.answer);
  if (found == by_number_.end())
    return Status(Code::kInvalidArgument,
                  "the answer of the cursor is not kept any more; ask for the first page again");
  entries_.splice(entries_.begin(), entries_, found->second);
  Entry& entry = entries_.front();
  if (!same_question(entry.answer->query, query))
    return Status(Code::kInvalidArgument,
                  "the cursor belongs to another query; repeat the query of the first page with it");
  entry.used = clock_();
  return Place{entry.answer, cursor.position, entry.number};
}

std::string AnswerPages::cursor_of(const Place& place, std::size_t position) const {
  return text_of(place.number, *place.answer, position);
}

std::string AnswerPages::text_of(std::uint64_t number, const KeptAnswer& answer, std::size_t position) const {
  return cursor_text({number, position, answer.commit.value_or(-1)}, key_);
}

void AnswerPages::make_room() {
  const auto oldest = clock_() - bounds_.age;
  while (!entries_.empty() &&
         (entries_.size() > bounds_.answers || bytes_ > bounds_.bytes || entries_.back().used < oldest)) {
    bytes_ -= entries_.back().bytes;
    by_number_.erase(entries_.back().number);
    entries_.pop_back();
  }
}

}  // namespace rappel
