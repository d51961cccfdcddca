#include "server/admin/token_body.h"

#include <string>
#include <vector>

#include "codec/json.h"
#include "codec/json_keys.h"

namespace rappel {
namespace {

Status invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

Result<std::string> read_text(const std::string& name, const Json& value) {
  if (!value.is_string()) return invalid(name + " must be a string");
  return value.get<std::string>();
}

Result<std::vector<std::string>> read_names(const std::string& name, const Json& value) {
  if (!value.is_array() || value.empty())
    return invalid(name + " must be a list of names; leave it out for the default");
  std::vector<std::string> names;
  for (const Json& item : value) {
    RAPPEL_ASSIGN(std::string text, read_text("an item of " + name, item));
    names.push_back(std::move(text));
  }
  return names;
}

Status read_member(const std::string& name, const Json& value, NewToken& request) {
  if (name == "name") {
    RAPPEL_ASSIGN(request.name, read_text(name, value));
  } else if (name == "scopes") {
    RAPPEL_ASSIGN(request.scopes, read_names(name, value));
  } else if (name == "expires") {
    RAPPEL_ASSIGN(request.expires, read_text(name, value));
  } else if (name == "rate") {
    RAPPEL_ASSIGN(request.rate, read_text(name, value));
  } else if (name == "max_body") {
    if (!value.is_number_integer() || value.get<double>() < 0 || value.get<double>() > 1e15)
      return invalid("max_body must be a number of bytes");
    request.max_body = value.get<std::int64_t>();
  } else if (name == "filter") {
    if (!value.is_object()) return invalid("filter must be an object, such as {\"team\":\"x\"}");
    request.filter = value;
  } else if (name == "collections") {
    RAPPEL_ASSIGN(request.collections, read_names(name, value));
  } else {
    return invalid("unknown member " + name +
                   ": a token has name, scopes, expires, rate, max_body, filter and collections");
  }
  return {};
}

}  // namespace

Result<NewToken> read_new_token(std::string_view body) {
  if (const auto key = repeated_key(body)) return invalid("the key \"" + *key + "\" stands twice");
  RAPPEL_ASSIGN(const Json json, parse_json(body));
  if (!json.is_object()) return invalid("the body must be an object");
  NewToken request;
  for (const auto& [name, value] : json.items())
    if (!value.is_null()) RAPPEL_TRY(read_member(name, value, request));
  if (request.name.empty()) return invalid("name is missing");
  return request;
}

}  // namespace rappel
