// PrincipalCore: the core as it is for the holder of one token. Protocols reach the core through it alone
// (core_gate.h), so that no protocol can forget what a token allows: every call goes to Core::view_of().
//
// Scopes are checked here too, after the router: a route that names the wrong scope gives nothing away. A
// principal that lacks the scope, and a call without principal, get kUnauthenticated. A collection that the
// principal does not have is as one that is not there (principal_collections.h). The core must outlive it.
#pragma once

#include <string>
#include <utility>

#include "access/audit_log.h"
#include "access/principal.h"
#include "server/core.h"
#include "server/principal_collections.h"

namespace rappel {

class RequestTrace;

class PrincipalCore final : public Core {
 public:
  // `counts`: of what is done; null: not counted. `trace`: of the request; null: not traced.
  PrincipalCore(Core& core, PrincipalPtr principal, std::shared_ptr<RequestCounts> counts = nullptr,
                std::shared_ptr<RequestTrace> trace = nullptr)
      : core_(core), principal_(std::move(principal)), counts_(std::move(counts)), trace_(std::move(trace)) {}

  // Works with a collection beside the default one; empty: with `core`. `host` may be null: there are none.
  PrincipalCore&& in(CollectionHost* host, std::string collection) && {
    host_ = host;
    collection_ = std::move(collection);
    return std::move(*this);
  }

  Readiness readiness() const override { return core_.readiness(); }
  Status writable() const override { return core_.writable(); }
  bool index_degraded() const override { return core_.index_degraded(); }
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents,
                                          const CallContext& call) override;
  Status ingest(const FoundFiles& found, const IngestSettings& settings, IngestObserver& observer,
                const std::stop_token& stop) override;
  Result<std::vector<QueryOutput>> query(const std::vector<QueryInput>& queries,
                                         const RequestContext& context) override;
  Result<WhyAnswer> why(WhyInput input, const RequestContext& context) override;
  Result<std::size_t> remove(const DeleteInput& request, std::stop_token cancel) override;
  Result<ServedModels> models(const std::stop_token& cancel) override;
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                            const RequestContext& context) override;
  Result<std::optional<DocumentChunks>> chunks(const ChunkRange& range,
                                               const RequestContext& context) override;
  Result<std::optional<DocumentText>> document(const DocumentPart& part,
                                               const RequestContext& context) override;

 private:
  Status check_scope(Scope scope) const;
  // The core that this principal sees, if it has the scope and the collection.
  Result<std::shared_ptr<Core>> view(Scope scope, const std::stop_token& cancel);

  void count(std::atomic<std::uint64_t> RequestCounts::*what, std::size_t number);

  Core& core_;
  PrincipalPtr principal_;
  std::shared_ptr<RequestCounts> counts_;
  std::shared_ptr<RequestTrace> trace_;
  CollectionHost* host_ = nullptr;
  std::string collection_;
};

}  // namespace rappel
