// Service: MCP without a transport: a message in, its answer out, in both eras (eras.h). It keeps no state
// between messages, so sessions do not exist. server/mcp/mcp.h is it over HTTP, `rappel mcp` over stdio.
//
// Any thread may call it.
#pragma once

#include <string>
#include <string_view>

#include "server/mcp/caller.h"
#include "server/mcp/eras.h"
#include "server/mcp/rpc.h"

namespace rappel::mcp {

class Service {
 public:
  explicit Service(std::string version) : version_(std::move(version)) {}

  // `text`: one message as JSON, or a list of them. `headers` null: a transport without headers.
  Answer handle(std::string_view text, const MessageHeaders* headers, const Caller& caller) const;

 private:
  Answer handle_one(const Json& message, const MessageHeaders* headers, const Caller& caller) const;
  Answer handle_batch(const Json& messages, const MessageHeaders* headers, const Caller& caller) const;
  Outcome call(Era era, const std::string& method, const Json& params, const Caller& caller) const;
  Outcome discover() const;
  Outcome initialize(const Json& params) const;
  Json info() const;

  const std::string version_;
};

}  // namespace rappel::mcp
