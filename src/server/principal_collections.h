// PrincipalCollections: the collections of a server as they are for the holder of one token. Protocols reach
// them through it alone (core_gate.h, principal_core.h), so that no protocol can forget what a token allows.
//
// A collection that the token does not have is as one that is not there: no list has it, and everything that
// names it gets the same kNotFound. create() with such a name gets kUnauthenticated, whether it is taken or
// not. Scopes are not looked at here. Any thread may call any method; the host must outlive it.
#pragma once

#include <memory>
#include <utility>

#include "access/audit_log.h"
#include "access/principal.h"
#include "server/collection_host.h"

namespace rappel {

class PrincipalCollections final : public CollectionHost {
 public:
  // `host` may be null: the default one is alone then. Without `principal` there are none at all. `counts` is
  // told which collection was asked for; null: nobody is.
  PrincipalCollections(CollectionHost* host, PrincipalPtr principal, std::shared_ptr<RequestCounts> counts)
      : host_(host), principal_(std::move(principal)), counts_(std::move(counts)) {}

  // Whether the principal may have it; the default one has a name here, too.
  bool has(std::string_view name) const { return principal_ && principal_->has_collection(name); }
  // kNotFound: it does not.
  Status admit(std::string_view name) const;

  Result<std::vector<CollectionSettings>> list() override;
  Result<CollectionSettings> find(std::string_view name) override;
  Result<CollectionSettings> create(CollectionSettings settings) override;
  Result<CollectionSettings> change(const CollectionSettings& settings) override;
  Status drop(std::string_view name) override;
  // kNotFound for a principal with a filter: these numbers are of all documents.
  Result<CollectionUsage> usage(std::string_view name) override;
  std::vector<CollectionState> states() override;
  Result<std::shared_ptr<Core>> open(std::string_view name, const std::stop_token& cancel) override;

 private:
  // admit(), and there is a host.
  Status reach(std::string_view name) const;

  CollectionHost* host_;
  PrincipalPtr principal_;
  std::shared_ptr<RequestCounts> counts_;
};

}  // namespace rappel
