#include "chat/chat_judge.h"

#include <gtest/gtest.h>

#include <future>

#include "net/test_server.h"

namespace rappel {
namespace {

constexpr const char* kKey = "sk-a-key-that-no-message-has";

std::string completion(const std::string& content) {
  return ok(
      dump_json({{"choices", Json::array({{{"message", {{"role", "assistant"}, {"content", content}}}}})}}));
}

// A judge that asks a server which answers what `answer` returns.
class Endpoint {
 public:
  explicit Endpoint(TinyServer::Answer answer, int timeout_ms = 60'000)
      : server(std::move(answer)),
        judge({server.url("/v1"), "some-model", kKey, std::chrono::milliseconds(timeout_ms)}, {}) {}
  explicit Endpoint(const std::string& content)
      : Endpoint([=](const std::string&) { return completion(content); }) {}

  TinyServer server;
  ChatJudge judge;
};

TEST(ChatJudge, SendsModelKeyInstructionsAndText) {
  Endpoint endpoint(R"({"author": "Ada Lovelace"})");
  ASSERT_TRUE(endpoint.judge.metadata("Notes by Ada Lovelace \"quoted\"\n", {}).ok());
  const std::string head = endpoint.server.heads().at(0);
  EXPECT_TRUE(head.starts_with("POST /v1/chat/completions "));
  EXPECT_NE(head.find("Authorization: Bearer " + std::string(kKey)), std::string::npos);
  const auto body = parse_json(head.substr(head.find("\r\n\r\n") + 4));
  ASSERT_TRUE(body.ok());
  EXPECT_EQ((*body)["model"], "some-model");
  EXPECT_EQ((*body)["messages"][0]["role"], "system");
  EXPECT_EQ((*body)["messages"][1]["content"], "Notes by Ada Lovelace \"quoted\"\n");
}

TEST(ChatJudge, MetadataAreThoseThatTheTextHas) {
  Endpoint endpoint(
      "Here it is:\n```json\n"
      R"({"source":"email","url":"https://example.org/a","created_at":"2024-05-06",
      "author":"Ada Lovelace","title":"x"})"
      "\n```");
  const auto metadata = endpoint.judge.metadata("From: ada LOVELACE, May 6 2024, https://example.org/a", {});
  ASSERT_TRUE(metadata.ok()) << metadata.status().to_string();
  EXPECT_EQ(metadata->source, "email");
  EXPECT_EQ(metadata->url, "https://example.org/a");
  EXPECT_EQ(metadata->created_at->text, "2024-05-06");
  EXPECT_EQ(metadata->author, "Ada Lovelace");
  EXPECT_TRUE(metadata->custom.empty());
  Metadata kind;
  kind.source = "email";
  EXPECT_EQ(*endpoint.judge.metadata("A text that states nothing.", {}), kind)
      << "invented values are dropped";
}

TEST(ChatJudge, MetadataOfOtherTypesAreDropped) {
  const std::string text = "web 7 true javascript:alert(1) 2024-13-45 x";
  for (const std::string& author : {std::string("7"), std::string("true"), std::string("null"),
                                    std::string("[\"x\"]"), '"' + std::string(201, 'x') + '"'}) {
    Endpoint endpoint(R"x({"source":"web","url":"javascript:alert(1)","created_at":"2024-13-45","author":)x" +
                      author + "}");
    const auto metadata = endpoint.judge.metadata(text + std::string(201, 'x'), {});
    ASSERT_TRUE(metadata.ok()) << author;
    EXPECT_EQ(*metadata, Metadata()) << author;
  }
}

TEST(ChatJudge, AnswersWithoutTheObjectAreFailures) {
  for (const char* content : {"", "no braces", "{", "} {", "{\"author\": }", "[1, 2]"}) {
    Endpoint endpoint(content);
    EXPECT_EQ(endpoint.judge.metadata("text", {}).status().code(), Code::kCorrupt) << content;
  }
  Endpoint unsure(R"({"personal_data": "perhaps"})");
  EXPECT_EQ(unsure.judge.has_personal_data("text", {}).status().code(), Code::kCorrupt);
  for (const char* body : {"{}", "[]", R"({"choices":[]})", R"({"choices":[{"message":{"content":7}}]})"}) {
    Endpoint endpoint([=](const std::string&) { return ok(body); });
    EXPECT_EQ(endpoint.judge.metadata("text", {}).status().code(), Code::kCorrupt) << body;
  }
}

TEST(ChatJudge, LongTextsAreReadInPieces) {
  const std::string text = std::string(40'000, 'a') + "needle" + std::string(100'000, 'b');
  Endpoint endpoint([](const std::string& head) {
    return completion(head.find("needle") != std::string::npos ? R"({"personal_data": true})"
                                                               : R"({"personal_data": false})");
  });
  EXPECT_TRUE(*endpoint.judge.has_personal_data(text, {}));
  EXPECT_EQ(endpoint.server.heads().size(), 3u);
  EXPECT_FALSE(*endpoint.judge.has_personal_data(std::string(1'000'000, 'c'), {}));
  EXPECT_EQ(endpoint.server.heads().size(), 7u) << "the first 64 KiB";
  EXPECT_TRUE(endpoint.judge.metadata(std::string(1'000'000, 'd'), {}).ok());
  EXPECT_LT(endpoint.server.heads().back().size(), 10'000u);
}

TEST(ChatJudge, RefusalsAreExplainedWithoutTheKey) {
  Endpoint endpoint([](const std::string& head) {  // an endpoint that repeats what it was sent
    return "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: " +
           std::to_string(head.size()) + "\r\n\r\n" + head;
  });
  const Status status = endpoint.judge.metadata("a text that is private", {}).status();
  EXPECT_EQ(status.code(), Code::kUnauthenticated);
  EXPECT_NE(status.message().find("check RAPPEL_CHAT_KEY"), std::string::npos);
  for (const char* secret : {kKey, "private"}) {
    EXPECT_EQ(status.to_string().find(secret), std::string::npos) << status.to_string();
  }
}

TEST(ChatJudge, DeadEndpointIsAskedAFewTimes) {
  Endpoint endpoint([](const std::string&) {
    return std::string("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(endpoint.judge.metadata("text", {}).ok());
  EXPECT_EQ(endpoint.server.heads().size(), std::size_t{Chat::kGiveUpAfter});
  EXPECT_NE(endpoint.judge.metadata("text", {}).status().message().find("not asked any more"),
            std::string::npos);
}

TEST(ChatJudge, SlowAndEndlessAnswersEnd) {
  std::promise<void> release;
  auto released = release.get_future().share();
  {
    Endpoint slow(
        [released](const std::string&) {
          released.wait();
          return completion("{}");
        },
        50);
    EXPECT_EQ(slow.judge.metadata("text", {}).status().code(), Code::kDeadlineExceeded);
    release.set_value();
  }
  Endpoint endless([](const std::string&) { return completion(std::string(1 << 20, 'x')); });
  EXPECT_EQ(endless.judge.metadata("text", {}).status().code(), Code::kResourceExhausted);
}

TEST(ChatJudge, CancelledQuestionsAreNoFailures) {
  Endpoint endpoint("{}");
  std::stop_source stop;
  stop.request_stop();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(endpoint.judge.metadata("text", stop.get_token()).status().code(), Code::kCancelled);
  EXPECT_TRUE(endpoint.judge.metadata("text", {}).ok());
}

}  // namespace
}  // namespace rappel
