#include "retrieve/presentation.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "embed/embedder.h"
#include "retrieve/answer_budget.h"
#include "retrieve/highlights.h"
#include "retrieve/read_queries.h"

namespace rappel {
namespace {

// A part of the results of an answer.
struct Page {
  std::vector<ScoredChunk> results;
  std::vector<std::size_t> positions;  // of the results
  std::size_t end = 0;                 // the position after the page
  std::size_t gone = 0;
};

bool has_budget(const AnswerShape& shape) { return shape.max_chars || shape.max_tokens; }

std::size_t page_size(const QueryParts& parts, const QueryInput& query) {
  return query.top_k.value_or(parts.options.default_top_k);
}

Result<std::size_t> shape_results(const QueryParts& parts, const QueryInput& query,
                                  const std::vector<QueryPart>& words, std::vector<ScoredChunk>& results,
                                  const CallContext& call) {
  if (query.shape.highlights) highlight(words, results);
  return apply_budget(
      query.shape, [&](std::string_view text) { return parts.embedder.token_ranges(text, call.cancel); },
      results);
}

// The documents of results [begin, end) that are stored now.
Result<std::unordered_set<std::string>> stored_documents(DocumentStore& store, std::size_t begin,
                                                         std::size_t end,
                                                         const std::vector<ScoredChunk>& results) {
  std::vector<std::string> ids;
  for (std::size_t i = begin; i < end; ++i) ids.push_back(results[i].chunk.document_id);
  RAPPEL_ASSIGN(const std::vector<DocumentSummary> found, store.get(ids));
  std::unordered_set<std::string> stored;
  for (const DocumentSummary& document : found) stored.insert(document.id);
  return stored;
}

// Up to `size` results from `begin` on whose documents are stored.
Result<Page> stored_page(DocumentStore& store, AnswerMeter& meter, const std::vector<ScoredChunk>& results,
                         std::size_t begin, std::size_t size) {
  Page page;
  page.end = std::min(begin, results.size());
  while (page.results.size() < size && page.end < results.size()) {
    const std::size_t end = std::min(results.size(), page.end + size - page.results.size());
    RAPPEL_ASSIGN(const auto stored, stored_documents(store, page.end, end, results));
    for (; page.end < end; ++page.end) {
      const ScoredChunk& result = results[page.end];
      if (!stored.contains(result.chunk.document_id)) {
        ++page.gone;
        continue;
      }
      RAPPEL_TRY(meter.hold(result.chunk));
      RAPPEL_TRY(meter.write(result.chunk));
      page.results.push_back(result);
      page.positions.push_back(page.end);
    }
  }
  return page;
}

}  // namespace

Result<QueryOutput> first_page(const QueryParts& parts, KeptAnswer answer, const CallContext& call) {
  const QueryInput query = answer.query;
  const std::size_t size = page_size(parts, query);
  if (parts.pages == nullptr || (!starts_pages(query) && !has_budget(query.shape))) {
    RAPPEL_ASSIGN(answer.output.cut, shape_results(parts, query, answer.words, answer.output.results, call));
    return std::move(answer.output);
  }
  const auto kept = std::make_shared<const KeptAnswer>(std::move(answer));
  QueryOutput output = kept->output;
  if (output.results.size() > size) output.results.resize(size);
  RAPPEL_ASSIGN(output.cut, shape_results(parts, query, kept->words, output.results, call));
  if (output.results.size() < kept->output.results.size())
    output.next = parts.pages->keep(kept, output.results.size());
  return output;
}

Result<QueryOutput> later_page(const QueryParts& parts, AnswerMeter& meter, const QueryInput& query,
                               const CallContext& call) {
  if (parts.pages == nullptr) return Status(Code::kUnsupported, "answers have no further pages here");
  RAPPEL_ASSIGN(const AnswerPages::Place place, parts.pages->find(query));
  const std::vector<ScoredChunk>& all = place.answer->output.results;
  RAPPEL_ASSIGN(Page page, stored_page(parts.store, meter, all, place.position, page_size(parts, query)));
  QueryOutput output;
  output.query = written_text(query);
  output.reranked = place.answer->output.reranked;
  output.answerable = place.answer->output.answerable;
  output.gone = page.gone;
  output.results = std::move(page.results);
  RAPPEL_ASSIGN(output.cut, shape_results(parts, query, place.answer->words, output.results, call));
  const std::size_t next = output.cut > 0 ? page.positions[output.results.size()] : page.end;
  if (next < all.size()) output.next = parts.pages->cursor_of(place, next);
  return output;
}

Result<std::vector<QueryOutput>> with_later_pages(const QueryParts& parts,
                                                  std::span<const QueryInput> queries,
                                                  std::vector<QueryOutput> first,
                                                  const RequestContext& context) {
  AnswerMeter meter(context.memory, kAskForLess);
  std::vector<QueryOutput> outputs;
  auto next = first.begin();
  for (const QueryInput& query : queries) {
    if (!is_later_page(query)) {
      outputs.push_back(std::move(*next++));
      continue;
    }
    RAPPEL_ASSIGN(QueryOutput page, later_page(parts, meter, query, context));
    outputs.push_back(std::move(page));
  }
  return outputs;
}

}  // namespace rappel
