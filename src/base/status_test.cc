#include "base/status.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Status(Code::kInvalidArgument, "odd");
  return n / 2;
}
Result<int> quarter(int n) {
  RAPPEL_ASSIGN(const int h, half(n));
  RAPPEL_ASSIGN(const int q, half(h));
  return q;
}

TEST(Status, ResultCarriesValueOrError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).status().message(), "odd");
  EXPECT_EQ(quarter(6).status().code(), Code::kInvalidArgument);
}

TEST(Status, ContextKeepsCodeAndCause) {
  const Status status = Status(Code::kCorrupt, "bad header", "offset 4").with_context("a.bin");
  EXPECT_EQ(status.to_string(), "a.bin: bad header (offset 4)");
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_TRUE(Status().with_context("x").ok());
}

TEST(Status, IdSurvivesContextAndAppearsInToString) {
  const Status status =
      Status(Code::kUnavailable, "cannot listen", "errno 98").with_id("port-taken").with_context("serve");
  EXPECT_EQ(status.id(), "port-taken");
  EXPECT_EQ(status.to_string(), "serve: cannot listen (errno 98) [port-taken]");
  EXPECT_EQ(Status(status).with_id("other").id(), "port-taken");
  EXPECT_EQ(Status(Code::kInternal, "x").id(), "");
}

TEST(StatusDeathTest, ValueOfErrorResultAborts) { EXPECT_DEATH((void)*quarter(6), "odd"); }

}  // namespace
}  // namespace rappel
