#include "server/mcp/service.h"

#include <algorithm>
#include <utility>

#include "server/mcp/resources.h"
#include "server/mcp/tools.h"

namespace rappel::mcp {
namespace {

constexpr std::size_t kMostMessages = 50;  // of a batch
// How long clients may keep a list that changes only with the program, and one of documents.
constexpr int kKeepMs = 60'000, kKeepDocumentsMs = 5'000;

constexpr char kInstructions[] =
    "Search the stored documents with search, then read the ones that matter with fetch. The query is plain "
    "language in the language of the documents; source:, author:, after: and before: (dates) in it restrict "
    "the documents. list shows what is stored.";

Json capabilities() {
  return {{"tools", Json::object()}, {"resources", Json::object()}, {"prompts", Json::object()}};
}

Outcome no_such_method(Era era, const std::string& method) {
  return RpcError{kMethodNotFound, "Method not found: " + shown(method), nullptr,
                  era == Era::kModern ? 404 : 200};
}

// Lists that are never longer than a page have no cursors.
Outcome whole_list(const char* name, Json list, const Json& params) {
  if (const auto cursor = params.find("cursor"); cursor != params.end() && !cursor->is_null())
    return RpcError{kInvalidParams, "Unknown cursor: this list has one page; ask for it without a cursor"};
  return Json{{name, std::move(list)}};
}

bool is_id(const Json& id) { return id.is_string() || id.is_number(); }

// Members of modern results alone.
void complete(const std::string& method, Json& result) {
  Json out = {{"resultType", "complete"}};
  for (auto& [name, value] : result.items()) out[name] = std::move(value);
  const bool documents = method == "resources/list" || method == "resources/read";
  if (method.ends_with("/list") || documents || method == "server/discover") {
    out["ttlMs"] = documents ? kKeepDocumentsMs : kKeepMs;
    out["cacheScope"] = "private";
  }
  result = std::move(out);
}

}  // namespace

Answer Service::handle(std::string_view text, const MessageHeaders* headers, const Caller& caller) const {
  const auto parsed = parse_json(text);
  if (!parsed.ok())
    return {400, error_message(nullptr, {kParseError, "Parse error: " + parsed.status().message()})};
  return parsed->is_array() ? handle_batch(*parsed, headers, caller) : handle_one(*parsed, headers, caller);
}

Answer Service::handle_batch(const Json& messages, const MessageHeaders* headers,
                             const Caller& caller) const {
  const auto refuse = [](std::string why) {
    return Answer{400, error_message(nullptr, {kInvalidRequest, std::move(why)})};
  };
  if (headers != nullptr && !takes_batches(*headers))
    return refuse("Batches exist in version 2025-03-26 only: send one message at a time");
  if (messages.empty() || messages.size() > kMostMessages)
    return refuse("A batch has 1 to " + std::to_string(kMostMessages) + " messages");
  Json answers = Json::array();
  for (const Json& message : messages)
    if (Answer answer = handle_one(message, headers, caller); answer.message)
      answers.push_back(*std::move(answer.message));
  if (answers.empty()) return {202, std::nullopt};
  return {200, std::move(answers)};
}

Answer Service::handle_one(const Json& message, const MessageHeaders* headers, const Caller& caller) const {
  const auto member = [&](const char* name) {
    const auto found = message.find(name);
    return found == message.end() ? nullptr : &*found;
  };
  const auto refuse = [](const Json& id, int code, const char* why) {
    return Answer{400, error_message(id, {code, why})};
  };
  const Json* const id = message.is_object() ? member("id") : nullptr;
  const Json known_id = id != nullptr && is_id(*id) ? *id : Json(nullptr);
  if (!message.is_object() || member("jsonrpc") == nullptr || *member("jsonrpc") != "2.0")
    return refuse(known_id, kInvalidRequest, "Invalid request: a JSON-RPC 2.0 message is an object");
  const Json* const method = member("method");
  if (method == nullptr || id == nullptr) return {202, std::nullopt};  // a notification, or a response
  if (!method->is_string() || !is_id(*id))
    return refuse(known_id, kInvalidRequest, "Invalid request: method is a string, id a string or a number");
  const Json* const sent = member("params");
  const Json params = sent == nullptr || sent->is_null() ? Json::object() : *sent;
  if (!params.is_object()) return refuse(known_id, kInvalidParams, "params must be an object");

  const auto& name = method->get_ref<const std::string&>();
  auto era = era_of(name, params, headers);
  if (auto* error = std::get_if<RpcError>(&era)) return answer_of(known_id, std::move(*error));
  Outcome outcome = call(std::get<Era>(era), name, params, caller);
  if (auto* result = std::get_if<Json>(&outcome); result && std::get<Era>(era) == Era::kModern)
    complete(name, *result);
  return answer_of(known_id, std::move(outcome));
}

Outcome Service::call(Era era, const std::string& method, const Json& params, const Caller& caller) const {
  const bool modern = era == Era::kModern;
  if (method == "server/discover" && modern) return discover();
  if (method == "initialize" && !modern) return initialize(params);
  if (method == "ping" && !modern) return Json::object();
  if (method == "tools/list") return whole_list("tools", tool_list(caller.may_write), params);
  if (method == "tools/call") return call_tool(params, caller);
  if (method == "resources/list") return list_resources(params, caller);
  if (method == "resources/templates/list")
    return whole_list("resourceTemplates", resource_templates(), params);
  if (method == "resources/read")
    return read_resource(params, caller, modern ? kInvalidParams : kNoSuchResource);
  if (method == "prompts/list") return whole_list("prompts", Json::array(), params);
  if (method == "prompts/get") return RpcError{kInvalidParams, "Unknown prompt: this server has none"};
  return no_such_method(era, method);
}

Json Service::info() const { return {{"name", "rappel"}, {"version", version_}}; }

Outcome Service::discover() const {
  Json versions = Json::array();
  for (const std::string_view version : modern_versions()) versions.push_back(std::string(version));
  return Json{{"supportedVersions", std::move(versions)},
              {"capabilities", capabilities()},
              {"instructions", kInstructions},
              {"_meta", {{std::string(kMetaPrefix) + "serverInfo", info()}}}};
}

Outcome Service::initialize(const Json& params) const {
  const auto all = legacy_versions();
  const auto asked = params.find("protocolVersion");
  const bool known = asked != params.end() && asked->is_string() &&
                     std::find(all.begin(), all.end(), asked->get_ref<const std::string&>()) != all.end();
  return Json{{"protocolVersion", known ? asked->get<std::string>() : std::string(all.front())},
              {"capabilities", capabilities()},
              {"serverInfo", info()},
              {"instructions", kInstructions}};
}

}  // namespace rappel::mcp
