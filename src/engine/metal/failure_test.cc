#include "engine/metal/failure.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace rappel::metal {
namespace {

TEST(MetalFailure, CodesMatchMlxMessages) {
  const auto code = [](const char* text) { return failure(std::runtime_error(text), "a batch").code(); };
  EXPECT_EQ(code("[malloc] Unable to allocate 4294967296 bytes."), Code::kResourceExhausted);
  EXPECT_EQ(code("[metal::malloc] Attempting to allocate 9 bytes which is greater than the maximum allowed "
                 "buffer size"),
            Code::kResourceExhausted);
  EXPECT_EQ(code("[metal::malloc] Resource limit (499000) exceeded."), Code::kResourceExhausted);
  EXPECT_EQ(code("[METAL] Command buffer execution failed: Insufficient Memory "
                 "(00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)"),
            Code::kResourceExhausted);
  EXPECT_EQ(code("[METAL] Command buffer execution failed: Caused GPU Timeout Error "
                 "(00000002:kIOGPUCommandBufferCallbackErrorTimeout)"),
            Code::kUnavailable);
  EXPECT_EQ(code("[matmul] Last dimension of first input must match"), Code::kInternal);
  EXPECT_EQ(failure(std::bad_alloc(), "a batch").code(), Code::kResourceExhausted);
}

TEST(MetalFailure, MessagesNameTheWorkAndKeepTheCause) {
  const Status status =
      failure(std::runtime_error("[malloc] Unable to allocate 12 bytes."), "a batch of 7 tokens");
  EXPECT_NE(status.message().find("a batch of 7 tokens"), std::string::npos);
  EXPECT_EQ(status.cause(), "[malloc] Unable to allocate 12 bytes.");
}

TEST(MetalFailure, CheckRoomDoesNotOverflow) {
  constexpr std::size_t kAll = static_cast<std::size_t>(-1);
  EXPECT_TRUE(check_room("x", 10, 90, 100).ok());
  EXPECT_EQ(check_room("x", 11, 90, 100).code(), Code::kResourceExhausted);
  EXPECT_EQ(check_room("x", kAll, kAll, kAll - 1).code(), Code::kResourceExhausted);
  EXPECT_EQ(check_room("x", 2, kAll, kAll).code(), Code::kResourceExhausted);
  EXPECT_EQ(
      check_room("a batch of 9 tokens", std::size_t{3} << 20, std::size_t{5} << 20, std::size_t{4} << 20)
          .message(),
      "mps has no memory for a batch of 9 tokens: it needs 3 MB in addition to 5 MB in use, and the limit is "
      "4 MB");
}

}  // namespace
}  // namespace rappel::metal
