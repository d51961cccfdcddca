#include "server/http/response.h"

#include "server/http/json_writer.h"
#include "server/http/request.h"

namespace rappel {

std::string_view method_name(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kPatch: return "PATCH";
    case Method::kDelete: return "DELETE";
    case Method::kOptions: return "OPTIONS";
    case Method::kOther: break;
  }
  return "";
}

std::string_view RequestHead::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

Response Response::detail(int status, std::string_view message) {
  return json(JsonWriter().begin_object().key("detail").string(message).end_object().take(), status);
}

}  // namespace rappel
