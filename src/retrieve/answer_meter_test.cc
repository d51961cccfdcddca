#include "retrieve/answer_meter.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

Chunk chunk_with(const std::shared_ptr<const Metadata>& metadata) {
  Chunk chunk;
  chunk.id = "d_0";
  chunk.document_id = "d";
  chunk.text = std::string(100, 't');
  chunk.metadata = metadata;
  return chunk;
}

std::shared_ptr<const Metadata> metadata_of(std::size_t bytes) {
  Metadata metadata;
  metadata.author = std::string(bytes, 'A');
  return std::make_shared<const Metadata>(std::move(metadata));
}

TEST(AnswerMeter, MetadataIsHeldOnceAndWrittenWithEveryChunk) {
  ByteHold hold(nullptr, "", 30'000);
  AnswerMeter meter(&hold, "ask for less");
  const Chunk chunk = chunk_with(metadata_of(10'000));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(meter.hold(chunk).ok()) << i;
  EXPECT_LT(hold.bytes(), 20'000u);
  EXPECT_TRUE(meter.write(chunk).ok());
  EXPECT_TRUE(meter.write(chunk).ok());
  const Status status = meter.write(chunk);
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_EQ(status.id(), "answer-too-large");
  EXPECT_EQ(status.message(), "The answer is larger than 30.0 kB (RAPPEL_MAX_ANSWER_MB): ask for less");
}

TEST(AnswerMeter, MemoryOfOneAnswerAndOfAll) {
  ByteBudget budget(10'000);
  ByteHold own(&budget, "a", 1000), other(&budget, "b");
  AnswerMeter meter(&own, "ask for less");
  EXPECT_EQ(meter.hold(1001).id(), "answer-too-large");
  ASSERT_EQ(other.take(9500), ByteHold::Room::kTaken);
  const Status full = meter.hold(600);
  EXPECT_EQ(full.code(), Code::kResourceExhausted);
  EXPECT_EQ(full.id(), "") << "a retry may help";
  EXPECT_TRUE(meter.hold(400).ok());
}

TEST(AnswerMeter, WithoutAHoldNothingIsBounded) {
  AnswerMeter meter(nullptr, "");
  const Chunk chunk = chunk_with(metadata_of(1000));
  EXPECT_TRUE(meter.hold(std::size_t{1} << 40).ok());
  EXPECT_TRUE(meter.hold(chunk).ok() && meter.write(chunk).ok());
}

}  // namespace
}  // namespace rappel
