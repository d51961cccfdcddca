#include "server/mcp/rpc.h"

#include <utility>

#include "base/escape_controls.h"
#include "server/mcp/text.h"

namespace rappel::mcp {

Json error_message(const Json& id, const RpcError& error) {
  Json out = {{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) out["data"] = error.data;
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(out)}};
}

Answer answer_of(const Json& id, Outcome outcome) {
  if (const auto* error = std::get_if<RpcError>(&outcome)) return {error->status, error_message(id, *error)};
  return {200, Json{{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(std::get<Json>(outcome))}}};
}

std::string shown(std::string_view text, std::size_t most) { return escape_controls(shortened(text, most)); }

}  // namespace rappel::mcp
