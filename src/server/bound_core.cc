#include "server/bound_core.h"

#include <algorithm>
#include <utility>

#include "access/bound_filter.h"

namespace rappel {
namespace {

class BoundCore : public Core {
 public:
  BoundCore(const Core& whole, std::shared_ptr<StorePart> part) : whole_(whole), part_(std::move(part)) {}
  Readiness readiness() const override { return whole_.readiness(); }
  Status writable() const override { return whole_.writable(); }
  bool index_degraded() const override { return whole_.index_degraded(); }
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents,
                                          const CallContext& call) override {
    for (DocumentInput& document : documents) RAPPEL_TRY(stamp(part_->bound, document.metadata));
    return retrieval().upsert(std::move(documents), call);
  }
  Status ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                const std::stop_token& stop) override {
    RAPPEL_ASSIGN(const FoundFiles own, stamped(found));
    IngestSettings apart = settings;
    apart.near = nullptr;
    apart.find_similar = false;
    run_ingest(retrieval(), own, apart, observer, stop);
    return {};
  }
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                         const RequestContext& context) override {
    return retrieval().query(queries, context);
  }
  Result<WhyAnswer> why(WhyInput input, const RequestContext& context) override {
    return retrieval().why(std::move(input), context);
  }
  Result<std::size_t> remove(const DeleteInput& request, std::stop_token cancel) override {
    return retrieval().remove(request, cancel);
  }
  Result<ServedModels> models(const std::stop_token&) override {
    return ServedModels{retrieval().embedder(), retrieval().reranker()};
  }
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                            const RequestContext& context) override {
    return retrieval().list(filter, offset, limit, context);
  }
  Result<std::optional<DocumentChunks>> chunks(const ChunkRange& range,
                                               const RequestContext& context) override {
    return retrieval().chunks(range, context);
  }
  Result<std::optional<DocumentText>> document(const DocumentPart& part,
                                               const RequestContext& context) override {
    return retrieval().document(part, context);
  }

 private:
  Retrieval& retrieval() { return *part_->retrieval; }

  // Only what a client sends: a file of the machine would be stored under the ids of files of others.
  Result<FoundFiles> stamped(const FoundFiles& found) const {
    const bool all_sent = std::all_of(found.texts.begin(), found.texts.end(),
                                      [](const FoundFile& file) { return file.sent != nullptr; });
    if (!all_sent || !found.manifests.empty())
      return Status(Code::kUnsupported,
                    "a token with a filter stores what it sends, and no files of the server");
    FoundFiles own = found;
    for (FoundFile& file : own.texts) {
      auto sent = std::make_shared<SentFile>(*file.sent);
      RAPPEL_TRY(stamp(part_->bound, sent->metadata));
      file.sent = std::move(sent);
    }
    for (SentDocument& document : own.documents) RAPPEL_TRY(stamp(part_->bound, document.document.metadata));
    return own;
  }

  const Core& whole_;
  const std::shared_ptr<StorePart> part_;
};

}  // namespace

StorePart::StorePart(Retrieval& whole, const Filter& filter, std::shared_ptr<WriteClaims> claims)
    : bound(filter), store(whole.store(), bound, std::move(claims)), retrieval(whole.over(store)) {}

std::shared_ptr<Core> bound_core(const Core& whole, std::shared_ptr<StorePart> part) {
  return std::make_shared<BoundCore>(whole, std::move(part));
}

}  // namespace rappel
