#include "ingest/content/wire.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "ingest/content/collected.h"

namespace rappel {
namespace {

std::string stream_of(const Status& outcome) {
  std::string bytes;
  ContentWriter writer([&](std::string_view piece) {
    bytes += piece;
    return Status();
  });
  EXPECT_TRUE(writer.property("title", "T\u00e9").ok());
  EXPECT_TRUE(writer.part({.kind = PartKind::kSheet, .name = "One", .hidden = true}).ok());
  EXPECT_TRUE(
      writer.block({.kind = BlockKind::kTableRow, .text = "a\tb", .row = 7, .header_row = true}).ok());
  EXPECT_TRUE(writer.block({.kind = BlockKind::kHeading, .text = "bad \xff byte", .level = 3}).ok());
  EXPECT_TRUE(writer.warning("doubtful").ok());
  EXPECT_TRUE(writer.attachment({"n.bin", "a/b", std::string("\0\xff", 2), "Ann", "2024-05-06"}).ok());
  EXPECT_TRUE(writer.end(outcome).ok());
  return bytes;
}

TEST(Wire, WhatIsWrittenIsReadInAnyPieces) {
  const std::string bytes = stream_of(Status(Code::kInvalidArgument, "cut short"));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    CollectedContent content;
    ContentParser parser(content);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      EXPECT_FALSE(parser.outcome());
      ASSERT_TRUE(parser.add(std::string_view(bytes).substr(at, piece)).ok());
    }
    ASSERT_TRUE(parser.outcome());
    EXPECT_EQ(parser.outcome()->message(), "cut short");
    ASSERT_EQ(content.parts.size(), 1u);
    EXPECT_TRUE(content.parts[0].hidden);
    ASSERT_EQ(content.blocks.size(), 2u);
    EXPECT_EQ(content.blocks[0].block.row, 7u);
    EXPECT_TRUE(content.blocks[0].block.header_row);
    EXPECT_EQ(content.blocks[1].block.text, "bad \uFFFD byte");
    EXPECT_EQ(content.blocks[1].block.level, 3);
    EXPECT_EQ(content.warnings, std::vector<std::string>{"doubtful"});
    ASSERT_EQ(content.attachments.size(), 1u);
    EXPECT_EQ(content.attachments[0].bytes, std::string("\0\xff", 2));
    EXPECT_EQ(content.attachments[0].media_type, "a/b");
    EXPECT_EQ(content.attachments[0].author, "Ann");
    EXPECT_EQ(content.attachments[0].created_at, "2024-05-06");
  }
}

TEST(Wire, LargeFrameIsCountedBeforeItIsWhole) {
  std::string bytes;
  ContentWriter writer([&](std::string_view piece) {
    bytes += piece;
    return Status();
  });
  ASSERT_TRUE(writer.attachment({"n.bin", "", std::string(500'000, 'a')}).ok());
  ASSERT_TRUE(writer.end({}).ok());
  ByteBudget budget(2'000'000);
  ByteHold memory(&budget, "a");
  CollectedContent content({}, &memory);
  ContentParser parser(content, &memory);
  ASSERT_TRUE(parser.add(std::string_view(bytes).substr(0, 10)).ok());
  EXPECT_GT(memory.bytes(), 500'000u);
  ASSERT_TRUE(parser.add(std::string_view(bytes).substr(10)).ok());
  EXPECT_TRUE(parser.outcome());
  EXPECT_EQ(content.attachments.at(0).bytes.size(), 500'000u);
  EXPECT_LT(memory.bytes(), 600'000u) << "once";
  ContentParser again(content, &memory);
  EXPECT_TRUE(is_lack_of_memory(again.add(bytes)));
}

TEST(Wire, CutStreamHasNoOutcome) {
  const std::string bytes = stream_of({});
  CollectedContent content;
  ContentParser parser(content);
  EXPECT_TRUE(parser.add(std::string_view(bytes).substr(0, bytes.size() - 1)).ok());
  EXPECT_FALSE(parser.outcome());
}

// The other process may be in the hands of its file.
TEST(Wire, WrongBytesAreRefusedOrHarmless) {
  const std::string bytes = stream_of({});
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string wrong = bytes;
    for (int k = 0; k < 3; ++k) wrong[random() % wrong.size()] = static_cast<char>(random());
    CollectedContent content;
    ContentParser parser(content);
    const Status status = parser.add(wrong);
    EXPECT_TRUE(status.ok() || status.code() == Code::kCorrupt) << status.to_string();
  }
}

TEST(Wire, WriterStopsAtItsBounds) {
  ContentWriter writer([](std::string_view) { return Status(); });
  const std::string text(std::size_t{1} << 20, 'x');
  Status status;
  int blocks = 0;
  while (status.ok() && blocks < 100) {
    status = writer.block({.text = text});
    ++blocks;
  }
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_EQ(blocks, 65);
}

}  // namespace
}  // namespace rappel
