// Searches by each signal, and filters against their naive twin. words_conformance.cc has conditions on texts
// and guessed words.
#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "codec/float16.h"
#include "store/conformance/store_conformance.h"
#include "store/conformance/test_store.h"
#include "store/conformance/test_store_and_twin.h"

namespace rappel {
namespace {

TEST_P(StoreConformance, DenseOrdersBySimilarityAndKeepsTheOrderOfTies) {
  const auto store = open();
  std::vector<NewDocument> documents;
  for (int i = 0; i < 30; ++i) {
    NewDocument d = document("d" + std::to_string(i), {"t" + std::to_string(i)}, kDimension);
    d.chunks[0].dense.assign(kDimension, 0.0f);
    d.chunks[0].dense[static_cast<std::size_t>(i % 3)] = 1;
    documents.push_back(d);
  }
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto reader = open_reader(*store);
  std::vector<float> query(kDimension, 0.0f);
  query[0] = 0.8f;
  query[1] = 0.6f;
  const auto hits = dense(**reader, query, 12, Filter::all());
  ASSERT_EQ(hits->size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_FLOAT_EQ((*hits)[i].score, i < 10 ? 0.8f : 0.6f);
  const auto later = open_reader(*store);
  const auto first = texts_of(**reader, hits), again = texts_of(**later, dense(**later, query, 30));
  ASSERT_EQ(again.size(), 30u);
  EXPECT_TRUE(std::equal(first.begin(), first.end(), again.begin())) << "another order of equal scores";
  EXPECT_EQ(dense(**reader, query, SIZE_MAX, Filter::all())->size(), 30u);
  EXPECT_TRUE(dense(**reader, query, 0, Filter::all())->empty());
  query.pop_back();
  EXPECT_EQ(dense(**reader, query, 1, Filter::all()).status().code(), Code::kInvalidArgument);
  query.push_back(NAN);
  EXPECT_EQ(dense(**reader, query, 1, Filter::all()).status().code(), Code::kInvalidArgument);
}

TEST_P(StoreConformance, DenseEqualsBruteForceInDouble) {
  for (const int dimension : {384, 1024}) {
    TempDir folder;
    auto opened = GetParam().open(folder.path() / "data", dimension);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    const int count = dimension == 384 ? 20000 : 2000;
    std::vector<NewDocument> documents(static_cast<std::size_t>(count / 10));
    for (int i = 0; i < count; ++i) {
      NewDocument& d = documents[static_cast<std::size_t>(i / 10)];
      d.id = "d" + std::to_string(i / 10);
      d.chunks.push_back(chunk(std::to_string(i), static_cast<std::uint64_t>(i), dimension));
      // Stores may keep vectors as float16.
      for (float& x : d.chunks.back().dense) x = f16_to_float(float_to_f16(x));
    }
    ASSERT_STATUS_OK((*opened)->upsert(documents));
    const auto reader = open_reader(**opened);
    for (int q = 0; q < 3; ++q) {
      const auto query = unit_vector(static_cast<std::uint64_t>(q) + 1'000'000, dimension);
      std::vector<std::pair<double, int>> exact;
      for (int i = 0; i < count; ++i) {
        const auto& v =
            documents[static_cast<std::size_t>(i / 10)].chunks[static_cast<std::size_t>(i % 10)].dense;
        double dot = 0;
        for (std::size_t j = 0; j < v.size(); ++j) dot += double(v[j]) * query[j];
        exact.emplace_back(-dot, i);
      }
      std::sort(exact.begin(), exact.end());
      const auto hits = dense(**reader, query, 20, Filter::all());
      const auto texts = texts_of(**reader, hits);
      ASSERT_EQ(texts.size(), 20u);
      for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_NEAR((*hits)[i].score, -exact[i].first, 2e-6);
        const auto place = std::find_if(exact.begin(), exact.end(),
                                        [&](const auto& e) { return e.second == std::stoi(texts[i]); });
        EXPECT_NEAR(place->first, exact[i].first, 2e-6);
      }
    }
  }
}

TEST_P(StoreConformance, LexicalFindsAnyWordAndKnowsNoSyntax) {
  const auto store = open();
  NEEDS(store->info().lexical);
  ASSERT_STATUS_OK(store->upsert({document("1", {"The quick brown fox"}, kDimension),
                                  document("2", {"Caf\xC3\xA9 cr\xC3\xA8me, na\xC3\xAFve"}, kDimension),
                                  document("3", {"lazy dog and quick quick quick fox"}, kDimension),
                                  document("4", {"text near not or and"}, kDimension),
                                  document("5", {"C++ and C# user's-guide x.y"}, kDimension)}));
  const auto reader = open_reader(*store);
  const auto found = [&](const std::string& text) {
    const auto hits = lexical(**reader, text, 10, Filter::all());
    EXPECT_TRUE(hits.ok()) << text << ": " << hits.status().to_string();
    return hits.ok() ? document_ids(**reader, *hits) : std::set<std::string>();
  };
  using Ids = std::set<std::string>;
  EXPECT_EQ(found("fox"), (Ids{"1", "3"}));
  EXPECT_EQ(found("FOX crocodile"), (Ids{"1", "3"}));
  EXPECT_EQ(found("cafe"), (Ids{"2"}));
  EXPECT_EQ(found("CAF\xC3\x89 dog"), (Ids{"2", "3"}));
  EXPECT_EQ(found("cr\xC3\xA8me"), (Ids{"2"}));
  EXPECT_EQ(found("brown NOT fox"), (Ids{"1", "3", "4"}));
  EXPECT_EQ(found("text:fox"), (Ids{"1", "3", "4"}));
  EXPECT_EQ(found("qui*"), (Ids{}));
  EXPECT_EQ(found("\"brown dog\""), (Ids{"1", "3"}));
  EXPECT_EQ(found("brown-dog"), (Ids{"1", "3"}));
  EXPECT_EQ(found("^lazy"), (Ids{"3"}));
  EXPECT_EQ(found("guide"), (Ids{"5"}));
  EXPECT_EQ(found("NEAR(brown fox, 1)"), (Ids{"1", "3", "4"}));
  for (const char* nothing :
       {"", "   ", "\"", "((", "*:^", "\xE2\x80\x9C\xE2\x80\x9D", "+-{}", "\xFF\xFE", "'"})
    EXPECT_EQ(found(nothing), (Ids{})) << nothing;
  EXPECT_EQ(found(std::string("fox\0dog", 7)), (Ids{"1", "3"}));
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "w" + std::to_string(i) + " ";
  EXPECT_EQ(found("fox " + many), (Ids{"1", "3"}));

  const auto hits = lexical(**reader, "quick", 10, Filter::all());
  ASSERT_EQ(hits->size(), 2u);
  EXPECT_EQ(texts_of(**reader, hits)[0], "lazy dog and quick quick quick fox");
  EXPECT_GT((*hits)[0].score, (*hits)[1].score);
  EXPECT_EQ(lexical(**reader, "quick", 1, Filter::all())->size(), 1u);
  EXPECT_TRUE(lexical(**reader, "quick", 0, Filter::all())->empty());
}

TEST_P(StoreConformance, ScoresOfWordsAndWeightsAreThoseOfTheNaiveTwin) {
  StoreAndTwin both(open(), kDimension);
  const StoreInfo info = both.store()->info();
  std::size_t words = 0, weights = 0;
  for (int step = 0; step < 15; ++step) {
    both.change(step);
    if (step % 4 == 3 && info.durability != Durability::kMemory) {
      both.store().reset();
      both.store() = open();
    }
    for (int q = 0; q < 10; ++q) {
      const std::string text = random_text(both.random());
      if (info.lexical) words += both.compare(SearchRequest::lexical(text, 1000, both.some_filter()));
      both.compare_best(text +
                        " unknownword donn\xC3\xA9"
                        "es");
      const std::vector<TokenWeight> asked = random_weights(both.random());
      if (info.sparse) weights += both.compare(SearchRequest::sparse(asked, 1000, both.some_filter()));
    }
  }
  EXPECT_TRUE(!info.lexical || words > 1000) << words;
  EXPECT_TRUE(!info.sparse || weights > 1000) << weights;
}

TEST_P(StoreConformance, BestScoreIsTheBm25OfEveryWordAndCountsUnknownOnesAsTheRarest) {
  const auto store = open();
  NEEDS(store->info().lexical);
  std::vector<NewDocument> documents;
  for (int i = 0; i < 10; ++i) {
    const std::string text = i == 0 ? "The pump stops with ERR-4012" : i < 4 ? "The pump" : "The motor";
    documents.push_back(document("d" + std::to_string(i), {text}, kDimension));
  }
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto reader = open_reader(*store);
  const auto best = [&](std::string_view text) {
    const auto score = (*reader)->best_score(LexicalSignal{text});
    EXPECT_TRUE(score.ok()) << score.status().to_string();
    return score.ok() && *score ? **score : -1;
  };
  if (best("pump") < 0) GTEST_SKIP() << "this store does not know its best score";
  const auto idf = [](double with) { return std::log(1 + (10 - with + 0.5) / (with + 0.5)); };
  const double factor = 2.2;
  EXPECT_NEAR(best("pump"), factor * idf(4), 1e-5);
  EXPECT_NEAR(best("Pumps, PUMP pump!"), factor * idf(4), 1e-5);
  EXPECT_NEAR(best("pump motor"), factor * (idf(4) + idf(6)), 1e-5);
  EXPECT_NEAR(best("ERR-4012"), factor * 3 * idf(1), 1e-5) << "parts and whole";
  EXPECT_NEAR(best("ERR-9999"), factor * (idf(1) + 2 * idf(0)), 1e-5) << "no chunk has 9999";
  EXPECT_NEAR(best("zebra zebras pump"), factor * (idf(0) + idf(4)), 1e-5);
  EXPECT_EQ(best(" -- "), 0);
  const auto hits = lexical(**reader, "pump ERR-4012", 10);
  ASSERT_EQ(hits->size(), 4u);
  EXPECT_LT(hits->front().score, best("pump ERR-4012"));
  EXPECT_GT(hits->front().score, best("pump ERR-4012") * 0.4) << "each word once, in a short chunk";
  const std::vector<float> vector = unit_vector(1, kDimension);
  EXPECT_FALSE((*(*reader)->best_score(DenseSignal{vector})).has_value());
  EXPECT_FALSE((*(*reader)->best_score(SparseSignal{})).has_value());
}

TEST_P(StoreConformance, VectorsAreThoseThatWereStored) {
  const auto store = open();
  NEEDS(store->info().dense);
  std::vector<NewDocument> documents;
  for (int i = 0; i < 20; ++i)
    documents.push_back(document("d" + std::to_string(i), {"text", "other text"}, kDimension));
  for (int i = 0; i < 20; ++i)
    documents[static_cast<std::size_t>(i)].chunks[1].dense = unit_vector(100 + i, kDimension);
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto reader = open_reader(*store);
  const std::vector<float> query = unit_vector(1, kDimension);
  const auto hits = (*reader)->search(SearchRequest::dense(query, 40));
  ASSERT_STATUS_OK(hits.status());
  const auto keys = keys_of(*hits);
  const auto vectors = (*reader)->vectors(keys);
  ASSERT_STATUS_OK(vectors.status());
  if (vectors->empty()) GTEST_SKIP() << "this store does not promise vectors";
  ASSERT_EQ(vectors->size(), 40u);
  const auto chunks = (*reader)->chunks(keys);
  for (std::size_t i = 0; i < 40; ++i) {
    const Chunk& chunk = (*chunks)[i];
    const auto stored = std::find_if(documents.begin(), documents.end(),
                                     [&](const NewDocument& d) { return d.id == chunk.document_id; });
    const std::vector<float>& expected = stored->chunks[chunk.index].dense;
    ASSERT_EQ((*vectors)[i].size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) ASSERT_NEAR((*vectors)[i][k], expected[k], 1e-3);
  }
  EXPECT_FALSE((*reader)->vectors(std::vector{ChunkKey{"no key"}}).ok());
}

// As long as chunks are few, the sample has all of them.
TEST_P(StoreConformance, SampleHasMeanAndDeviationOfTheScores) {
  const auto store = open();
  NEEDS(store->info().dense);
  const std::vector<float> query = unit_vector(1, kDimension);
  const auto sample = [&] {
    const auto reader = open_reader(*store);
    return (*reader)->sample(DenseSignal{query});
  };
  ASSERT_STATUS_OK(sample().status());
  EXPECT_FALSE(*sample()) << "nothing is stored";
  std::vector<NewDocument> documents;
  for (int i = 0; i < 40; ++i)
    documents.push_back(document("d" + std::to_string(i), {"text " + std::to_string(i)}, kDimension));
  ASSERT_STATUS_OK(store->upsert(documents));
  const std::vector<std::string> gone{"d0", "d7", "d39"};
  ASSERT_STATUS_OK(store->remove(gone).status());
  const auto found = sample();
  ASSERT_STATUS_OK(found.status());
  if (!*found) GTEST_SKIP() << "this store does not promise a sample of scores";
  const auto reader = open_reader(*store);
  const auto hits = (*reader)->search(SearchRequest::dense(query, 100));
  ASSERT_EQ(hits->size(), 37u);
  double mean = 0, squares = 0;
  for (const Hit& hit : *hits) mean += hit.score / 37.0;
  for (const Hit& hit : *hits) squares += (hit.score - mean) * (hit.score - mean) / 37.0;
  EXPECT_EQ((*found)->chunks, 37u);
  EXPECT_EQ((*found)->of, 37u);
  EXPECT_NEAR((*found)->mean, mean, 1e-5);
  EXPECT_NEAR((*found)->deviation, std::sqrt(squares), 1e-5);
  EXPECT_FALSE(*(*reader)->sample(LexicalSignal{"text"}));
}

TEST_P(StoreConformance, SparseFindsChunksWithCommonTokens) {
  const auto store = open();
  NEEDS(store->info().sparse);
  std::vector<NewDocument> documents = {document("a", {"a"}, kDimension), document("b", {"b"}, kDimension),
                                        document("c", {"c"}, kDimension)};
  documents[0].chunks[0].sparse = {{0, 0.5f}, {7, 0.25f}};
  documents[1].chunks[0].sparse = {{7, 2}, {250'000, 0.125f}};
  documents[2].chunks[0].sparse = {};
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto found = [&](const std::vector<TokenWeight>& weights, std::size_t k = 10) {
    return scored_ids(*store, SearchRequest::sparse(weights, k));
  };
  using Scored = std::vector<std::pair<float, std::string>>;
  EXPECT_EQ(found({{7, 1}}), (Scored{{2, "b_0"}, {0.25f, "a_0"}}));
  EXPECT_EQ(found({{0, 8}, {7, 1}}), (Scored{{4.25f, "a_0"}, {2, "b_0"}}));
  EXPECT_EQ(found({{0, 8}, {7, 1}}, 1), (Scored{{4.25f, "a_0"}}));
  EXPECT_EQ(found({{250'000, 1}, {4'000'000'000u, 9}}), (Scored{{0.125f, "b_0"}}));
  EXPECT_EQ(found({{8, 1}}), Scored());
  EXPECT_EQ(found({}), Scored());
  EXPECT_EQ(found({{7, 1}}, 0), Scored());
  for (const std::vector<TokenWeight>& wrong :
       {std::vector<TokenWeight>{{7, 1}, {7, 1}}, {{8, 1}, {7, 1}}, {{7, 0}}, {{7, -1}}, {{7, NAN}}})
    EXPECT_EQ(store->search(SearchRequest::sparse(wrong, 1)).status().code(), Code::kInvalidArgument);
}

// A search must not compare all of them, and answers all the same.
TEST_P(StoreConformance, SparseAnswersAmongThousandsOfEqualChunks) {
  const auto store = open();
  NEEDS(store->info().sparse);
  std::vector<NewDocument> documents;
  for (int d = 0; d < 100; ++d) {
    documents.push_back(document("d" + std::to_string(d), std::vector<std::string>(90, "same"), kDimension));
    for (NewChunk& chunk : documents.back().chunks) chunk.sparse = {{3, 0.5f}, {4, 0.3125f}};
  }
  documents[42].chunks[17].sparse = {{3, 0.5625f}};
  ASSERT_STATUS_OK(store->upsert(documents));
  const std::vector<TokenWeight> weights = {{3, 2}};
  const auto found = store->search(SearchRequest::sparse(weights, 20));
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  ASSERT_EQ(found->size(), 20u);
  EXPECT_EQ((*found)[0].chunk.id, "d42_17");
  EXPECT_EQ((*found)[0].score, 1.125f);
  for (std::size_t i = 1; i < 20; ++i) EXPECT_EQ((*found)[i].score, 1);
}

// score() of all chunks that a search by vector found, against the searches by each signal.
TEST_P(StoreConformance, ScoresOfGivenChunksAreThoseOfSearches) {
  StoreAndTwin both(open(), kDimension);
  DocumentStore& store = *both.store();
  for (int step = 0; step < 4; ++step) both.change(step);
  const auto reader = open_reader(store);
  const std::vector<float> vector = unit_vector(5, kDimension);
  std::vector<ChunkKey> keys = keys_of(*dense(**reader, vector, 1000, Filter::all()));
  ASSERT_GT(keys.size(), 30u);
  std::shuffle(keys.begin(), keys.end(), both.random());
  keys.push_back(keys.front());
  const std::string text = "otters swimming loutre H\xC3\xA4user";
  const std::vector<TokenWeight> weights = {{1, 0.5f}, {300, 2}};
  std::vector<SearchSignal> signals = {DenseSignal{vector}};
  if (store.info().lexical) signals.push_back(LexicalSignal{text});
  if (store.info().sparse) signals.push_back(SparseSignal{weights});
  for (const SearchSignal& signal : signals) {
    std::unordered_map<ChunkKey, float> expected;
    const auto hits = (*reader)->search({signal, 1000, {}});
    for (const Hit& hit : *hits) expected[hit.key] = hit.score;
    const auto scores = (*reader)->score(keys, signal);
    ASSERT_TRUE(scores.ok()) << scores.status().to_string();
    ASSERT_EQ(scores->size(), keys.size());
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ((*scores)[i], expected.contains(keys[i]) ? expected[keys[i]] : 0);
      zeros += (*scores)[i] == 0 ? 1 : 0;
    }
    EXPECT_EQ(zeros > 0, signal.index() != 0) << "some chunks have nothing in common";
    EXPECT_TRUE((*reader)->score({}, signal)->empty());
    EXPECT_FALSE((*reader)->score(std::vector{ChunkKey{"no key"}}, signal).ok());
  }
  const std::vector<TokenWeight> wrong = {{2, 1}, {1, 1}};
  EXPECT_EQ((*reader)->score(keys, SparseSignal{wrong}).status().code(),
            store.info().sparse ? Code::kInvalidArgument : Code::kUnsupported);
  EXPECT_EQ((*reader)->score(keys, DenseSignal{}).status().code(), Code::kInvalidArgument);
}

TEST_P(StoreConformance, FiltersEqualTheNaiveTwin) {
  const auto store = open();
  NEEDS(store->info().filters);
  std::mt19937 random(7);
  Twin twin;
  std::vector<NewDocument> documents;
  for (int i = 0; i < 60; ++i)
    documents.push_back(
        document("d" + std::to_string(i), {"common a", "common b"}, kDimension, random_metadata(random)));
  ASSERT_STATUS_OK(store->upsert(documents));
  apply_to(twin, documents);
  const auto reader = open_reader(*store);
  std::size_t proper = 0;  // filters that match some but not all
  for (int i = 0; i < 400; ++i) {
    const Filter filter = random_filter(random);
    std::set<std::string> expected;
    for (const auto& [id, d] : twin)
      if (matches(filter, id, d.metadata)) expected.insert(id);
    proper += !expected.empty() && expected.size() < twin.size();
    const auto page = store->list(filter, 0, 100);
    ASSERT_TRUE(page.ok()) << page.status().to_string();
    std::set<std::string> listed;
    for (const auto& d : page->documents) listed.insert(d.id);
    EXPECT_EQ(listed, expected);
    EXPECT_EQ(page->total, static_cast<std::int64_t>(expected.size()));
    const auto nearest = dense(**reader, unit_vector(1, kDimension), 1000, filter);
    ASSERT_TRUE(nearest.ok()) << nearest.status().to_string();
    EXPECT_EQ(nearest->size(), 2 * expected.size());
    EXPECT_EQ(document_ids(**reader, *nearest), expected);
    if (!store->info().lexical) continue;
    const auto words = lexical(**reader, "common", 1000, filter);
    ASSERT_TRUE(words.ok()) << words.status().to_string();
    EXPECT_EQ(words->size(), 2 * expected.size());
    EXPECT_EQ(document_ids(**reader, *words), expected);
  }
  EXPECT_GT(proper, 100u);
  std::vector<Filter> too_many(10000, Filter::equals("author", "x"));
  EXPECT_EQ(store->list(Filter::both_of(too_many), 0, 1).status().code(), Code::kInvalidArgument);
}

TEST_P(StoreConformance, SearchReturnsChunksWithScores) {
  const auto store = open();
  const std::vector<NewDocument> documents = {document("a", {"one", "two"}, kDimension),
                                              document("b", {"three"}, kDimension)};
  ASSERT_STATUS_OK(store->upsert(documents));
  const auto found = store->search(SearchRequest::dense(documents[0].chunks[1].dense, 2));
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->front().chunk.id, "a_1");
  EXPECT_EQ(found->front().chunk.text, "two");
  EXPECT_NEAR(found->front().score, 1, kScoreTolerance);
  EXPECT_GE(found->front().score, found->back().score);
  EXPECT_TRUE(store->search(SearchRequest::dense(documents[0].chunks[1].dense, 0))->empty());
}

}  // namespace
}  // namespace rappel
