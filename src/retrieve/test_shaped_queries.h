// Queries with shapes and cursors, of a store in memory.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "embed/test_embedder.h"
#include "retrieve/answer_pages.h"
#include "retrieve/query.h"
#include "store/conformance/test_store.h"

namespace rappel {

class ShapedQueries : public testing::Test {
 protected:
  using Texts = std::vector<std::pair<std::string, std::vector<std::string>>>;  // by document

  // Chunks of the texts, each farther from every query than the one before it, with one character between.
  static std::vector<NewDocument> documents(const Texts& texts) {
    std::vector<NewDocument> made;
    float cosine = 1;
    for (const auto& [id, chunks] : texts) {
      NewDocument& document = made.emplace_back(NewDocument{id, {}, {}});
      std::uint32_t at = 0;
      for (const std::string& text : chunks) {
        const auto end = at + static_cast<std::uint32_t>(utf8_count(text));
        document.chunks.push_back({text, at, end, {cosine, std::sqrt(1 - cosine * cosine)}});
        cosine -= 0.001f;
        at = end + 1;
      }
    }
    return made;
  }
  void store(const Texts& texts) { ASSERT_TRUE(store_.upsert(documents(texts)).ok()); }

  Result<std::vector<QueryOutput>> try_ask(const QueryInput& query, DocumentStore* store = nullptr) {
    const QueryParts parts{.store = store == nullptr ? store_ : *store,
                           .embedder = embedder_,
                           .scales = scales_,
                           .options = options_,
                           .pages = &pages_};
    return answer_queries(parts, {&query, 1}, {{}, memory_});
  }
  QueryOutput ask(const QueryInput& query, DocumentStore* store = nullptr) {
    auto outputs = try_ask(query, store);
    EXPECT_TRUE(outputs.ok()) << outputs.status().to_string();
    return outputs.ok() ? std::move((*outputs)[0]) : QueryOutput();
  }
  static std::string ids(const QueryOutput& output) {
    std::string out;
    for (const ScoredChunk& result : output.results) out += result.chunk.id + " ";
    return out;
  }

  TestStore store_{2};
  TestEmbedder embedder_{2};
  SimilarityScales scales_{SimilarityScale{.unrelated = 0, .deviation = 0.1, .related = 0.4}};
  RetrievalOptions options_{.mode = SearchMode::kDense};
  AnswerPages pages_;
  ByteHold* memory_ = nullptr;
};

}  // namespace rappel
