// The words and headers of the refusals that ask a client to try again: the one place that pins them.
#include "server/http/refusal.h"

#include <gtest/gtest.h>

#include "server/input/errors.h"

namespace rappel {
namespace {

// As the plugin protocol sends it: "429 retry-after 7 {..}".
std::string sent(const Refusal& refusal) {
  const Response response = plugin_refusal(refusal);
  return std::to_string(response.status) + " retry-after " +
         std::string(response.headers.get("retry-after")) + " " + response.body;
}

TEST(Refusal, BusyServerIs429WithRetryAfter) {
  EXPECT_EQ(sent(busy_refusal()),
            R"(429 retry-after 5 {"detail":"The server is busy: try again in a moment"})");
  EXPECT_EQ(sent(busy_refusal(7)),
            R"(429 retry-after 7 {"detail":"The server is busy: try again in a moment"})");
  EXPECT_EQ(
      sent(no_room_refusal(2)),
      R"(429 retry-after 2 {"detail":"The server has no room for this request: try again in a moment, or send less at once"})");
}

TEST(Refusal, RequestThatTookTooLongIs503WithRetryAfter) {
  EXPECT_EQ(sent(given_up_refusal()),
            R"(503 retry-after 5 {"detail":"The request was given up: try again in a moment"})");
  EXPECT_EQ(sent(too_late_refusal(std::chrono::milliseconds(1500), 3)),
            R"(503 retry-after 3 {"detail":"The request was not finished within 1.5 s and was given up; )"
            R"(an upsert may have been completed"})");
}

TEST(Refusal, TooManyConnectionsNamesItsFault) {
  EXPECT_EQ(sent(too_many_connections_refusal()),
            R"(503 retry-after 1 {"detail":"Too many connections: try again in a moment )"
            R"([too-many-connections]"})");
}

TEST(Refusal, EveryOneThatMayPassLaterHasRetryAfter) {
  using Reason = Refusal::Reason;
  const Reason later[] = {Reason::kTooSlow,  Reason::kConflict, Reason::kBusy,
                          Reason::kDiskFull, Reason::kNotReady, Reason::kGivenUp};
  for (const Reason reason : later)
    EXPECT_NE(sent({reason, "why"}).find("retry-after 5 "), std::string::npos) << status_of(reason);
  const Reason never[] = {
      Reason::kBadRequest,   Reason::kNotAuthenticated, Reason::kOtherScheme,   Reason::kWrongToken,
      Reason::kForeignHost,  Reason::kForeignOrigin,    Reason::kNoSuchPath,    Reason::kWrongMethod,
      Reason::kBodyTooLarge, Reason::kAnswerTooLarge,   Reason::kContentCoding, Reason::kExpectation,
      Reason::kInvalid,      Reason::kHeaderTooLarge,   Reason::kInternal,      Reason::kTransferEncoding};
  for (const Reason reason : never)
    EXPECT_NE(sent({reason, "why"}).find("retry-after  "), std::string::npos) << status_of(reason);
}

TEST(Refusal, InternalErrorSaysNothingElse) {
  EXPECT_EQ(sent(internal_refusal()), R"(500 retry-after  {"detail":"Internal Service Error"})");
}

}  // namespace
}  // namespace rappel
