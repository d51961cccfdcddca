// Spans as OTLP/HTTP carries them in JSON: the message ExportTraceServiceRequest in the JSON of protobuf,
// with OTLP's own rules: ids in hexadecimal, integers of 64 bits as strings, enums as numbers
// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "trace/span.h"

namespace rappel {

std::string otlp_json(std::span<const Span> spans, const std::vector<SpanAttribute>& resource);

}  // namespace rappel
