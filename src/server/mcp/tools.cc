#include "server/mcp/tools.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "server/documents/assets.h"

namespace rappel::mcp {
namespace {

struct Tool {
  std::string_view name;
  bool writes;
  Result<Json> (*call)(const Json& arguments, const Caller& caller);
};

constexpr Tool kTools[] = {{"search", false, search_tool},
                           {"fetch", false, fetch_tool},
                           {"list", false, list_tool},
                           {"add", true, add_tool},
                           {"forget", true, forget_tool}};

const Tool* find_tool(std::string_view name, bool may_write) {
  const auto* const tool =
      std::find_if(std::begin(kTools), std::end(kTools), [&](const Tool& one) { return one.name == name; });
  return tool == std::end(kTools) || (tool->writes && !may_write) ? nullptr : tool;
}

const Json& descriptions() {
  static const Json all = [] {
    auto parsed = parse_json(asset("mcp-tools.json"));
    RAPPEL_CHECK(parsed.ok(), "mcp-tools.json is well-formed");
    return std::move(*parsed);
  }();
  return all;
}

Json content_of(std::string text) { return Json::array({Json{{"type", "text"}, {"text", std::move(text)}}}); }

}  // namespace

Status no_such_document(const std::string& id) {
  return {Code::kInvalidArgument,
          "no document has the id '" + shown(id) + "'; use an id that search or list returned"};
}

Json tool_list(bool may_write) {
  Json tools = Json::array();
  for (const Json& tool : descriptions())
    if (find_tool(tool["name"].get_ref<const std::string&>(), may_write) != nullptr) tools.push_back(tool);
  return tools;
}

Outcome call_tool(const Json& params, const Caller& caller) {
  const auto name = params.find("name");
  if (name == params.end() || !name->is_string())
    return RpcError{kInvalidParams, "params.name must be the name of a tool"};
  const Tool* const tool = find_tool(name->get_ref<const std::string&>(), caller.may_write);
  if (tool == nullptr)
    return RpcError{kInvalidParams, "Unknown tool: " + shown(name->get_ref<const std::string&>())};
  const auto sent = params.find("arguments");
  const Json arguments = sent == params.end() || sent->is_null() ? Json::object() : *sent;
  auto result = arguments.is_object() ? tool->call(arguments, caller)
                                      : Status(Code::kInvalidArgument, "arguments must be an object");
  if (!result.ok()) return Json{{"content", content_of(result.status().message())}, {"isError", true}};
  return Json{{"content", content_of(dump_json(*result))},
              {"structuredContent", std::move(*result)},
              {"isError", false}};
}

}  // namespace rappel::mcp
