#include "retrieve/document_text.h"

#include <gtest/gtest.h>

#include "ingest/chunk/test_chunks.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

NewChunk piece(const std::string& text, std::uint32_t begin) {
  const auto length = static_cast<std::uint32_t>(code_points(text).size());
  return {text, begin, begin + length, {1, 0}};
}

class DocumentTextTest : public testing::Test {
 protected:
  void store(std::vector<NewChunk> chunks) {
    ASSERT_TRUE(store_.upsert({{"d", {.filename = "d.txt"}, std::move(chunks)}}).ok());
  }
  DocumentText read(std::size_t begin, std::size_t most_chars) {
    auto text = read_document(store_, {"d", begin, most_chars}, {});
    EXPECT_TRUE(text.ok()) << text.status().to_string();
    return **text;
  }

  TestStore store_{2};
};

TEST_F(DocumentTextTest, WholeDocumentHasItsSummaryAndLength) {
  store({piece("intro", 0), piece("Alpha a0", 6), piece("b1", 15)});
  const DocumentText all = read(0, 1000);
  EXPECT_EQ(all.text, "intro Alpha a0 b1");
  EXPECT_EQ(all.range, (TextRange{0, 17}));
  EXPECT_EQ(all.length, 17u);
  EXPECT_TRUE(all.is_last());
  EXPECT_EQ(all.document.metadata.filename, "d.txt");
}

// Umlauts, a gap and an overlap: each part begins where the one before ended, whatever the chunks.
TEST_F(DocumentTextTest, PartsOfAnyLengthJoinToTheWhole) {
  store({piece("öü one", 2), piece("one twö", 5), piece("three", 14), piece("ä", 20), piece("five six", 22)});
  const std::string whole = read(0, 1000).text;
  EXPECT_EQ(whole, "öü one twö\n\nthree ä five six");
  for (std::size_t most = 1; most < 30; ++most) {
    std::string joined;
    for (std::size_t begin = 0;;) {
      const DocumentText part = read(begin, most);
      EXPECT_LE(code_points(part.text).size(), most);
      joined += part.text;
      begin = part.range.end;
      if (part.is_last()) break;
    }
    EXPECT_EQ(joined, whole) << most;
  }
}

TEST_F(DocumentTextTest, PartAfterTheEndIsEmptyAndTheLast) {
  store({piece("short", 0)});
  const DocumentText part = read(100, 10);
  EXPECT_EQ(part.text, "");
  EXPECT_TRUE(part.is_last());
}

TEST_F(DocumentTextTest, UnknownDocumentIsNothing) {
  EXPECT_FALSE((*read_document(store_, {"other", 0, 10}, {})).has_value());
}

TEST_F(DocumentTextTest, CancellationAndMemoryEndTheReading) {
  store({piece("one", 0), piece("two", 4), piece("six", 8)});
  std::stop_source left;
  left.request_stop();
  EXPECT_EQ(read_document(store_, {"d", 0, 10}, {left.get_token()}).status().code(), Code::kCancelled);
  ByteHold memory(nullptr, "caller", 1000);
  const auto status = read_document(store_, {"d", 0, 10}, {CallContext(), &memory}).status();
  EXPECT_EQ(status.id(), "answer-too-large");
}

}  // namespace
}  // namespace rappel
