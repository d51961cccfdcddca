#include "server/mcp/resources.h"

#include <optional>
#include <utility>

#include "server/http/headers.h"
#include "server/mcp/arguments.h"
#include "server/mcp/document_part.h"
#include "server/mcp/text.h"

namespace rappel::mcp {
namespace {

constexpr std::size_t kListed = 50;
constexpr std::string_view kPrefix = "rappel://doc/", kFrom = "?from=";
constexpr char kType[] = "text/plain";

RpcError error_of(const Status& failure) {
  return {failure.code() == Code::kInvalidArgument ? kInvalidParams : kInternalError, failure.message()};
}

struct Address {
  std::string id;
  std::size_t from = 0;
};

std::optional<Address> read_uri(std::string_view uri) {
  if (!uri.starts_with(kPrefix)) return std::nullopt;
  uri.remove_prefix(kPrefix.size());
  Address address;
  if (const std::size_t at = uri.find(kFrom); at != std::string_view::npos) {
    const auto from = position_of(std::string(uri.substr(at + kFrom.size())));
    if (!from.ok()) return std::nullopt;
    address.from = *from;
    uri = uri.substr(0, at);
  }
  address.id = percent_decoded(uri);
  if (address.id.empty()) return std::nullopt;
  return address;
}

Json resource_of(const DocumentSummary& document) {
  return {{"uri", document_uri(document.id)},
          {"name", title_of(document.metadata, document.sample_text, document.id)},
          {"mimeType", kType}};
}

}  // namespace

Outcome list_resources(const Json& params, const Caller& caller) {
  const auto cursor = optional_text(params, "cursor");
  if (!cursor.ok()) return error_of(cursor.status());
  const auto offset = position_of(*cursor);
  if (!offset.ok()) return error_of(offset.status());
  const auto page = ask_core(
      caller, [&](Core& core) { return core.list(Filter::all(), *offset, kListed, caller.context); });
  if (!page.ok()) return error_of(page.status());
  Json resources = Json::array();
  std::size_t bytes = 0;
  for (const DocumentSummary& document : page->documents) {
    Json one = resource_of(document);
    bytes += written_bytes(dump_json(one));
    if (bytes > kListBudget && !resources.empty()) break;
    resources.push_back(std::move(one));
  }
  const std::size_t next = *offset + resources.size();
  Json out = {{"resources", std::move(resources)}};
  if (static_cast<std::int64_t>(next) < page->total && next > *offset)
    out["nextCursor"] = std::to_string(next);
  return out;
}

Json resource_templates() {
  return Json::array({Json{{"uriTemplate", "rappel://doc/{id}"},
                           {"name", "document"},
                           {"description", "The text of a stored document, by its id"},
                           {"mimeType", kType}}});
}

Outcome read_resource(const Json& params, const Caller& caller, int no_such) {
  const auto uri = params.find("uri");
  if (uri == params.end() || !uri->is_string())
    return RpcError{kInvalidParams, "params.uri must be the URI of a resource"};
  const RpcError not_found{no_such, "Resource not found", {{"uri", *uri}}};
  const auto address = read_uri(uri->get_ref<const std::string&>());
  if (!address) return not_found;
  const auto part = fitting_part(address->id, address->from, caller);
  if (!part.ok()) return error_of(part.status());
  if (!*part) return not_found;
  std::string text = (*part)->text;
  if ((*part)->next)
    text += "\n[The document goes on: read " + document_uri(address->id) + std::string(kFrom) +
            std::to_string(*(*part)->next) + "]";
  return Json{
      {"contents", Json::array({Json{{"uri", *uri}, {"mimeType", kType}, {"text", std::move(text)}}})}};
}

}  // namespace rappel::mcp
