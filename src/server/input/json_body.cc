#include "server/input/json_body.h"

#include <string>
#include <string_view>

#include "server/input/errors.h"

namespace rappel {
namespace {

const FieldPath kBody{nullptr, "body", 0};
const FieldPath kHeader{nullptr, "header", 0};

bool is_json(std::string_view content_type) {
  if (content_type.empty()) return true;
  const std::string type = media_type(content_type);
  if (type.rfind("application/", 0) != 0) return false;
  const std::string_view subtype = std::string_view(type).substr(12);
  return subtype == "json" || subtype.ends_with("+json");
}

}  // namespace

std::variant<JsonBody, Response> read_json_body(const Request& request) {
  FieldErrors errors;
  if (request.body.empty()) {
    errors.add_missing(kBody);
  } else if (!is_json(request.head.header("content-type"))) {
    errors.add(kBody, "value is not a valid dict", "type_error.dict");
    // The line above is the contract's; this one says it so that a person knows what to do.
    errors.add(
        kHeader.member("content-type"),
        "the Content-Type of this request is not JSON; send the body with Content-Type: application/json",
        "value_error.content_type");
  } else {
    ByteHold memory(request.memory, request.head.caller);
    auto parsed = read_body_json(request.body, {.memory = &memory});
    if (auto* value = std::get_if<JsonValue>(&parsed); value && !value->is_null())
      return JsonBody{std::move(*value), std::move(memory)};
    const auto* fault = std::get_if<JsonFault>(&parsed);
    if (!fault)
      errors.add_missing(kBody);
    else if (fault->kind == JsonFault::Kind::kMalformed)
      errors.add_json_fault(kBody.item(fault->position), *fault);
    else if (fault->kind == JsonFault::Kind::kNoMemory)
      return plugin_refusal(no_room_refusal(kRetrySeconds));
    else
      return Response::detail(400, "There was an error parsing the body");
  }
  return validation_response(errors);
}

}  // namespace rappel
