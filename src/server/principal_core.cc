#include "server/principal_core.h"

#include "server/http/refusal.h"
#include "server/input/model_names.h"
#include "server/stage_trace.h"

namespace rappel {
namespace {

// Tells how many documents are stored.
class CountingObserver : public IngestObserver {
 public:
  CountingObserver(IngestObserver& inner, std::function<void(std::size_t)> stored)
      : inner_(inner), stored_(std::move(stored)) {}
  void failed(const std::string& message) override { inner_.failed(message); }
  void skipped(const std::string& kind, const std::string& message) override {
    inner_.skipped(kind, message);
  }
  void warned(const std::string& message) override { inner_.warned(message); }
  void advanced(const IngestCounts& counts) override { inner_.advanced(counts); }
  void finished(const IngestItem& item) override {
    if (item.outcome == IngestItem::Outcome::kStored) stored_(1);
    inner_.finished(item);
  }

 private:
  IngestObserver& inner_;
  const std::function<void(std::size_t)> stored_;
};

void trace_stages(RequestTrace& trace, Core& core, QueryTrace what, const std::vector<QueryInput>& queries,
                  const Result<std::vector<QueryOutput>>& outputs) {
  what.end = SpanClock::now();
  if (!queries.empty()) what.top_k = queries.front().top_k.value_or(0);
  if (outputs.ok()) {  // so there are models, and nobody waits for them
    const auto models = core.models({});
    if (models.ok()) what.embedder = shown_model_name(models->embedder.identity().name);
    if (models.ok() && models->reranker != nullptr)
      what.reranker = shown_model_name(models->reranker->name());
  }
  trace_queries(trace, what, outputs);
}

}  // namespace

void PrincipalCore::count(std::atomic<std::uint64_t> RequestCounts::*what, std::size_t number) {
  if (counts_) (*counts_).*what += number;
}

Status PrincipalCore::check_scope(Scope scope) const {
  if (principal_ && principal_->scopes.has(scope)) return {};
  return Status(Code::kUnauthenticated, forbidden_refusal(scope).message);
}

Result<std::shared_ptr<Core>> PrincipalCore::view(Scope scope, const std::stop_token& cancel) {
  RAPPEL_TRY(check_scope(scope));
  PrincipalCollections collections(host_, principal_, counts_);
  if (collection_.empty() || collection_ == kDefaultCollection) {
    RAPPEL_TRY(collections.admit(kDefaultCollection));
    return core_.view_of(principal_, cancel);
  }
  RAPPEL_ASSIGN(std::shared_ptr<Core> core, collections.open(collection_, cancel));
  RAPPEL_ASSIGN(std::shared_ptr<Core> view, core->view_of(principal_, cancel));
  // The view refers to the core.
  auto both = std::make_shared<std::pair<std::shared_ptr<Core>, std::shared_ptr<Core>>>(core, view);
  return std::shared_ptr<Core>(std::move(both), view.get());
}

Result<std::vector<std::string>> PrincipalCore::upsert(std::vector<DocumentInput> documents,
                                                       const CallContext& call) {
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kWrite, call.cancel));
  const auto begin = SpanClock::now();
  auto ids = core->upsert(std::move(documents), call);
  if (trace_) trace_ingest(*trace_, begin, collection_, ids.status());
  if (ids.ok()) count(&RequestCounts::stored, ids->size());
  return ids;
}

Status PrincipalCore::ingest(const FoundFiles& found, const IngestSettings& settings,
                             IngestObserver& observer, const std::stop_token& stop) {
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kWrite, stop));
  CountingObserver counting(observer, [this](std::size_t stored) { count(&RequestCounts::stored, stored); });
  const auto begin = SpanClock::now();
  Status status = core->ingest(found, settings, counting, stop);
  if (trace_) trace_ingest(*trace_, begin, collection_, status);
  return status;
}

Result<std::vector<QueryOutput>> PrincipalCore::query(const std::vector<QueryInput>& queries,
                                                      const RequestContext& context) {
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kRead, context.cancel));
  const auto begin = SpanClock::now();
  auto outputs = core->query(queries, context);
  if (trace_) trace_stages(*trace_, *core, {.begin = begin, .collection = collection_}, queries, outputs);
  if (!outputs.ok()) return outputs;
  count(&RequestCounts::queries, outputs->size());
  for (const QueryOutput& output : *outputs) count(&RequestCounts::results, output.results.size());
  return outputs;
}

Result<WhyAnswer> PrincipalCore::why(WhyInput input, const RequestContext& context) {
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kRead, context.cancel));
  count(&RequestCounts::queries, 1);
  return core->why(std::move(input), context);
}

Result<std::size_t> PrincipalCore::remove(const DeleteInput& request, std::stop_token cancel) {
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kWrite, cancel));
  auto removed = core->remove(request, std::move(cancel));
  if (removed.ok()) count(&RequestCounts::removed, *removed);
  return removed;
}

// Models show no documents: a request that names no collection needs none.
Result<ServedModels> PrincipalCore::models(const std::stop_token& cancel) {
  if (collection_.empty()) {
    RAPPEL_TRY(check_scope(Scope::kRead));
    return core_.models(cancel);
  }
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kRead, cancel));
  return core->models(cancel);
}

Result<DocumentPage> PrincipalCore::list(const Filter& filter, std::size_t offset, std::size_t limit,
                                         const RequestContext& context) {
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kRead, context.cancel));
  auto page = core->list(filter, offset, limit, context);
  if (page.ok()) count(&RequestCounts::listed, page->documents.size());
  return page;
}

Result<std::optional<DocumentChunks>> PrincipalCore::chunks(const ChunkRange& range,
                                                            const RequestContext& context) {
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kRead, context.cancel));
  auto chunks = core->chunks(range, context);
  if (chunks.ok() && *chunks) count(&RequestCounts::listed, 1);
  return chunks;
}

Result<std::optional<DocumentText>> PrincipalCore::document(const DocumentPart& part,
                                                            const RequestContext& context) {
  RAPPEL_ASSIGN(const std::shared_ptr<Core> core, view(Scope::kRead, context.cancel));
  auto text = core->document(part, context);
  if (text.ok() && *text) count(&RequestCounts::listed, 1);
  return text;
}

}  // namespace rappel
