// PrincipalCollections: the collections of a server as they are for the holder of one token. Protocols reach
// them through it alone (core_gate.h, principal_core.h), so that no protocol can forget what a token allows.
//
// A collection that the token does not have is as one that is not there: no list has it, and everything that
// names it gets the same kNotFound. create() with such a name gets kUnauthenticated, whether it is taken or
// not. Scopes are not looked at here. Any thread may call any method; the host must outlive it.
#pragma once

#include "access/principal.h"
#include "server/collection_host.h"

namespace rappel {

class PrincipalCollections final : public CollectionHost {
 public:
  // `host` may be null: the default one is alone then. Without `principal` there are none at all.
  PrincipalCollections(CollectionHost* host, PrincipalPtr principal)
      : host_(host), principal_(std::move(principal)) {}

  // kNotFound: the principal does not have it. The default one has a name here, too.
  Status admit(std::string_view name) const;

  Result<std::vector<CollectionSettings>> list() override;
  Result<CollectionSettings> find(std::string_view name) override;
  Result<CollectionSettings> create(CollectionSettings settings) override;
  Result<CollectionSettings> change(const CollectionSettings& settings) override;
  Status drop(std::string_view name) override;
  Result<std::shared_ptr<Core>> open(std::string_view name, const std::stop_token& cancel) override;

 private:
  // admit(), and there is a host.
  Status reach(std::string_view name) const;

  CollectionHost* host_;
  PrincipalPtr principal_;
};

}  // namespace rappel
