// The two eras of MCP. Legacy (2024-11-05 to 2025-11-25): a client begins with `initialize`. Modern
// (2026-07-28): every request says its version and the client's capabilities in params._meta, and over HTTP
// repeats version, method and name as headers, which must agree with the body.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/mcp/rpc.h"

namespace rappel::mcp {

enum class Era { kLegacy, kModern };

std::span<const std::string_view> legacy_versions();  // the newest first
std::span<const std::string_view> modern_versions();

inline constexpr std::string_view kMetaPrefix = "io.modelcontextprotocol/";

// The headers of a request over HTTP; "" where one is absent.
struct MessageHeaders {
  std::string_view version;  // MCP-Protocol-Version
  std::string_view method;   // Mcp-Method
  std::string_view name;     // Mcp-Name
};

// The era of a request, or why it cannot be answered. `params`: an object. `headers` null: a transport
// without headers.
std::variant<Era, RpcError> era_of(const std::string& method, const Json& params,
                                   const MessageHeaders* headers);

// Whether several messages may come at once: only 2025-03-26 has that, which is also the version of a request
// without the header.
bool takes_batches(const MessageHeaders& headers);

// The value of a header, which may be written as =?base64?..?=; nothing if that is malformed.
std::optional<std::string> decoded_header(std::string_view value);

}  // namespace rappel::mcp
