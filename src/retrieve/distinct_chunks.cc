#include "retrieve/distinct_chunks.h"

#include <algorithm>
#include <bit>
#include <set>
#include <span>
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

// Whether `chunk` is no result of its own because of `first`, which is `candidate`.
bool DistinctChunks::joins(const Known& chunk, const Known& first, Candidate& candidate) const {
  if (shape_.collapse && chunk.document == first.document) {
    ++candidate.hidden;
    return true;
  }
  if (!shape_.fold_duplicates || chunk.fingerprint.has_value() != first.fingerprint.has_value()) return false;
  const bool near = chunk.fingerprint ? std::popcount(*chunk.fingerprint ^ *first.fingerprint) <= kNearBits
                                      : chunk.text == first.text;
  if (near) candidate.duplicates.push_back(chunk.id);
  return near;
}

Filter DistinctChunks::other_documents() const {
  std::set<std::string> documents;
  for (const auto& [key, chunk] : known_) documents.insert(chunk.document);
  Filter filter = Filter::any_of(kDocumentIdKey, {documents.begin(), documents.end()});
  filter.op = Filter::Op::kNotEquals;
  return filter;
}

Result<std::vector<Candidate>> DistinctChunks::first(std::vector<Candidate> candidates, std::size_t wanted) {
  RAPPEL_TRY(read(candidates));
  std::vector<Candidate> distinct;
  std::vector<const Known*> known;  // of `distinct`
  for (Candidate& candidate : candidates) {
    const Known& chunk = known_.at(candidate.key);
    bool joined = false;
    // Its document comes before texts that are like it.
    for (std::size_t i = 0; shape_.collapse && i < distinct.size() && !joined; ++i)
      if (known[i]->document == chunk.document) joined = joins(chunk, *known[i], distinct[i]);
    for (std::size_t i = 0; i < distinct.size() && !joined; ++i)
      joined = joins(chunk, *known[i], distinct[i]);
    if (joined || distinct.size() == wanted) continue;
    distinct.push_back(std::move(candidate));
    known.push_back(&chunk);
  }
  return distinct;
}

}  // namespace rappel
