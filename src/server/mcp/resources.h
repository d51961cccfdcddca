// Resources of MCP: every stored document as rappel://doc/ID, its id percent-encoded. A document that is too
// long for one answer is read in parts: rappel://doc/ID?from=POSITION, and the last line of a part names the
// next one.
#pragma once

#include "server/mcp/caller.h"
#include "server/mcp/rpc.h"

namespace rappel::mcp {

// A page of resources/list; the cursor is a position.
Outcome list_resources(const Json& params, const Caller& caller);
Json resource_templates();
// resources/read; `no_such` is the era's error code for a resource that does not exist.
Outcome read_resource(const Json& params, const Caller& caller, int no_such);

}  // namespace rappel::mcp
