#include "server/input/idempotency.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace rappel {
namespace {

class IdempotencyTest : public testing::Test {
 protected:
  Response ask(const std::string& key, const std::string& body, const std::string& path = "/upsert",
               const std::string& token = "t", const std::string& collection = "") {
    RequestHead head;
    head.collection = collection;
    head.path = path;
    head.token = token;
    if (!key.empty()) head.headers.add("Idempotency-Key", key);
    return answers_.once(
        head, [&] { return body; },
        [&] {
          ++made_;
          if (body == "throw") throw std::runtime_error("x");
          if (inside_) inside_();
          Response answer = Response::json(std::to_string(made_), status_);
          if (pieces_ > 0)
            answer.next_piece = [left = pieces_](std::string& piece) mutable {
              if (left == 0) return false;
              piece += std::string(1 << 20, static_cast<char>('0' + left-- % 10));
              return true;
            };
          return answer;
        });
  }
  IdempotentAnswers answers_;
  int made_ = 0, status_ = 200, pieces_ = 0;
  std::function<void()> inside_;
};

TEST_F(IdempotencyTest, CollectionsHaveKeysOfTheirOwn) {
  EXPECT_EQ(ask("k", "b", "/upsert", "t", "notes").body, "1");
  EXPECT_EQ(ask("k", "b", "/upsert", "t", "code").body, "2");
  EXPECT_EQ(ask("k", "b", "/upsert", "t").body, "3");
  EXPECT_EQ(ask("k", "b", "/upsert", "t", "notes").body, "1");
}

TEST_F(IdempotencyTest, SameKeyAndBodyGetTheSameAnswer) {
  EXPECT_EQ(ask("k", "b").body, "1");
  const Response again = ask("k", "b");
  EXPECT_EQ(again.body, "1");
  EXPECT_EQ(again.headers.get("idempotent-replayed"), "true");
  EXPECT_EQ(ask("k2", "b").body, "2");
  EXPECT_EQ(ask("k", "b", "/upsert-file").body, "3") << "of another path";
  EXPECT_EQ(ask("k", "b", "/upsert", "other").body, "4") << "of another token";
  EXPECT_EQ(ask("", "b").body, "5");
  EXPECT_EQ(ask("", "b").body, "6");
}

TEST_F(IdempotencyTest, OtherBodyIs422) {
  ask("k", "b");
  EXPECT_EQ(ask("k", "other").status, 422);
  EXPECT_EQ(made_, 1);
}

TEST_F(IdempotencyTest, FailuresAreNotKept) {
  status_ = 503;
  EXPECT_EQ(ask("k", "b").status, 503);
  EXPECT_THROW(ask("k2", "throw"), std::runtime_error);
  status_ = 200;
  EXPECT_EQ(ask("k", "b").status, 200);
  EXPECT_EQ(ask("k2", "b").status, 200);
}

TEST_F(IdempotencyTest, RequestUnderWayIs409WithRetryAfter) {
  inside_ = [this] {
    inside_ = {};
    const Response second = ask("k", "b");
    EXPECT_EQ(second.status, 409);
    EXPECT_EQ(second.headers.get("retry-after"), "1");
  };
  EXPECT_EQ(ask("k", "b").status, 200);
  EXPECT_EQ(made_, 1);
}

TEST_F(IdempotencyTest, AnswersInPiecesAreKeptWholeOrNotAtAll) {
  pieces_ = 2;
  const std::string whole = ask("k", "b").body;
  EXPECT_EQ(whole.size(), 1 + (std::size_t{2} << 20));
  EXPECT_EQ(ask("k", "b").body, whole);
  pieces_ = 8;
  Response large = ask("large", "b");
  ASSERT_TRUE(large.next_piece);
  std::string text;
  while (large.next_piece(text)) {
  }
  EXPECT_EQ(text.size(), 1 + (std::size_t{8} << 20)) << "nothing is lost of one that is too large";
  EXPECT_EQ(made_, 2);
  ask("large", "b");
  EXPECT_EQ(made_, 3);
}

TEST_F(IdempotencyTest, OldAnswersMakeRoom) {
  pieces_ = 3;
  for (int i = 0; i < 10; ++i) ask("k" + std::to_string(i), "b");
  ask("k9", "b");
  EXPECT_EQ(made_, 10);
  ask("k0", "b");
  EXPECT_EQ(made_, 11);
}

TEST_F(IdempotencyTest, KeysAreShortAndPrintable) {
  EXPECT_EQ(ask(std::string(255, 'k'), "b").status, 200);
  EXPECT_EQ(ask(std::string(256, 'k'), "b").status, 400);
  EXPECT_EQ(ask("k\x01", "b").status, 400);
  EXPECT_EQ(ask("k\xC3\xA9", "b").status, 400);
}

}  // namespace
}  // namespace rappel
