// Core: what the protocols ask of the application core, so that the server can be tested without models or a
// store.
//
// The real one is retrieval_core() around a Retrieval. Methods are called from the server's worker threads,
// several at a time; the caller owns what they return. core_gate.h says what a client is told of a failure.
// `cancel` stops when nobody waits for the result any more; the method then returns kCancelled, soon. The
// same is said by a CallContext and a RequestContext.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "access/principal.h"
#include "base/call_context.h"
#include "base/status.h"
#include "embed/embedder.h"
#include "embed/reranker.h"
#include "retrieve/ingest_run.h"
#include "retrieve/retrieval.h"

namespace rappel {

// Whether a core can compute a request now.
enum class Readiness {
  kReady,
  kIdle,  // loads when the first request needs it
  kLoading,
  kFailed,  // could not be loaded, or has lost what it computes with
};

struct ServedModels {
  Embedder& embedder;
  Reranker* reranker;  // null: none is configured
};

class Core {
 public:
  virtual ~Core() = default;
  // This core as `principal` sees it: one that is bound has its documents only, and pages of answers of its
  // own. Waits for a core that is being loaded. kUnsupported: this core cannot bind.
  virtual Result<std::shared_ptr<Core>> view_of(const PrincipalPtr& principal, const std::stop_token& cancel);
  // Quick, from any thread.
  virtual Readiness readiness() const { return Readiness::kReady; }
  // Why uploads would fail now (a locked store, a full disk), or ok. Quick, from any thread.
  virtual Status writable() const { return {}; }
  // A part of the index is lost: answers are right but slower. Quick, from any thread.
  virtual bool index_degraded() const { return false; }
  virtual Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents,
                                                  const CallContext& call) = 0;
  // As run_ingest(). Not ok: nothing was begun.
  virtual Status ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                        const std::stop_token& stop) = 0;
  virtual Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                                 const RequestContext& context) = 0;
  // As retrieve/why.h. kUnsupported: this core cannot tell.
  virtual Result<WhyAnswer> why(WhyInput input, const RequestContext& context);
  // As retrieve/document_chunks.h. kUnsupported: this core cannot tell.
  virtual Result<std::optional<DocumentChunks>> chunks(const ChunkRange& range,
                                                       const RequestContext& context);
  virtual Result<std::size_t> remove(const DeleteInput& request, std::stop_token cancel) = 0;
  // The models alone, for protocols of embeddings and scores. They live as long as the core.
  virtual Result<ServedModels> models(const std::stop_token& cancel);
  virtual Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                                    const RequestContext& context) = 0;
  // As retrieve/document_text.h. kUnsupported: this core cannot tell.
  virtual Result<std::optional<DocumentText>> document(const DocumentPart& part,
                                                       const RequestContext& context);
};

// Forwards to `retrieval`, which must outlive it and its views, as must its models. `readiness`, if given,
// answers readiness().
std::unique_ptr<Core> retrieval_core(Retrieval& retrieval, std::function<Readiness()> readiness = {});

}  // namespace rappel
