#include "trace/otlp_json.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "trace/request_trace.h"

namespace rappel {
namespace {

const SpanClock::time_point kBegin{std::chrono::milliseconds(1'764'583'200'007)};

TEST(OtlpJson, HasTheShapeOfTheSpecification) {
  const TraceContext parent{"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true, "a=1"};
  RequestTrace trace(parent.trace_id, parent, kBegin);
  trace.add("search", kBegin, kBegin + std::chrono::milliseconds(2), {{"rappel.results", std::int64_t{3}}});
  const auto spans = trace.take("POST /query", kBegin + std::chrono::milliseconds(5),
                                {{"http.route", std::string("/query")}}, true);
  ASSERT_EQ(spans.size(), 2u);
  const std::string text = otlp_json(spans, {{"service.name", std::string("rappel")}});
  EXPECT_EQ(
      text,
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"rappel"}}]},)"
      R"("scopeSpans":[{"scope":{"name":"rappel"},"spans":[)"
      R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":")" +
          spans[0].id +
          R"(","flags":1,"traceState":"a=1",)"
          R"("parentSpanId":"00f067aa0ba902b7","name":"POST /query","kind":2,"startTimeUnixNano":"1764583200007000000",)"
          R"("endTimeUnixNano":"1764583200012000000","attributes":[{"key":"http.route","value":{"stringValue":"/query"}}],)"
          R"("status":{"code":2}},)"
          R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":")" +
          spans[1].id +
          R"(","flags":1,"traceState":"a=1",)"
          R"("parentSpanId":")" +
          spans[0].id +
          R"(","name":"search","kind":1,"startTimeUnixNano":"1764583200007000000",)"
          R"("endTimeUnixNano":"1764583200009000000","attributes":[{"key":"rappel.results","value":{"intValue":"3"}}]})"
          R"(]}]}]})");
}

TEST(OtlpJson, IsValidWhateverAClientSent) {
  RequestTrace trace(std::string(32, 'a'), {}, kBegin);
  const auto spans = trace.take("GET", kBegin, {{"user_agent.original", std::string("\xff\"\n")}}, false);
  EXPECT_TRUE(parse_json(otlp_json(spans, {})).ok());
  EXPECT_TRUE(spans[0].parent_id.empty());
}

TEST(RequestTrace, KeepsABoundedNumberOfSpans) {
  RequestTrace trace(std::string(32, 'a'), {}, kBegin);
  for (int i = 0; i < 1000; ++i) trace.add("search", kBegin, kBegin);
  EXPECT_EQ(trace.take("POST", kBegin, {}, false).size(), 257u);
}

}  // namespace
}  // namespace rappel
