#include "base/fault_id.h"

#include <gtest/gtest.h>

#include "base/status.h"

namespace rappel {
namespace {

using Ids = std::vector<std::string_view>;

TEST(FaultId, MarkIsReadBack) {
  EXPECT_EQ(fault_mark(""), "");
  EXPECT_EQ(fault_mark("port-taken"), " [port-taken]");
  EXPECT_EQ(fault_ids("cannot listen" + fault_mark("port-taken")), Ids{"port-taken"});
}

TEST(FaultId, StatusWritesTheSameForm) {
  const Status status = Status(Code::kUnavailable, "cannot listen", "errno 98").with_id("port-taken");
  EXPECT_EQ(status.to_string(), "cannot listen (errno 98)" + fault_mark("port-taken"));
}

TEST(FaultId, SeveralIdsKeepTheirOrder) {
  const std::string text = "a [device-memory]; b [device-lost]";
  EXPECT_EQ(fault_ids(text), (Ids{"device-memory", "device-lost"}));
}

TEST(FaultId, OtherBracketsAreIgnored) {
  for (const char* text : {"", "[", "[]", "rappel[812]: x", "disk I/O error [522]", "[Port]", "[-a]", "[a-]",
                           "[a--b]", "[a b]", "[open"})
    EXPECT_EQ(fault_ids(text), Ids{}) << text;
  EXPECT_EQ(fault_ids("[[setting]"), Ids{"setting"});
}

}  // namespace
}  // namespace rappel
