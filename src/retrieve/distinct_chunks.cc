#include "retrieve/distinct_chunks.h"

#include <algorithm>
#include <bit>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "retrieve/text_fingerprint.h"

namespace rappel {
namespace {

constexpr std::size_t kReadAtOnce = 32;
constexpr std::size_t kKnownBytes = 200;  // beyond its texts

}  // namespace

Status DistinctChunks::learn(const Chunk& chunk, const ChunkKey& key) {
  Known known{chunk.id, chunk.document_id, std::nullopt, {}};
  if (shape_.fold_duplicates) {
    known.fingerprint = text_fingerprint(chunk.text);
    if (!known.fingerprint) known.text = chunk.text;
  }
  RAPPEL_TRY(meter_.hold(kKnownBytes + known.id.size() + known.document.size() + known.text.size()));
  known_.emplace(key, std::move(known));
  return {};
}

Status DistinctChunks::read(const std::vector<Candidate>& candidates) {
  std::vector<ChunkKey> keys;
  for (const Candidate& candidate : candidates)
    if (!known_.contains(candidate.key)) keys.push_back(candidate.key);
  for (std::size_t begin = 0; begin < keys.size(); begin += kReadAtOnce) {
    const auto part = std::span(keys).subspan(begin, std::min(kReadAtOnce, keys.size() - begin));
    RAPPEL_ASSIGN(const std::vector<Chunk> chunks, reader_.chunks(part));
    for (std::size_t i = 0; i < part.size(); ++i) RAPPEL_TRY(learn(chunks[i], part[i]));
  }
  return {};
}

bool DistinctChunks::is_near(const Known& a, const Known& b) const {
  if (!shape_.fold_duplicates || a.fingerprint.has_value() != b.fingerprint.has_value()) return false;
  return a.fingerprint ? std::popcount(*a.fingerprint ^ *b.fingerprint) <= kNearBits : a.text == b.text;
}

Filter DistinctChunks::other_documents() const {
  std::set<std::string> documents;
  for (const auto& [key, chunk] : known_) documents.insert(chunk.document);
  Filter filter = Filter::any_of(kDocumentIdKey, {documents.begin(), documents.end()});
  filter.op = Filter::Op::kNotEquals;
  return filter;
}

std::vector<JoinedChunk> DistinctChunks::joined() const {
  std::vector<JoinedChunk> out;
  for (const Joined& one : joined_)
    out.push_back({one.chunk->id, one.chunk->document, one.fused_rank, one.fate, one.by->id});
  return out;
}

Result<std::vector<Candidate>> DistinctChunks::first(std::vector<Candidate> candidates, std::size_t wanted) {
  RAPPEL_TRY(read(candidates));
  joined_.clear();
  std::vector<Candidate> distinct;
  std::vector<const Known*> known;                                // of `distinct`
  std::unordered_map<std::string_view, std::size_t> by_document;  // the first one of each
  for (Candidate& candidate : candidates) {
    const Known& chunk = known_.at(candidate.key);
    // Its document comes before texts that are like it.
    if (const auto first = by_document.find(chunk.document); shape_.collapse && first != by_document.end()) {
      ++distinct[first->second].hidden;
      joined_.push_back({&chunk, known[first->second], candidate.fused_rank, WhyReason::kCollapsed});
      continue;
    }
    const auto near =
        std::find_if(known.begin(), known.end(), [&](const Known* first) { return is_near(chunk, *first); });
    if (near != known.end()) {
      distinct[static_cast<std::size_t>(near - known.begin())].duplicates.push_back(chunk.id);
      joined_.push_back({&chunk, *near, candidate.fused_rank, WhyReason::kNearDuplicate});
    } else if (distinct.size() < wanted) {
      by_document.try_emplace(chunk.document, distinct.size());
      distinct.push_back(std::move(candidate));
      known.push_back(&chunk);
    }
  }
  return distinct;
}

}  // namespace rappel
