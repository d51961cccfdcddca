// Span: a piece of work with its place in a trace, as OpenTelemetry defines it. Never a text, a query, a
// vector or a token.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rappel {

using SpanClock = std::chrono::system_clock;

struct SpanAttribute {
  SpanAttribute(std::string its_name, std::string text) : name(std::move(its_name)), value(std::move(text)) {}
  SpanAttribute(std::string its_name, std::int64_t number) : name(std::move(its_name)), value(number) {}
  std::string name;
  std::variant<std::string, std::int64_t> value;
};

enum class SpanKind { kInternal = 1, kServer = 2 };  // the numbers of OTLP

struct Span {
  std::string trace_id, id, parent_id;  // hexadecimal; parent_id may be empty
  std::string state;                    // tracestate
  std::string name;
  SpanKind kind = SpanKind::kInternal;
  SpanClock::time_point begin, end;
  std::vector<SpanAttribute> attributes;
  bool failed = false;
};

}  // namespace rappel
