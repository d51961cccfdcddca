#include "retrieve/retrieval.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/fault_id.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "embed/embedder.h"
#include "embed/reranker.h"
#include "retrieve/document_id.h"

namespace rappel {
namespace {

// A cross-encoder reads each candidate; past this many the first stage's order is kept behind the reranked
// ones.
constexpr std::size_t kMaxReranked = 100;
// The constant of reciprocal rank fusion; 10 is what the small reranker was evaluated with (its README).
constexpr double kFusionConstant = 10;

class Stopwatch {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double milliseconds = std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
    return milliseconds;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// The documents in request order, each id once: of equal ids the last document stands, at the first one's
// place.
std::vector<DocumentInput> with_unique_ids(std::vector<DocumentInput> documents) {
  std::vector<DocumentInput> unique;
  std::unordered_map<std::string, std::size_t> place;
  for (DocumentInput& document : documents) {
    if (!document.id || document.id->empty()) document.id = derived_id(document);
    const auto [it, fresh] = place.try_emplace(*document.id, unique.size());
    if (fresh) {
      unique.push_back(std::move(document));
    } else {
      unique[it->second] = std::move(document);
    }
  }
  return unique;
}

double rank_score(std::size_t first_rank, std::size_t second_rank) {  // ranks from 1; 1.0 for first in both
  const auto part = [](std::size_t rank) { return 1.0 / (kFusionConstant + static_cast<double>(rank)); };
  return (part(first_rank) + part(second_rank)) / (2 * part(1));
}

}  // namespace

Retrieval::Retrieval(DocumentStore& store, Embedder& embedder, Reranker* reranker, RetrievalOptions options,
                     Logger* logger)
    : store_(store), embedder_(embedder), reranker_(reranker), options_(options), logger_(logger) {
  // A chunk (at most 1.1 * tokens) must fit the model, or its end would be stored but never found.
  const std::size_t room = embedder.passage_room();
  options_.chunk.tokens = std::min(options_.chunk.tokens, std::max<std::size_t>(room * 10 / 11, 1));
  options_.chunk.overlap = std::min(options_.chunk.overlap, options_.chunk.tokens / 2);
}

Result<std::vector<std::string>> Retrieval::upsert(std::vector<DocumentInput> documents,
                                                   std::stop_token cancel) {
  for (const DocumentInput& document : documents)
    if (document.metadata.created_at) RAPPEL_TRY(parse_timestamp(*document.metadata.created_at).status());
  documents = with_unique_ids(std::move(documents));
  std::vector<NewDocument> rows;
  std::vector<std::string> texts;
  for (DocumentInput& document : documents) {
    NewDocument& row = rows.emplace_back();
    row.id = *document.id;
    row.metadata = std::move(document.metadata);
    for (TextChunk& chunk :
         chunk_text(document.text, embedder_.token_ranges(document.text), options_.chunk)) {
      row.chunks.push_back({chunk.text, chunk.begin, chunk.end, {}});
      texts.push_back(std::move(chunk.text));
    }
  }
  EmbedRequest request;
  request.role = TextRole::kDocument;
  request.unit_length = true;
  request.priority = Priority::kBulk;
  request.cancel = std::move(cancel);
  RAPPEL_ASSIGN(auto embeddings, embedder_.embed(texts, request));
  auto embedding = embeddings.begin();
  std::vector<std::string> ids;
  for (NewDocument& row : rows) {
    if (!row.chunks.empty()) ids.push_back(row.id);
    for (NewChunk& chunk : row.chunks) chunk.dense = std::move((embedding++)->dense);
  }
  RAPPEL_TRY(store_.upsert(std::move(rows)));
  return ids;
}

Result<std::vector<QueryOutput>> Retrieval::query(const std::vector<QueryInput>& queries,
                                                  std::stop_token cancel) {
  std::vector<QueryOutput> outputs;
  if (queries.empty()) return outputs;
  std::vector<std::string> texts;
  for (const QueryInput& query : queries) {
    if (const std::size_t k = query.top_k.value_or(1); k < 1 || k > options_.max_top_k)
      return Status(Code::kInvalidArgument,
                    fmt::format("top_k must be between 1 and {}", options_.max_top_k));
    texts.push_back(query.text);
  }
  Stopwatch watch;
  RAPPEL_ASSIGN(const auto vectors, embedder_.embed_queries(texts, cancel));
  const double embed_each = watch.lap() / static_cast<double>(queries.size());
  RAPPEL_ASSIGN(const auto reader, open_reader(store_));
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (cancel.stop_requested()) return Status(Code::kCancelled, "the request was cancelled");
    RAPPEL_ASSIGN(QueryOutput output, query_one(*reader, queries[i], vectors[i], cancel));
    output.timings.embed = embed_each;
    output.timings.total += embed_each;
    outputs.push_back(std::move(output));
  }
  return outputs;
}

Result<QueryOutput> Retrieval::query_one(StoreReader& reader, const QueryInput& query,
                                         const std::vector<float>& vector, std::stop_token cancel) {
  QueryOutput output;
  output.query = query.text;
  const std::size_t k = query.top_k.value_or(options_.default_top_k);
  const bool rerank_wanted = options_.rerank && reranker_ != nullptr;
  Stopwatch watch;
  RAPPEL_ASSIGN(const auto hits,
                reader.search(SearchRequest::dense(
                    vector, rerank_wanted ? std::max(k, options_.rerank_candidates) : k, query.filter)));
  std::vector<ChunkKey> keys;
  for (const Hit& hit : hits) keys.push_back(hit.key);
  RAPPEL_ASSIGN(auto chunks, reader.chunks(keys));
  for (std::size_t i = 0; i < chunks.size(); ++i)
    output.results.push_back({std::move(chunks[i]), std::clamp(double{hits[i].score}, 0.0, 1.0)});
  output.timings.search = watch.lap();
  if (rerank_wanted && !output.results.empty()) {
    rerank(output, std::move(cancel));
    output.timings.rerank = watch.lap();
  }
  if (output.results.size() > k) output.results.resize(k);
  output.timings.total = output.timings.search + output.timings.rerank;
  return output;
}

void Retrieval::rerank(QueryOutput& output, std::stop_token cancel) {
  std::vector<ScoredChunk>& results = output.results;
  const std::size_t head = std::min(results.size(), kMaxReranked);
  std::vector<std::string> passages;
  for (std::size_t i = 0; i < head; ++i) passages.push_back(results[i].chunk.text);
  const auto scores = reranker_->scores(output.query, passages, std::move(cancel));
  if (!scores.ok()) {
    if (logger_ != nullptr && scores.status().code() != Code::kCancelled)
      logger_->warn("reranking failed, the first stage's order is returned: {}{}",
                    scores.status().to_string(), fault_mark("reranker-failing"));
    return;
  }
  std::vector<std::size_t> order(head);
  for (std::size_t i = 0; i < head; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return (*scores)[a] > (*scores)[b]; });
  std::vector<double> final_scores(*scores);
  if (options_.rerank_mode == RerankMode::kBlend)
    for (std::size_t rank = 0; rank < head; ++rank)
      final_scores[order[rank]] = rank_score(order[rank] + 1, rank + 1);
  for (std::size_t i = 0; i < head; ++i) results[i].score = final_scores[i];
  const auto better = [](const ScoredChunk& a, const ScoredChunk& b) { return a.score > b.score; };
  const auto head_end = results.begin() + static_cast<std::ptrdiff_t>(head);
  std::stable_sort(results.begin(), head_end, better);
  // What the reranker did not see stays behind what it saw, in its own order.
  for (auto it = head_end; it != results.end(); ++it) it->score *= results[head - 1].score;
  output.reranked = true;
}

