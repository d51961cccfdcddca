#include "net/retry.h"

#include <gtest/gtest.h>

#include <vector>

#include "net/json_call.h"
#include "net/test_server.h"

namespace rappel {
namespace {

std::string answer(int status, const std::string& body = "", const std::string& more = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nConnection: close\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Fails with these statuses first, then answers 200.
class RetryTest : public testing::Test {
 protected:
  Result<HttpResponse> send(HttpMethod method, RetryOptions options) {
    options.delay_ms = 1;
    HttpRequest request;
    request.method = method;
    request.url = server.url("/x?key=secret");
    request.body = method == HttpMethod::kGet ? "" : "body";
    return send_with_retries(HttpClient({}), request, options,
                             [this](const std::string& note) { notes.push_back(note); });
  }
  std::vector<int> failures;
  std::string more;
  std::vector<std::string> notes;
  TinyServer server{[this](const std::string&) {
    if (failures.empty()) return answer(200, "good");
    const int status = failures.front();
    failures.erase(failures.begin());
    return status == 0 ? std::string() : answer(status, "bad", more);
  }};
};

TEST_F(RetryTest, RepeatsAfterFailuresThatMayPass) {
  failures = {503, 429, 0, 408};
  const auto response = send(HttpMethod::kPut, {});
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(response->body, "good");
  EXPECT_EQ(server.heads().size(), 5u);
  for (const std::string& head : server.heads()) EXPECT_TRUE(head.ends_with("\r\n\r\nbody"));
  ASSERT_EQ(notes.size(), 4u);
  EXPECT_NE(notes[0].find("answered with status 503; trying again in 1 s"), std::string::npos) << notes[0];
  for (const std::string& note : notes) EXPECT_EQ(note.find("secret"), std::string::npos) << note;
}

TEST_F(RetryTest, ReturnsOtherStatusesAtOnce) {
  failures = {404};
  EXPECT_EQ(send(HttpMethod::kGet, {})->status, 404);
  EXPECT_EQ(server.heads().size(), 1u);
}

TEST_F(RetryTest, ReturnsTheLastResponseWhenAttemptsAreUsedUp) {
  failures = {500, 502, 503, 504};
  EXPECT_EQ(send(HttpMethod::kDelete, {.attempts = 3})->status, 503);
  EXPECT_EQ(server.heads().size(), 3u);
}

TEST_F(RetryTest, PostIsSentOnceUnlessToldOtherwise) {
  failures = {503};
  EXPECT_EQ(send(HttpMethod::kPost, {})->status, 503);
  EXPECT_EQ(server.heads().size(), 1u);
  failures = {503};
  EXPECT_EQ(send(HttpMethod::kPost, {.repeat_post = true})->status, 200);
}

TEST_F(RetryTest, DoesNotWaitPastTheDeadline) {
  failures = {503};
  more = "Retry-After: 60\r\n";
  RetryOptions options;
  options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(50);
  EXPECT_EQ(send(HttpMethod::kGet, options)->status, 503);
  EXPECT_EQ(server.heads().size(), 1u);
}

TEST(JsonCall, SendsAndReadsJson) {
  TinyServer server([](const std::string&) { return ok("{\"n\":1}"); });
  JsonCall call;
  call.url = server.url("/q");
  call.body = Json{{"text", "\u00e9"}};
  call.headers = {{"X-Own", "1"}};
  call.bearer_token = "tok";
  const auto reply = call_json(HttpClient({}), call);
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ((*reply)["n"], 1);
  const std::string seen = server.heads().at(0);
  EXPECT_TRUE(seen.starts_with("POST /q HTTP/1.1\r\n")) << seen;
  EXPECT_TRUE(seen.ends_with("\r\n\r\n{\"text\":\"\u00e9\"}")) << seen;
  for (const char* header : {"Content-Type: application/json\r\n", "Accept: application/json\r\n",
                             "X-Own: 1\r\n", "Authorization: Bearer tok\r\n"})
    EXPECT_NE(seen.find(header), std::string::npos) << header;
}

TEST(JsonCall, AnEmptyBodyIsNull) {
  TinyServer server([](const std::string&) { return answer(204); });
  JsonCall call;
  call.method = HttpMethod::kDelete;
  call.url = server.url();
  const auto reply = call_json(HttpClient({}), call);
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->is_null());
}

TEST(JsonCall, StatusesBecomeCodes) {
  int status = 0;
  TinyServer server([&](const std::string&) { return answer(status, "why", "Retry-After: 7\r\n"); });
  JsonCall call;
  call.url = server.url("/p?key=secret");
  call.retry.attempts = 1;
  for (const auto& [code, wanted] :
       {std::pair(400, Code::kInvalidArgument), std::pair(422, Code::kInvalidArgument),
        std::pair(401, Code::kUnauthenticated), std::pair(403, Code::kUnauthenticated),
        std::pair(404, Code::kNotFound), std::pair(409, Code::kFailedPrecondition),
        std::pair(413, Code::kResourceExhausted), std::pair(429, Code::kResourceExhausted),
        std::pair(500, Code::kUnavailable), std::pair(503, Code::kUnavailable),
        std::pair(418, Code::kInternal)}) {
    status = code;
    const Status failure = call_json(HttpClient({}), call).status();
    EXPECT_EQ(failure.code(), wanted) << code;
    EXPECT_NE(failure.message().find("/p answered with status " + std::to_string(code)), std::string::npos)
        << failure.message();
    EXPECT_EQ(failure.cause(), "why");
    EXPECT_EQ(failure.retry_after(), 7);
  }
}

TEST(JsonCall, ABodyThatIsNoJsonIsCorrupt) {
  TinyServer server([](const std::string&) { return ok("<html>"); });
  JsonCall call;
  call.url = server.url();
  EXPECT_EQ(call_json(HttpClient({}), call).status().code(), Code::kCorrupt);
}

}  // namespace
}  // namespace rappel
