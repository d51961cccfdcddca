// why() speaks of the state of the store that answered the query, whatever is written while models work.
#include <gtest/gtest.h>

#include "embed/test_embedder.h"
#include "retrieve/why.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

TEST(WhySnapshot, WritesWhileModelsWorkChangeNothing) {
  TempDir folder;
  TestEmbedder embedder(2);
  TestReranker reranker;
  SimilarityScales scales(SimilarityScale{.unrelated = 0, .deviation = 0.1, .related = 0.4});
  const RetrievalOptions options{.rerank_candidates = 2, .mode = SearchMode::kDense};
  const auto opened = open_sqlite_store({.folder = folder.path() / "data", .model = embedder.identity()});
  ASSERT_TRUE(opened.ok()) << opened.status().to_string();
  DocumentStore& store = **opened;
  const auto put = [&](const char* id, const char* author, std::vector<float> vector) {
    NewDocument document{id, {}, {{id, 0, 1, std::move(vector)}}};
    document.metadata.author = author;
    ASSERT_TRUE(store.upsert({std::move(document)}).ok());
  };
  const QueryParts parts{
      .store = store, .embedder = embedder, .scales = scales, .reranker = &reranker, .options = options};
  struct Case {
    const char* document;
    WhyReason reason;
  };
  for (const auto& [document, reason] :
       {Case{"near", WhyReason::kInAnswer}, Case{"next", WhyReason::kBehindTopK},
        Case{"far", WhyReason::kBehindDepth}, Case{"foreign", WhyReason::kFiltered},
        Case{"none", WhyReason::kNotStored}}) {
    reranker.during = {};
    put("near", "Al", {1, 0});
    put("next", "Al", {0.8f, 0.6f});
    put("far", "Al", {0.6f, 0.8f});
    put("foreign", "Bo", {1, 0});
    ASSERT_TRUE(store.remove(std::vector<std::string>{"none"}).ok());
    reranker.during = [&] {
      ASSERT_TRUE(store.remove(std::vector<std::string>{"near", "next", "far", "foreign"}).ok());
      put("none", "Al", {1, 0});
    };
    const auto answer =
        why(parts,
            {{.text = "q", .filter = Filter::equals("author", std::string("Al")), .top_k = 1}, document}, {});
    ASSERT_TRUE(answer.ok()) << answer.status().to_string();
    EXPECT_EQ(answer->reason, reason) << document;
  }
}

}  // namespace
}  // namespace rappel
