// JSON-RPC 2.0 as MCP uses it: what a message is answered with, and the codes of MCP's errors.
//
// Transport-free: `status` is the HTTP status that goes with the answer; stdio has no use for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "codec/json.h"

namespace rappel::mcp {

inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kNoSuchResource = -32002;  // before 2026-07-28
inline constexpr int kHeaderMismatch = -32020;  // these two since 2026-07-28
inline constexpr int kUnsupportedVersion = -32022;

struct RpcError {
  int code = kInternalError;
  std::string message;  // for the client: nothing secret
  Json data = nullptr;  // null: none
  int status = 200;
};

// The result of a method, or why there is none.
using Outcome = std::variant<Json, RpcError>;

struct Answer {
  int status = 200;
  std::optional<Json> message;  // nothing: it was a notification
};

Json error_message(const Json& id, const RpcError& error);
Answer answer_of(const Json& id, Outcome outcome);

// A text without control characters, of at most `most` bytes, for messages that repeat a client's name.
std::string shown(std::string_view text, std::size_t most = 100);

}  // namespace rappel::mcp
