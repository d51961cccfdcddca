#include "trace/trace_context.h"

#include <gtest/gtest.h>

#include <string>

namespace rappel {
namespace {

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736", kSpan = "00f067aa0ba902b7";

std::string parent(const std::string& version = "00", const std::string& flags = "01") {
  return version + "-" + kTrace + "-" + kSpan + "-" + flags;
}

TEST(TraceContext, ReadsTheCallersTrace) {
  const auto context = parse_trace_context(parent(), "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, kTrace);
  EXPECT_EQ(context->span_id, kSpan);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->state, "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
  EXPECT_FALSE(parse_trace_context(parent("00", "00"), "")->sampled);
  EXPECT_TRUE(parse_trace_context(parent("00", "ff"), "")->sampled) << "further flags mean nothing yet";
}

TEST(TraceContext, NewerVersionsAreReadAsTheFirst) {
  EXPECT_TRUE(parse_trace_context(parent("01"), ""));
  EXPECT_TRUE(parse_trace_context(parent("cc") + "-what-comes", ""));
  EXPECT_FALSE(parse_trace_context(parent("cc") + "what-comes", ""));
}

TEST(TraceContext, BrokenParentsBeginANewTrace) {
  const std::string zeros(32, '0');
  for (const std::string& bad :
       {std::string(), std::string("00"), parent() + "-x", parent() + "0", parent("ff"), parent("0g"),
        parent("00", "0x"), parent("00", "A1"), "00-" + zeros + "-" + kSpan + "-01",
        "00-" + kTrace + "-" + zeros.substr(0, 16) + "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kSpan + "-01", "00_" + kTrace + "-" + kSpan + "-01",
        "00-" + kTrace + "-" + kSpan.substr(1) + "--01"})
    EXPECT_FALSE(parse_trace_context(bad, "")) << bad;
}

TEST(TraceContext, BrokenStateIsLeftOut) {
  const auto state = [](const std::string& text) { return parse_trace_context(parent(), text)->state; };
  EXPECT_EQ(state(" a=1 , ,tenant@vendor=x y "), "a=1 , ,tenant@vendor=x y");
  std::string many = "k0=v";
  for (int i = 1; i < 32; ++i) many += ",k" + std::to_string(i) + "=v";
  EXPECT_EQ(state(many), many);
  for (const std::string& bad :
       {std::string("A=1"), std::string("a"), std::string("a="), std::string("a=b=c"), std::string("a=\x01"),
        std::string("a=\xc3\xa9"), std::string("@a=1"), many + ",k32=v", "a=" + std::string(300, 'v'),
        "a=" + std::string(200, 'v') + ",b=" + std::string(250, 'v') + ",c=" + std::string(100, 'v')})
    EXPECT_EQ(state(bad), "") << bad;
}

}  // namespace
}  // namespace rappel
