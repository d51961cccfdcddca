#include "config/tracing.h"

#include <fmt/format.h>

#include <utility>

#include "config/settings.h"
#include "config/version.h"
#include "server/http/headers.h"

namespace rappel {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Status bad_setting(std::string message) {
  return Status(Code::kInvalidArgument, std::move(message)).with_id("setting");
}

// "a=1", "b=x%20y": the form of both lists. A value may be a secret, so the message has the name alone.
Result<Pairs> pairs_of(const Options& options, const char* setting) {
  Pairs pairs;
  for (const std::string& item : options.items(setting)) {
    const std::size_t equals = item.find('=');
    if (equals == 0 || equals == std::string::npos)
      return bad_setting(fmt::format("{}: an entry is not NAME=VALUE", setting));
    pairs.emplace_back(trimmed(item.substr(0, equals)), percent_decoded(trimmed(item.substr(equals + 1))));
  }
  return pairs;
}

std::string collector_url(const Options& options) {
  if (const std::string& whole = options.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"); !whole.empty())
    return whole;
  std::string base = options.text("OTEL_EXPORTER_OTLP_ENDPOINT");
  while (base.ends_with('/')) base.pop_back();
  return base.empty() ? base : base + "/v1/traces";
}

// OTEL_SERVICE_NAME comes before a service.name among the attributes, unless it is the default.
Result<std::vector<SpanAttribute>> resource_of(const Options& options) {
  RAPPEL_ASSIGN(const Pairs pairs, pairs_of(options, "OTEL_RESOURCE_ATTRIBUTES"));
  std::string name = options.text("OTEL_SERVICE_NAME");
  std::vector<SpanAttribute> resource;
  for (const auto& [key, value] : pairs) {
    if (key != "service.name")
      resource.emplace_back(key, value);
    else if (!options.given("OTEL_SERVICE_NAME"))
      name = value;
  }
  resource.emplace_back("service.name", name);
  resource.emplace_back("service.version", std::string(kVersion));
  return resource;
}

}  // namespace

Result<std::shared_ptr<Tracer>> make_tracer(const RunContext& context, Logger* logger) {
  const Options& options = context.options;
  SpanExporterOptions exporter;
  exporter.url = collector_url(options);
  if (exporter.url.empty() || options.boolean("OTEL_SDK_DISABLED")) return std::shared_ptr<Tracer>();
  if (!exporter.url.starts_with("http://") && !exporter.url.starts_with("https://"))
    return bad_setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT: expected an http or https address, such as http://127.0.0.1:4318; gRPC "
        "(port 4317) is not spoken");
  RAPPEL_ASSIGN(exporter.headers, pairs_of(options, "OTEL_EXPORTER_OTLP_HEADERS"));
  RAPPEL_ASSIGN(exporter.resource, resource_of(options));
  exporter.timeout = std::chrono::milliseconds(options.integer("OTEL_EXPORTER_OTLP_TIMEOUT"));
  exporter.http = network_options(context);
  RAPPEL_ASSIGN(const Sampler sampler,
                Sampler::make(options.text("OTEL_TRACES_SAMPLER"), options.real("OTEL_TRACES_SAMPLER_ARG")));
  return std::make_shared<Tracer>(sampler, std::move(exporter), logger);
}

}  // namespace rappel
