// Searches by each signal, and filters against their naive twin.
#include <algorithm>
#include <set>

#include "codec/float16.h"
#include "store/conformance/store_conformance.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

std::set<std::string> document_ids(StoreReader& reader, const std::vector<Hit>& hits) {
  const auto chunks = reader.chunks(keys_of(hits));
  EXPECT_TRUE(chunks.ok()) << chunks.status().to_string();
  std::set<std::string> ids;
  if (chunks.ok())
    for (const Chunk& c : *chunks) ids.insert(c.document_id);
  return ids;
}

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

// Some words of one of several languages.
std::string random_text(std::mt19937& random) {
  static const std::vector<std::vector<std::string>> kWords = {
      {"the", "otter", "swims", "swimming", "in", "rivers", "river", "and", "of", "is", "ERR-4012",
       "running"},
      {"la", "loutre", "nage", "dans", "les", "rivi\xC3\xA8res", "rivi\xC3\xA8re", "et", "est",
       "caf\xC3\xA9s"},
      {"der", "Otter", "schwimmt", "in", "den", "Fl\xC3\xBCssen", "Fluss", "und", "ist", "H\xC3\xA4user"},
      {"\xE6\xB0\xB4\xE7\x8D\xAD", "\xE6\xB2\xB3\xE6\xB5\x81", "\xE6\xB8\xB8\xE6\xB3\xB3"}};
  const auto& words = kWords[random() % kWords.size()];
  std::string text;
  for (unsigned n = 1 + random() % 30; n > 0; --n) text += words[random() % words.size()] + " ";
  return text;
}

// Ids and scores; equal scores by id.
std::vector<std::pair<float, std::string>> scored_ids(DocumentStore& store, const SearchRequest& request) {
  const auto found = store.search(request);
  EXPECT_TRUE(found.ok()) << found.status().to_string();
  std::vector<std::pair<float, std::string>> scored;
  if (found.ok())
    for (const FoundChunk& one : *found) scored.emplace_back(one.score, one.chunk.id);
  std::sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  return scored;
}

TEST_P(StoreConformance, LexicalScoresAreThoseOfTheNaiveTwin) {
  auto store = open();
  NEEDS(store->info().lexical);
  TestStore twin(kDimension);
  std::mt19937 random(17);
  std::size_t hits = 0;
  for (int step = 0; step < 12; ++step) {
    std::vector<NewDocument> documents;
    for (int i = 0; i < 12; ++i) {
      std::vector<std::string> texts;
      for (unsigned n = random() % 4; n > 0; --n) texts.push_back(random_text(random));
      documents.push_back(
          document("d" + std::to_string(random() % 60), texts, kDimension, random_metadata(random)));
    }
    ASSERT_STATUS_OK(store->upsert(documents));
    ASSERT_STATUS_OK(twin.upsert(documents));
    if (step % 3 == 2) {
      const Filter filter = random_filter(random);
      EXPECT_EQ(*store->remove(filter), *twin.remove(filter));
    }
    if (step % 4 == 3 && store->info().durability != Durability::kMemory) {
      store.reset();
      store = open();
    }
    for (int q = 0; q < 10; ++q) {
      const std::string text = random_text(random);
      const auto request = SearchRequest::lexical(text, 1000, q < 5 ? Filter() : random_filter(random));
      const auto expected = scored_ids(twin, request);
      EXPECT_EQ(scored_ids(*store, request), expected) << text;
      hits += expected.size();
      // The best few have the best scores, whatever the order of ties.
      const auto few = store->search(SearchRequest::lexical(text, 3, request.filter));
      ASSERT_EQ(few->size(), std::min<std::size_t>(3, expected.size()));
      for (std::size_t i = 0; i < few->size(); ++i) EXPECT_EQ((*few)[i].score, expected[i].first);
    }
  }
  EXPECT_GT(hits, 1000u);
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
