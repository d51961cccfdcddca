#include "retrieve/document_chunks.h"

#include <gtest/gtest.h>

#include <utility>

#include "store/conformance/test_store.h"

namespace rappel {
namespace {

class DocumentChunksTest : public testing::Test {
 protected:
  DocumentChunksTest() {
    std::vector<NewChunk> chunks;
    for (std::uint32_t at = 0; at < 5; ++at) chunks.push_back({std::to_string(at), at, at + 1, {1, 0}});
    EXPECT_TRUE(store_.upsert({{"d", {}, std::move(chunks)}}).ok());
  }
  // "3 4": the texts, "none" without a document.
  std::string read(const std::string& id, std::size_t offset, std::size_t limit) {
    const auto found = read_chunks(store_, {id, offset, limit}, {});
    if (!found.ok()) return found.status().to_string();
    if (!*found) return "none";
    EXPECT_EQ((*found)->document.chunk_count, 5);
    std::string texts;
    for (const Chunk& chunk : (*found)->chunks) texts += (texts.empty() ? "" : " ") + chunk.text;
    return texts;
  }
  TestStore store_{2};
};

TEST_F(DocumentChunksTest, ChunksComeInOrderWithinTheRange) {
  EXPECT_EQ(read("d", 0, 100), "0 1 2 3 4");
  EXPECT_EQ(read("d", 1, 2), "1 2");
  EXPECT_EQ(read("d", 4, 2), "4");
  EXPECT_EQ(read("d", 5, 2), "");
  EXPECT_EQ(read("d", std::size_t{1} << 40, std::size_t{1} << 40), "");
  EXPECT_EQ(read("e", 0, 100), "none");
}

TEST_F(DocumentChunksTest, CancelledRequestStops) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(read_chunks(store_, {"d", 0, 5}, CallContext{stop.get_token(), {}}).status().code(),
            Code::kCancelled);
}

}  // namespace
}  // namespace rappel
