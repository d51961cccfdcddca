#include "server/http/body.h"

#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

class BodyTest : public testing::Test {
 protected:
  Body body_in_file() { return {&memory_, &disk_, "a", dir_.path() / "data"}; }
  // As the connection does.
  static Status fill(Body& body, const std::string& text) {
    for (std::size_t at = 0; at < text.size(); at += 100'000) {
      if (!body.append(std::string_view(text).substr(at, 100'000)))
        return Status(Code::kResourceExhausted, "no room in memory");
      if (body.wants_write()) RAPPEL_TRY(body.write_out());
    }
    return body.complete();
  }
  static std::string numbers(std::size_t bytes) {
    std::string text;
    for (int i = 0; text.size() < bytes; ++i) text += std::to_string(i) + " ";
    return text;
  }

  TempDir dir_;
  ByteBudget memory_{std::size_t{8} << 20}, disk_{std::size_t{64} << 20};
};

TEST_F(BodyTest, SmallBodyStaysInMemory) {
  Body body = body_in_file();
  ASSERT_TRUE(fill(body, "small").ok());
  EXPECT_EQ(body.bytes(), "small");
  EXPECT_EQ(body.file(), nullptr);
  EXPECT_EQ(disk_.used(), 0u);
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "data"));
}

TEST_F(BodyTest, LargeBodyLiesInAFileWithoutName) {
  const std::string text = numbers(std::size_t{5} << 20);
  Body body = body_in_file();
  ASSERT_TRUE(fill(body, text).ok());
  EXPECT_EQ(body.size(), text.size());
  EXPECT_TRUE(body.bytes() == text);
  EXPECT_EQ(memory_.used(), 0u);
  EXPECT_EQ(disk_.used(), text.size());
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path() / "data"));
  ASSERT_NE(body.file(), nullptr);
  const std::string_view part = body.bytes().substr(100'000, 2'000'000);
  body.file()->release(part);
  EXPECT_TRUE(part == std::string_view(text).substr(100'000, 2'000'000)) << "released pages are read again";
  body.clear();
  EXPECT_EQ(disk_.used(), 0u);
}

TEST_F(BodyTest, HoldsABoundedPartInMemory) {
  Body body = body_in_file();
  const std::string step(100'000, 'x');
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(body.append(step));
    if (body.wants_write()) {
      ASSERT_TRUE(body.write_out().ok());
    }
    EXPECT_LE(memory_.used(), 2 * kBodyInMemory + (std::size_t{1} << 17)) << i;
  }
}

TEST_F(BodyTest, BodyBeyondTheBudgetOfFilesIsRefused) {
  Body body = body_in_file();
  const Status status = fill(body, std::string(std::size_t{60} << 20, 'x'));
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_EQ(body_refusal(status).reason, Refusal::Reason::kBusy);
}

TEST_F(BodyTest, BodyWithoutAFileIsBoundedByMemory) {
  Body body(&memory_, "a");
  EXPECT_EQ(fill(body, std::string(std::size_t{6} << 20, 'x')).code(), Code::kResourceExhausted);
  EXPECT_EQ(body.file(), nullptr);
}

TEST_F(BodyTest, FolderThatCannotBeMadeIsARefusalWithoutItsName) {
  Body body(&memory_, &disk_, "a", "/dev/null/folder");
  const Status status = fill(body, std::string(std::size_t{2} << 20, 'x'));
  ASSERT_FALSE(status.ok());
  const Refusal refusal = body_refusal(status);
  EXPECT_EQ(status_of(refusal.reason), 503);
  EXPECT_EQ(refusal.message.find("/dev"), std::string::npos);
  EXPECT_GT(refusal.retry_after_s, 0);
}

}  // namespace
}  // namespace rappel
