// The tools of MCP. assets/mcp-tools.json describes them to clients; search and fetch have the shapes that
// ChatGPT's connectors ask for.
//
// A result is an object, and once more that object as JSON in the only item of `content`. Bad arguments and
// failures are results with isError, because a model reads those and corrects itself.
#pragma once

#include "server/mcp/caller.h"
#include "server/mcp/rpc.h"

namespace rappel::mcp {

// In a fixed order, search first; without those that change documents if the caller may not write.
Json tool_list(bool may_write);
// tools/call. kInvalidParams: no tool of this name for this caller.
Outcome call_tool(const Json& params, const Caller& caller);

// kInvalidArgument, for a result.
Status no_such_document(const std::string& id);

// The tools themselves: the object of the result, or a Status whose message is for the client.
Result<Json> search_tool(const Json& arguments, const Caller& caller);
Result<Json> fetch_tool(const Json& arguments, const Caller& caller);
Result<Json> list_tool(const Json& arguments, const Caller& caller);
Result<Json> add_tool(const Json& arguments, const Caller& caller);
Result<Json> forget_tool(const Json& arguments, const Caller& caller);

}  // namespace rappel::mcp
