// Random shapes over random documents: what every answer promises, whatever was asked for.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "retrieve/test_shaped_queries.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class ShapedQueriesTest : public ShapedQueries {
 protected:
  Texts random_texts() {
    static const char* const kWords[] = {"pump",      "valve.",   "gasket", "\u6771\u4eac",
                                         "caf\u00e9", "ERR-4012", "Stop."};
    Texts texts(1 + random_() % 12);
    for (std::size_t d = 0; d < texts.size(); ++d) {
      texts[d].first = "d" + std::to_string(d);
      texts[d].second.resize(1 + random_() % 12);
      for (std::string& text : texts[d].second)
        for (std::size_t i = random_() % 5 + 1; i > 0; --i)
          text += (text.empty() ? "" : " ") + std::string(kWords[random_() % std::size(kWords)]);
    }
    return texts;
  }
  AnswerShape random_shape() {
    const auto coin = [&] { return random_() % 2 == 0; };
    AnswerShape shape;
    if (coin()) shape.neighbors = random_() % 4;
    shape.highlights = coin();
    if (coin()) shape.diversity = static_cast<double>(random_() % 11) / 10;
    shape.collapse = coin();
    shape.fold_duplicates = coin();
    return shape;
  }
  // Results that the texts have, if nothing bounds them; nothing: it depends on the order.
  static std::optional<std::size_t> results_in(const Texts& texts, const AnswerShape& shape) {
    if (shape.neighbors > 0 || (shape.collapse && shape.fold_duplicates)) return {};
    std::size_t chunks = 0;
    std::set<std::string> different;
    for (const auto& [id, all] : texts) {
      chunks += all.size();
      different.insert(all.begin(), all.end());
    }
    return shape.collapse ? texts.size() : shape.fold_duplicates ? different.size() : chunks;
  }
  void expect_sound(const QueryOutput& output, const AnswerShape& shape) {
    std::set<std::string> once, documents;
    std::map<std::string, std::vector<std::pair<std::uint32_t, std::uint32_t>>> ranges;
    for (const ScoredChunk& result : output.results) {
      const Chunk& chunk = result.chunk;
      ASSERT_TRUE(once.insert(chunk.id).second);
      for (const std::string& id : result.duplicates) ASSERT_TRUE(once.insert(id).second);
      ASSERT_TRUE(documents.insert(chunk.document_id).second || !shape.collapse);
      ASSERT_TRUE(shape.collapse || result.hidden == 0);
      ASSERT_TRUE(utf8_valid(chunk.text));
      const std::size_t length = utf8_count(chunk.text);
      ASSERT_EQ(chunk.end - chunk.begin, length);
      for (const auto& [begin, end] : ranges[chunk.document_id])
        ASSERT_TRUE(chunk.end <= begin || end <= chunk.begin) << "a chunk is in two results";
      ranges[chunk.document_id].push_back({chunk.begin, chunk.end});
      for (const TextRange& range : result.highlights) ASSERT_LE(range.end, length);
      ASSERT_LE(result.best_sentence.value_or(TextRange()).end, length);
    }
  }

  std::mt19937 random_{11};
};

TEST_F(ShapedQueriesTest, AnswersHaveEnoughResultsAndNothingTwice) {
  options_.mode = SearchMode::kHybrid;
  for (int round = 0; round < 300; ++round) {
    store_.rows.clear();
    const Texts texts = random_texts();
    store(texts);
    QueryInput query{.text = "pump \u6771\u4eac 4012", .top_k = 1 + random_() % 30, .shape = random_shape()};
    const QueryOutput output = ask(query);
    ASSERT_NO_FATAL_FAILURE(expect_sound(output, query.shape));
    const auto all = results_in(texts, query.shape);
    ASSERT_EQ(output.results.size(), std::min(all.value_or(output.results.size()), *query.top_k)) << round;
    if (query.shape.diversity) continue;  // chooses among as many candidates as the page is large
    QueryInput page = query;
    page.top_k = 1 + random_() % 5;
    page.cursor = kFirstPage;
    std::string together;
    do {
      const QueryOutput part = ask(page);
      together += ids(part);
      page.cursor = part.next;
    } while (!page.cursor.empty());
    ASSERT_TRUE(together.starts_with(ids(output))) << "round " << round;
  }
}

TEST_F(ShapedQueriesTest, DiversityComparesStoredVectors) {
  TempDir folder;
  const auto store = open_sqlite_store({.folder = folder.path() / "data", .model = embedder_.identity()});
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  const auto one = [](const char* id, std::vector<float> vector) {
    return NewDocument{id, {}, {{id, 0, 1, std::move(vector)}}};
  };
  ASSERT_TRUE((*store)->upsert({one("a", {1, 0}), one("b", {0.99f, 0.14f}), one("c", {0.6f, -0.8f})}).ok());
  QueryInput query{.text = "q", .top_k = 2};
  EXPECT_EQ(ids(ask(query, store->get())), "a_0 b_0 ");
  query.shape.diversity = 0.9;
  EXPECT_EQ(ids(ask(query, store->get())), "a_0 c_0 ");
}

}  // namespace
}  // namespace rappel
