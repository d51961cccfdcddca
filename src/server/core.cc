#include "server/core.h"

#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include "server/bound_core.h"

namespace rappel {
namespace {

class RetrievalCore : public Core {
 public:
  RetrievalCore(Retrieval& retrieval, std::function<Readiness()> readiness)
      : retrieval_(retrieval), readiness_(std::move(readiness)) {}
  Result<std::shared_ptr<Core>> view_of(const PrincipalPtr& principal, const std::stop_token&) override {
    if (!principal->is_bound()) return std::shared_ptr<Core>(std::shared_ptr<Core>(), this);  // owns nothing
    return bound_core(*this, part_of(*principal));
  }
  Readiness readiness() const override { return readiness_ ? readiness_() : Readiness::kReady; }
  Status writable() const override { return retrieval_.writable(); }
  bool index_degraded() const override { return retrieval_.index_health().degraded; }
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents,
                                          const CallContext& call) override {
    return retrieval_.upsert(std::move(documents), call);
  }
  Status ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                const std::stop_token& stop) override {
    run_ingest(retrieval_, found, settings, observer, stop);
    return {};
  }
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                         const RequestContext& context) override {
    return retrieval_.query(queries, context);
  }
  Result<WhyAnswer> why(WhyInput input, const RequestContext& context) override {
    return retrieval_.why(std::move(input), context);
  }
  Result<std::size_t> remove(const DeleteInput& request, std::stop_token cancel) override {
    return retrieval_.remove(request, cancel);
  }
  Result<ServedModels> models(const std::stop_token&) override {
    return ServedModels{retrieval_.embedder(), retrieval_.reranker()};
  }
  Result<std::optional<DocumentChunks>> chunks(const ChunkRange& range,
                                               const RequestContext& context) override {
    return retrieval_.chunks(range, context);
  }
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                            const RequestContext& context) override {
    return retrieval_.list(filter, offset, limit, context);
  }
  Result<std::optional<DocumentText>> document(const DocumentPart& part,
                                               const RequestContext& context) override {
    return retrieval_.document(part, context);
  }

 private:
  // Parts beyond that are made again when they are asked for; cursors of their answers are gone then.
  static constexpr std::size_t kMostParts = 1000;

  std::shared_ptr<StorePart> part_of(const Principal& principal) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<StorePart>& part = parts_[principal.id];
    if (part && part->bound == principal.bound) return part;
    auto made = std::make_shared<StorePart>(retrieval_, principal.bound, claims_);
    part = made;
    if (parts_.size() > kMostParts)
      parts_.erase(parts_.begin()->second == made ? std::next(parts_.begin()) : parts_.begin());
    return made;
  }

  Retrieval& retrieval_;
  const std::function<Readiness()> readiness_;
  const std::shared_ptr<WriteClaims> claims_ = std::make_shared<WriteClaims>();
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<StorePart>> parts_;  // by the id of the principal
};

}  // namespace

Result<std::shared_ptr<Core>> Core::view_of(const PrincipalPtr& principal, const std::stop_token&) {
  if (principal->is_bound())
    return Status(Code::kUnsupported, "this core cannot keep the documents of a token apart");
  return std::shared_ptr<Core>(std::shared_ptr<Core>(), this);  // owns nothing
}

Result<WhyAnswer> Core::why(WhyInput, const RequestContext&) {
  return Status(Code::kUnsupported, "this core cannot say why a document is not in an answer");
}

Result<ServedModels> Core::models(const std::stop_token&) {
  return Status(Code::kUnsupported, "this core has no models of its own");
}

Result<std::optional<DocumentText>> Core::document(const DocumentPart&, const RequestContext&) {
  return Status(Code::kUnsupported, "this core cannot give the text of a document");
}

Result<std::optional<DocumentChunks>> Core::chunks(const ChunkRange&, const RequestContext&) {
  return Status(Code::kUnsupported, "this core cannot give the chunks of a document");
}

std::unique_ptr<Core> retrieval_core(Retrieval& retrieval, std::function<Readiness()> readiness) {
  return std::make_unique<RetrievalCore>(retrieval, std::move(readiness));
}

}  // namespace rappel