Result<std::size_t> Retrieval::remove(const DeleteInput& request) {
  if (request.delete_all) return store_.remove(Filter::all());
  const bool filtered = request.filter && !request.filter->unrestricted();
  if (request.ids.empty() && !filtered)
    return Status(Code::kInvalidArgument, "One of ids, filter, or delete_all is required");
  std::size_t removed = 0;
  if (!request.ids.empty()) {
    RAPPEL_ASSIGN(const std::size_t count, store_.remove(request.ids));
    removed += count;
  }
  if (filtered) {
    RAPPEL_ASSIGN(const std::size_t count, store_.remove(*request.filter));
    removed += count;
  }
  return removed;
}

Result<DocumentPage> Retrieval::list(const Filter& filter, std::size_t offset, std::size_t limit) {
  return store_.list(filter, offset, limit);
}

Result<StoreStats> Retrieval::stats() { return store_.stats(); }

Status Retrieval::warm_up() {
  constexpr int kTimes = 3;  // the first sets up, the next ones meet memory that is free again
  EmbedRequest request;
  request.role = TextRole::kQuery;
  request.unit_length = true;
  for (int i = 0; i < kTimes; ++i) {
    const std::string text = "warm up " + std::to_string(i);
    RAPPEL_ASSIGN(const auto embeddings, embedder_.embed({&text, 1}, request));
    RAPPEL_ASSIGN(const auto reader, open_reader(store_));
    RAPPEL_TRY(query_one(*reader, {text, Filter::all(), {}}, embeddings[0].dense, {}).status());
  }
  return {};
}

}  // namespace rappel
