// Upserts with numbers instead of a model.
#include "retrieve/ingest.h"

#include <gtest/gtest.h>

#include "embed/test_embedder.h"
#include "retrieve/document_id.h"
#include "retrieve/test_ingest_run.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

class UpsertTest : public testing::Test {
 protected:
  Result<std::vector<std::string>> upsert(std::vector<DocumentInput> documents) {
    return upsert_documents(store_, embedder_, {}, std::move(documents), {});
  }
  TestStore store_{2};
  TestEmbedder embedder_{2};
};

TEST_F(UpsertTest, ReturnsTheIdsThatAreStored) {
  const auto ids =
      upsert({document("a", "text of a"), document("empty", ""), document("blank", " \n "),
              document("short", "abcde"), document("b", "text of b"), document("a", "second text of a")});
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(store_.rows.size(), 2u);
  EXPECT_EQ(store_.rows["a"].chunks[0].text, "second text of a");
  EXPECT_TRUE((*upsert({document("a", " ")})).empty());
  EXPECT_EQ(store_.rows.size(), 1u) << "an empty text removes the stored version";
}

TEST_F(UpsertTest, CancelledCallEndsBeforeEmbedding) {
  std::stop_source source;
  source.request_stop();
  const auto ids = upsert_documents(store_, embedder_, {}, {document("a", "text of a")}, source.get_token());
  EXPECT_EQ(ids.status().code(), Code::kCancelled);
  EXPECT_EQ(embedder_.calls, 0);
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(UpsertTest, EmbedderKnowsTheCaller) {
  ASSERT_TRUE(upsert_documents(store_, embedder_, {}, {document("a", "text of a")}, {{}, 7}).ok());
  EXPECT_EQ(embedder_.flows, std::vector<FlowId>{7});
}

TEST_F(UpsertTest, WeightsOfTokensAreStoredByToken) {
  ASSERT_TRUE(upsert({document("a", "a model without a sparse head")}).ok());
  EXPECT_TRUE(store_.rows["a"].chunks[0].sparse.empty());
  embedder_.weights = {{9, 0.5f}, {3, 0.25f}, {250'001, 1.5f}};
  ASSERT_TRUE(upsert({document("a", "the same with one")}).ok());
  EXPECT_EQ(store_.rows["a"].chunks[0].sparse,
            (std::vector<TokenWeight>{{3, 0.25f}, {9, 0.5f}, {250'001, 1.5f}}));
}

TEST_F(UpsertTest, LanguageOfEachChunkIsDetected) {
  ASSERT_TRUE(upsert({document("en", "The otters swim in the river and are not alone."),
                      document("fr", "Les loutres nagent dans la rivi\u00e8re et ne sont pas seules.")})
                  .ok());
  EXPECT_EQ(store_.rows["en"].chunks[0].language, WordLanguage::kEnglish);
  EXPECT_EQ(store_.rows["fr"].chunks[0].language, WordLanguage::kFrench);
}

TEST_F(UpsertTest, SameDocumentWithoutIdIsStoredOnce) {
  const auto first = upsert({document(std::nullopt, "the same text")});
  const auto again = upsert({document("", "the same text"), document(std::nullopt, "another text")});
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ((*first)[0], (*again)[0]);
  EXPECT_EQ(store_.rows.size(), 2u);
}

TEST_F(UpsertTest, FailuresChangeNothing) {
  ASSERT_TRUE(upsert({document("a", "text of a")}).ok());
  DocumentInput bad = document("b", "text of b");
  bad.metadata.custom["$gte"] = true;
  EXPECT_EQ(upsert({document("a", "new text"), bad}).status().code(), Code::kInvalidArgument);
  embedder_.failure = Status(Code::kUnavailable, "lost");
  EXPECT_EQ(upsert({document("a", "new text")}).status().code(), Code::kUnavailable);
  EXPECT_EQ(store_.upserts, 1);
  EXPECT_EQ(store_.rows["a"].chunks[0].text, "text of a");
}

TEST_F(UpsertTest, ChunksFitTheEmbedder) {
  embedder_.room = 110;
  ChunkOptions options;
  options.tokens = 5000;
  options.overlap = 2000;
  EXPECT_EQ(fit_chunks(options, embedder_).tokens, 100u);
  EXPECT_EQ(fit_chunks(options, embedder_).overlap, 50u);
  EXPECT_EQ(fit_chunks({}, embedder_).tokens, 100u);
  embedder_.room = 0;
  EXPECT_EQ(fit_chunks(options, embedder_).tokens, 1u);
}

TEST(DerivedId, DependsOnTextAndMetadata) {
  const auto id = [](const std::string& text, std::optional<std::string> author,
                     std::optional<std::string> filename = {}) {
    DocumentInput input = document({}, text);
    input.metadata.author = std::move(author);
    input.metadata.filename = std::move(filename);
    return derived_id(input);
  };
  EXPECT_EQ(id("text", "Al"), id("text", "Al"));
  EXPECT_NE(id("text", "Al"), id("text", "Bo"));
  EXPECT_NE(id("text", "Al"), id("text", std::nullopt, "Al"));
  EXPECT_NE(id("text", std::nullopt), id("text", ""));
  EXPECT_NE(id("textA", "l"), id("text", "Al"));
  const std::string one = id("text", "Al");
  EXPECT_EQ(one.size(), 36u);
  EXPECT_EQ(one[14], '4');
  EXPECT_NE(std::string("89ab").find(one[19]), std::string::npos);
}

}  // namespace
}  // namespace rappel
