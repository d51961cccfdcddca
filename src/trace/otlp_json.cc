#include "trace/otlp_json.h"

#include "codec/json.h"

namespace rappel {
namespace {

constexpr int kStatusError = 2;
constexpr int kSampled = 1;

std::string nanoseconds(SpanClock::time_point time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

Json json_of(const std::vector<SpanAttribute>& attributes) {
  Json list = Json::array();
  for (const SpanAttribute& attribute : attributes) {
    Json value = Json::object();
    if (const auto* text = std::get_if<std::string>(&attribute.value))
      value["stringValue"] = *text;
    else
      value["intValue"] = std::to_string(std::get<std::int64_t>(attribute.value));
    Json pair = Json::object();
    pair["key"] = attribute.name;
    pair["value"] = std::move(value);
    list.push_back(std::move(pair));
  }
  return list;
}

Json json_of(const Span& span) {
  Json json = Json::object();
  json["traceId"] = span.trace_id;
  json["spanId"] = span.id;
  json["flags"] = kSampled;
  if (!span.state.empty()) json["traceState"] = span.state;
  if (!span.parent_id.empty()) json["parentSpanId"] = span.parent_id;
  json["name"] = span.name;
  json["kind"] = static_cast<int>(span.kind);
  json["startTimeUnixNano"] = nanoseconds(span.begin);
  json["endTimeUnixNano"] = nanoseconds(span.end);
  json["attributes"] = json_of(span.attributes);
  if (span.failed) json["status"]["code"] = kStatusError;
  return json;
}

}  // namespace

std::string otlp_json(std::span<const Span> spans, const std::vector<SpanAttribute>& resource) {
  Json list = Json::array();
  for (const Span& span : spans) list.push_back(json_of(span));
  Json scope = Json::object();
  scope["scope"]["name"] = "rappel";
  scope["spans"] = std::move(list);
  Json group = Json::object();
  group["resource"]["attributes"] = json_of(resource);
  group["scopeSpans"].push_back(std::move(scope));
  Json request = Json::object();
  request["resourceSpans"].push_back(std::move(group));
  return dump_json(request);
}

}  // namespace rappel
