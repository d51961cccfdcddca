#include "server/mcp/eras.h"

#include <algorithm>
#include <cstdint>

#include "base/utf8.h"
#include "server/http/headers.h"

namespace rappel::mcp {
namespace {

constexpr std::string_view kLegacy[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
constexpr std::string_view kModern[] = {"2026-07-28"};
constexpr std::string_view kBatchVersion = "2025-03-26";

bool contains(std::span<const std::string_view> all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

RpcError bad_request(int code, std::string message, Json data = nullptr) {
  return {code, std::move(message), std::move(data), 400};
}

// params._meta[prefix + name], or null.
const Json& meta_member(const Json& params, const char* name) {
  static const Json kNone = nullptr;
  const auto meta = params.find("_meta");
  if (meta == params.end() || !meta->is_object()) return kNone;
  const auto member = meta->find(std::string(kMetaPrefix) + name);
  return member == meta->end() ? kNone : *member;
}

// The parameter that the header Mcp-Name repeats; null: the method has none.
const char* named_parameter(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  return method == "resources/read" ? "uri" : nullptr;
}

std::optional<RpcError> check_name(const std::string& method, const Json& params, std::string_view header) {
  const char* const parameter = named_parameter(method);
  if (parameter == nullptr) return std::nullopt;
  const auto sent = decoded_header(header);
  const auto wanted = params.find(parameter);
  if (sent && !sent->empty() && wanted != params.end() && wanted->is_string() &&
      *sent == wanted->get_ref<const std::string&>())
    return std::nullopt;
  return bad_request(kHeaderMismatch, std::string("The header Mcp-Name must repeat params.") + parameter);
}

std::optional<RpcError> check_method(const std::string& method, const MessageHeaders* headers) {
  if (headers == nullptr || trimmed(headers->method) == method) return std::nullopt;
  return bad_request(kHeaderMismatch, "The header Mcp-Method must repeat the method of the message");
}

std::optional<RpcError> check_modern(const std::string& method, const Json& params,
                                     const MessageHeaders* headers) {
  const Json& version = meta_member(params, "protocolVersion");
  if (!version.is_string() || !meta_member(params, "clientCapabilities").is_object()) {
    if (auto error = check_method(method, headers)) return error;
    return bad_request(kInvalidParams,
                       "params._meta must have io.modelcontextprotocol/protocolVersion and "
                       "io.modelcontextprotocol/clientCapabilities");
  }
  const auto& asked = version.get_ref<const std::string&>();
  if (headers != nullptr && trimmed(headers->version) != asked)
    return bad_request(kHeaderMismatch,
                       "The header MCP-Protocol-Version must repeat the version in params._meta");
  if (!contains(kModern, asked)) {
    Json supported = Json::array();
    for (const std::string_view one : kModern) supported.push_back(std::string(one));
    return bad_request(kUnsupportedVersion, "Unsupported protocol version",
                       {{"supported", std::move(supported)}, {"requested", shown(asked)}});
  }
  if (auto error = check_method(method, headers)) return error;
  return headers != nullptr ? check_name(method, params, headers->name) : std::nullopt;
}

// The six bits of a base64 digit, or -1.
int base64_bits(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// RFC 4648, padded.
std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_bits(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

}  // namespace

std::span<const std::string_view> legacy_versions() { return kLegacy; }
std::span<const std::string_view> modern_versions() { return kModern; }

std::variant<Era, RpcError> era_of(const std::string& method, const Json& params,
                                   const MessageHeaders* headers) {
  const std::string_view version = headers != nullptr ? trimmed(headers->version) : std::string_view();
  const bool known = version.empty() || contains(kLegacy, version) || contains(kModern, version);
  const bool says_modern = !meta_member(params, "protocolVersion").is_null() || contains(kModern, version) ||
                           method == "server/discover";
  if (!says_modern && known) return Era::kLegacy;
  if (!says_modern && trimmed(headers->method).empty())
    return bad_request(kInvalidRequest,
                       "Unsupported MCP-Protocol-Version: send a version that initialize "
                       "or server/discover has named");
  if (auto error = check_modern(method, params, headers)) return *std::move(error);
  return Era::kModern;
}

bool takes_batches(const MessageHeaders& headers) {
  const std::string_view version = trimmed(headers.version);
  return version.empty() || version == kBatchVersion;
}

std::optional<std::string> decoded_header(std::string_view value) {
  constexpr std::string_view kBegin = "=?base64?", kEnd = "?=";
  value = trimmed(value);
  if (!value.starts_with(kBegin) || !value.ends_with(kEnd) || value.size() < kBegin.size() + kEnd.size())
    return std::string(value);
  value.remove_prefix(kBegin.size());
  value.remove_suffix(kEnd.size());
  auto decoded = base64_decoded(value);
  if (decoded && !utf8_valid(*decoded)) return std::nullopt;
  return decoded;
}

}  // namespace rappel::mcp
