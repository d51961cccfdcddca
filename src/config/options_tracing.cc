// Settings of traces, under the names that OpenTelemetry gives them everywhere.
#include "config/option_groups.h"

namespace rappel {
namespace {

constexpr unsigned kTraced = kServeCommand | kConfigCommand;

constexpr OptionSpec kTable[] = {
    {.variable = "OTEL_EXPORTER_OTLP_ENDPOINT",
     .value_name = "URL",
     .commands = kTraced,
     .group = "Tracing",
     .help =
         "Send a trace of each request to this collector, as OTLP over HTTP in JSON: http://127.0.0.1:4318. "
         "Unset: requests are not traced."},
    {.variable = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
     .value_name = "URL",
     .commands = kTraced,
     .group = "Tracing",
     .help = "The same with its path, if that is not /v1/traces below OTEL_EXPORTER_OTLP_ENDPOINT."},
    {.variable = "OTEL_EXPORTER_OTLP_HEADERS",
     .type = OptionType::kList,
     .secret = true,
     .commands = kTraced,
     .group = "Tracing",
     .help = "Headers for the collector, separated by commas: api-key=SECRET,tenant=docs. Values may have "
             "%-escapes."},
    {.variable = "OTEL_EXPORTER_OTLP_TIMEOUT",
     .type = OptionType::kInteger,
     .value_name = "MS",
     .fallback = {"10000"},
     .min = 1,
     .max = 600'000,
     .commands = kTraced,
     .group = "Tracing",
     .help = "Milliseconds that the collector has for one request."},
    {.variable = "OTEL_SERVICE_NAME",
     .value_name = "NAME",
     .fallback = {"rappel"},
     .commands = kTraced,
     .group = "Tracing",
     .help = "Name of this server in traces."},
    {.variable = "OTEL_RESOURCE_ATTRIBUTES",
     .type = OptionType::kList,
     .value_name = "LIST",
     .commands = kTraced,
     .group = "Tracing",
     .help = "Attributes of this server in traces, separated by commas: deployment.environment.name=test."},
    {.variable = "OTEL_TRACES_SAMPLER",
     .type = OptionType::kChoice,
     .value_name = "NAME",
     .fallback = {"parentbased_always_on"},
     .choices = "always_on|always_off|traceidratio|parentbased_always_on|parentbased_always_off|"
                "parentbased_traceidratio",
     .commands = kTraced,
     .group = "Tracing",
     .help = "Requests that are traced. parentbased: as the caller's traceparent says, if it has sent one."},
    {.variable = "OTEL_TRACES_SAMPLER_ARG",
     .type = OptionType::kReal,
     .value_name = "SHARE",
     .fallback = {"1"},
     .range = {0, 1},
     .commands = kTraced,
     .group = "Tracing",
     .help = "Share of the traces that traceidratio records."},
    {.variable = "OTEL_SDK_DISABLED",
     .type = OptionType::kBoolean,
     .fallback = {"false"},
     .commands = kTraced,
     .group = "Tracing",
     .help = "Trace nothing, whatever the other settings say."},
};

}  // namespace

std::span<const OptionSpec> tracing_options() { return kTable; }

}  // namespace rappel
