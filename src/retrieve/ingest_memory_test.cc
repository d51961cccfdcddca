// The memory that an upsert takes besides its documents.
#include <gtest/gtest.h>

#include "embed/test_embedder.h"
#include "engine/test_allocations.h"
#include "retrieve/ingest.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

// Forgets what it is given.
class Sink final : public DocumentStore {
 public:
  StoreInfo info() const override { return {}; }
  Status upsert(std::vector<NewDocument> documents) override {
    for (const NewDocument& document : documents) {
      chunks += chunk_count(document);
      bytes += chunk_bytes(document);
    }
    return {};
  }
  Result<std::size_t> remove(std::span<const std::string>) override { return std::size_t{0}; }
  Result<std::size_t> remove(const Filter&) override { return std::size_t{0}; }
  Result<DocumentPage> list(const Filter&, std::size_t, std::size_t, const PageMeter&) override {
    return DocumentPage();
  }
  Result<std::vector<DocumentSummary>> get(std::span<const std::string>) override {
    return std::vector<DocumentSummary>();
  }
  Result<std::vector<FoundChunk>> search(const SearchRequest&) override { return std::vector<FoundChunk>(); }
  Result<StoreStats> stats() override { return StoreStats(); }
  std::size_t chunks = 0, bytes = 0;
};

// Peak bytes for each byte of one document of this text.
double peak_ratio(const std::string& text, std::size_t* chunks) {
  Sink store;
  TestEmbedder embedder(8);
  std::vector<DocumentInput> documents;
  documents.push_back({"a", text, {}});
  reset_allocated_peak();
  const std::size_t before = allocated_bytes() - text.size();
  EXPECT_TRUE(upsert_documents(store, embedder, {}, std::move(documents), {}).ok());
  *chunks = store.chunks;
  return static_cast<double>(allocated_peak() - before) / static_cast<double>(text.size());
}

// The text and a bounded rest: chunks wait in a file.
TEST(IngestMemory, PeakIsTheTextAndLittleMore) {
  std::string words, letters;
  while (words.size() < 24'000'000) words += "word " + std::to_string(words.size() % 977) + " ";
  while (letters.size() < 24'000'000) letters += "a ";  // most tokens of all texts
  std::size_t chunks = 0;
  EXPECT_LT(peak_ratio(words, &chunks), 2.0);
  EXPECT_GT(chunks, 10'000u);
  EXPECT_LT(peak_ratio(letters, &chunks), 3.0);
  EXPECT_GT(chunks, 10'000u);
}

// The vectors of all tokens are 16 times as large as the text here, and wait in the file, too.
TEST(IngestMemory, VectorsOfTokensWaitInAFile) {
  std::string text;
  while (text.size() < 4'000'000) text += "word " + std::to_string(text.size() % 977) + " ";
  Sink store;
  TestEmbedder embedder(8);
  embedder.token_dimension = 64;
  std::vector<DocumentInput> documents;
  documents.push_back({"a", text, {}});
  reset_allocated_peak();
  const std::size_t before = allocated_bytes();
  EXPECT_TRUE(
      upsert_documents(store, embedder, {.token_vectors = true}, std::move(documents), CallContext()).ok());
  EXPECT_GT(store.chunks, 2000u);
  EXPECT_GT(store.bytes, 50'000'000u);
  EXPECT_LT(allocated_peak() - before, 30'000'000u);
}

// A request of 100 000 short documents has to fit into the half of 256 MB that one client may have.
TEST(IngestMemory, DocumentsCountAboutAKilobyteEach) {
  const std::vector<DocumentInput> documents(1000);
  EXPECT_LE(memory_besides_text(documents), 1200u * documents.size());
}

}  // namespace
}  // namespace rappel
