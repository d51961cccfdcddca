#include "store/conformance/store_conformance.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "store/conformance/store_test_util.h"
#include "store/conformance/versioned_pairs.h"

namespace rappel {
namespace {

using namespace testing_store;

std::vector<std::string> texts_of(Reader& reader, const Result<std::vector<Hit>>& hits) {
  EXPECT_TRUE(hits.ok()) << hits.status().to_string();
  if (!hits.ok()) return {};
  std::vector<ChunkRow> rows;
  for (const Hit& hit : *hits) rows.push_back(hit.row);
  const auto chunks = reader.chunks(rows);
  EXPECT_TRUE(chunks.ok()) << chunks.status().to_string();
  std::vector<std::string> texts;
  if (chunks.ok())
    for (const Chunk& c : *chunks) texts.push_back(c.text);
  return texts;
}

std::set<std::string> document_ids(Reader& reader, const std::vector<Hit>& hits) {
  std::vector<ChunkRow> rows;
  for (const Hit& hit : hits) rows.push_back(hit.row);
  const auto chunks = reader.chunks(rows);
  EXPECT_TRUE(chunks.ok()) << chunks.status().to_string();
  std::set<std::string> ids;
  if (chunks.ok())
    for (const Chunk& c : *chunks) ids.insert(c.document_id);
  return ids;
}

#define ASSERT_STATUS_OK(expr)                                      \
  do {                                                              \
    const Status status_of_expr = (expr);                           \
    ASSERT_TRUE(status_of_expr.ok()) << status_of_expr.to_string(); \
  } while (false)

TEST_P(StoreConformance, EmptyStoreAnswersEmpty) {
  const auto store = open();
  EXPECT_EQ(difference(*store, {}, kDimension), "");
  const auto reader = store->snapshot();
  EXPECT_TRUE((*reader)->dense(unit_vector(1, kDimension), 10, Filter::all())->empty());
  EXPECT_TRUE((*reader)->lexical("word", 10, Filter::all())->empty());
  EXPECT_TRUE((*reader)->chunks({})->empty());
  EXPECT_EQ(*store->remove(Filter::all()), 0u);
  EXPECT_EQ(store->stats()->commit, 0);
  ASSERT_STATUS_OK(store->replace({}));
  EXPECT_EQ(store->stats()->commit, 0);
}

TEST_P(StoreConformance, KeepsEveryField) {
  const auto store = open();
  Metadata m;
  m.source = "email";
  m.source_id = "s\xC3\xA9";
  m.url = "";
  m.created_at = "2021-01-21T10:00:00.9+02:00";
  m.author = std::string("nul\0inside", 10);
  m.filename = "a 'quoted' \"name\".txt";
  m.filesize = INT64_MAX;
  Twin twin;
  const std::vector<NewDocument> documents = {
      document("full", {"one", "two", std::string("nul\0text", 8), "\xE6\x97\xA5\xE6\x9C\xAC"}, kDimension,
               m),
      document("empty metadata", {"x"}, kDimension), document("\xF0\x9F\x98\x80", {"emoji id"}, kDimension)};
  ASSERT_STATUS_OK(store->replace(documents));
  apply_to(twin, documents);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
}

TEST_P(StoreConformance, ReplacingKeepsNothingOld) {
  const auto store = open();
  Twin twin;
  for (int version = 0; version < 4; ++version) {
    std::vector<std::string> texts;
    for (int i = 0; i < 5 - version; ++i)
      texts.push_back("word" + std::to_string(version) + " n" + std::to_string(i));
    const std::vector<NewDocument> documents = {document("d", texts, kDimension)};
    ASSERT_STATUS_OK(store->replace(documents));
    apply_to(twin, documents);
    EXPECT_EQ(difference(*store, twin, kDimension), "");
    const auto reader = store->snapshot();
    EXPECT_EQ((*reader)->lexical("word" + std::to_string(version), 10, Filter::all())->size(), texts.size());
    if (version > 0) {
      EXPECT_TRUE((*reader)->lexical("word" + std::to_string(version - 1), 10, Filter::all())->empty());
    }
  }
}

TEST_P(StoreConformance, LaterDuplicateWinsAndChunklessIsRemoved) {
  const auto store = open();
  Twin twin;
  std::vector<NewDocument> documents = {document("a", {"first"}, kDimension),
                                        document("b", {"b"}, kDimension),
                                        document("a", {"second", "third"}, kDimension)};
  ASSERT_STATUS_OK(store->replace(documents));
  apply_to(twin, documents);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
  documents = {document("a", {}, kDimension), document("c", {"c"}, kDimension), document("c", {}, kDimension),
               document("unknown", {}, kDimension)};
  ASSERT_STATUS_OK(store->replace(documents));
  apply_to(twin, documents);
  EXPECT_EQ(twin.size(), 1u);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
}

TEST_P(StoreConformance, RefusesBadDocumentsWhole) {
  const auto store = open();
  ASSERT_STATUS_OK(store->replace({document("kept", {"k"}, kDimension)}));
  const auto with = [&](auto change) {
    NewDocument bad = document("bad", {"one", "two"}, kDimension);
    change(bad);
    const Status status = store->replace({document("kept", {"changed"}, kDimension), bad});
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    return status.message();
  };
  EXPECT_NE(with([](NewDocument& d) { d.chunks[1].dense.pop_back(); }).find("chunk 1 of document \"bad\""),
            std::string::npos);
  with([](NewDocument& d) { d.chunks[0].dense[0] = NAN; });
  with([](NewDocument& d) { d.chunks[0].dense[0] = INFINITY; });
  with([](NewDocument& d) {
    for (float& x : d.chunks[0].dense) x = 0;
  });
  with([](NewDocument& d) { d.id.clear(); });
  with([](NewDocument& d) { d.chunks[0].begin = d.chunks[0].end + 1; });
  EXPECT_NE(with([](NewDocument& d) { d.metadata.created_at = "yesterday"; }).find("YYYY-MM-DD"),
            std::string::npos);
  EXPECT_EQ(difference(*store, {{"kept", document("kept", {"k"}, kDimension)}}, kDimension), "");
  EXPECT_EQ(store->stats()->commit, 1);
}

TEST_P(StoreConformance, CommitGrowsByOneWithEachChange) {
  const auto store = open();
  EXPECT_EQ(store->stats()->commit, 0);
  ASSERT_STATUS_OK(store->replace({document("a", {"x"}, kDimension), document("b", {"x", "y"}, kDimension)}));
  EXPECT_EQ(store->stats()->commit, 1);
  EXPECT_EQ(*store->remove(std::vector<std::string>{"unknown"}), 0u);
  EXPECT_EQ(store->stats()->commit, 1);
  EXPECT_EQ(*store->remove(std::vector<std::string>{"a", "unknown", "a"}), 1u);
  EXPECT_EQ(store->stats()->commit, 2);
  EXPECT_EQ(*store->remove(Filter::equals(FilterField::kDocumentId, "b")), 1u);
  EXPECT_EQ(store->stats()->commit, 3);
}

TEST_P(StoreConformance, RemovesByFilterAndAll) {
  const auto store = open();
  Twin twin;
  std::vector<NewDocument> documents;
  for (int i = 0; i < 20; ++i) {
    Metadata m;
    m.author = i % 2 ? "odd" : "even";
    documents.push_back(document("d" + std::to_string(i), {"text", "more"}, kDimension, m));
  }
  ASSERT_STATUS_OK(store->replace(documents));
  EXPECT_EQ(*store->remove(Filter::equals(FilterField::kAuthor, "odd")), 10u);
  for (const NewDocument& d : documents)
    if (*d.metadata.author == "even") twin.emplace(d.id, d);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
  EXPECT_EQ(*store->remove(Filter::all()), 10u);
  EXPECT_EQ(difference(*store, {}, kDimension), "");
  EXPECT_TRUE((*store->snapshot())->lexical("text", 10, Filter::all())->empty());
  ASSERT_STATUS_OK(store->replace(documents));
  twin.clear();
  apply_to(twin, documents);
  EXPECT_EQ(difference(*store, twin, kDimension), "");
}

TEST_P(StoreConformance, ListsPagesOrderedByIdBytes) {
  const auto store = open();
  const std::vector<std::string> ids = {"b", "a", "B", "a0", "\xC3\xA9", "_", "10", "9"};
  std::vector<NewDocument> documents;
  for (const auto& id : ids) documents.push_back(document(id, {id + " text"}, kDimension));
  ASSERT_STATUS_OK(store->replace(documents));
  std::vector<std::string> sorted = ids, paged;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t offset = 0; offset < 12; offset += 3) {
    const auto page = store->list(Filter::all(), offset, 3);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->total, 8);
    EXPECT_LE(page->documents.size(), 3u);
    for (const auto& d : page->documents) paged.push_back(d.id);
  }
  EXPECT_EQ(paged, sorted);
  EXPECT_EQ(store->list(Filter::all(), 0, 0)->documents.size(), 0u);
  EXPECT_EQ(store->list(Filter::all(), 0, 0)->total, 8);
  EXPECT_EQ(store->list(Filter::all(), SIZE_MAX, SIZE_MAX)->documents.size(), 0u);
  EXPECT_EQ(store->list(Filter::all(), 0, SIZE_MAX)->documents.size(), 8u);
}

TEST_P(StoreConformance, SampleIsTheFirst200CodePointsOfChunkZero) {
  const auto store = open();
  std::string wide, wider;
  for (int i = 0; i < 300; ++i) {
    wide += "\xE6\x97\xA5";
    wider += "\xF0\x9F\x98\x80";
  }
  const std::string ascii(199, 'a');
  ASSERT_STATUS_OK(
      store->replace({document("1", {ascii, "no"}, kDimension), document("2", {wide}, kDimension),
                      document("3", {wider}, kDimension), document("4", {ascii + "bcd"}, kDimension)}));
  const auto page = store->list(Filter::all(), 0, 10);
  ASSERT_EQ(page->documents.size(), 4u);
  EXPECT_EQ(page->documents[0].sample_text, ascii);
  EXPECT_EQ(page->documents[1].sample_text, wide.substr(0, 600));
  EXPECT_EQ(page->documents[2].sample_text, wider.substr(0, 800));
  EXPECT_EQ(page->documents[3].sample_text, ascii + "b");
}

TEST_P(StoreConformance, DenseOrdersBySimilarityThenRow) {
  const auto store = open();
  std::vector<NewDocument> documents;
  for (int i = 0; i < 30; ++i) {
    NewDocument d = document("d" + std::to_string(i), {"t" + std::to_string(i)}, kDimension);
    d.chunks[0].dense.assign(kDimension, 0.0f);
    d.chunks[0].dense[static_cast<std::size_t>(i % 3)] = 1;
    documents.push_back(d);
  }
  ASSERT_STATUS_OK(store->replace(documents));
  const auto reader = store->snapshot();
  std::vector<float> query(kDimension, 0.0f);
  query[0] = 0.8f;
  query[1] = 0.6f;
  const auto hits = (*reader)->dense(query, 12, Filter::all());
  ASSERT_EQ(hits->size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_FLOAT_EQ((*hits)[i].score, i < 10 ? 0.8f : 0.6f);
  for (std::size_t i = 1; i < 10; ++i) EXPECT_LT((*hits)[i - 1].row, (*hits)[i].row);
  EXPECT_EQ((*reader)->dense(query, SIZE_MAX, Filter::all())->size(), 30u);
  EXPECT_TRUE((*reader)->dense(query, 0, Filter::all())->empty());
  query.pop_back();
  EXPECT_EQ((*reader)->dense(query, 1, Filter::all()).status().code(), Code::kInvalidArgument);
  query.push_back(NAN);
  EXPECT_EQ((*reader)->dense(query, 1, Filter::all()).status().code(), Code::kInvalidArgument);
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
    }
    ASSERT_STATUS_OK((*opened)->replace(documents));
    const auto reader = (*opened)->snapshot();
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
      const auto hits = (*reader)->dense(query, 20, Filter::all());
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
  ASSERT_STATUS_OK(store->replace({document("1", {"The quick brown fox"}, kDimension),
                                   document("2", {"Caf\xC3\xA9 cr\xC3\xA8me, na\xC3\xAFve"}, kDimension),
                                   document("3", {"lazy dog and quick quick quick fox"}, kDimension),
                                   document("4", {"text near not or and"}, kDimension),
                                   document("5", {"C++ and C# user's-guide x.y"}, kDimension)}));
  const auto reader = store->snapshot();
  const auto found = [&](const std::string& text) {
    const auto hits = (*reader)->lexical(text, 10, Filter::all());
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

  const auto hits = (*reader)->lexical("quick", 10, Filter::all());
  ASSERT_EQ(hits->size(), 2u);
  EXPECT_EQ(texts_of(**reader, hits)[0], "lazy dog and quick quick quick fox");
  EXPECT_GT((*hits)[0].score, (*hits)[1].score);
  EXPECT_EQ((*reader)->lexical("quick", 1, Filter::all())->size(), 1u);
  EXPECT_TRUE((*reader)->lexical("quick", 0, Filter::all())->empty());
}

TEST_P(StoreConformance, FiltersEqualTheNaiveTwin) {
  const auto store = open();
  std::mt19937 random(7);
  Twin twin;
  std::vector<NewDocument> documents;
  for (int i = 0; i < 60; ++i)
    documents.push_back(
        document("d" + std::to_string(i), {"common a", "common b"}, kDimension, random_metadata(random)));
  ASSERT_STATUS_OK(store->replace(documents));
  apply_to(twin, documents);
  const auto reader = store->snapshot();
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
    const auto dense = (*reader)->dense(unit_vector(1, kDimension), 1000, filter);
    ASSERT_TRUE(dense.ok()) << dense.status().to_string();
    EXPECT_EQ(dense->size(), 2 * expected.size());
    EXPECT_EQ(document_ids(**reader, *dense), expected);
    const auto lexical = (*reader)->lexical("common", 1000, filter);
    ASSERT_TRUE(lexical.ok()) << lexical.status().to_string();
    EXPECT_EQ(lexical->size(), 2 * expected.size());
    EXPECT_EQ(document_ids(**reader, *lexical), expected);
  }
  EXPECT_GT(proper, 100u);
  std::vector<Filter> too_many(10000, Filter::equals(FilterField::kAuthor, "x"));
  EXPECT_EQ(store->list(Filter::both_of(too_many), 0, 1).status().code(), Code::kInvalidArgument);
}

TEST_P(StoreConformance, SnapshotDoesNotChange) {
  const auto store = open();
  ASSERT_STATUS_OK(
      store->replace({document("d", {"old one", "old two"}, kDimension), document("e", {"e"}, kDimension)}));
  const auto before = store->snapshot();
  const auto hits_before = (*before)->dense(unit_vector(3, kDimension), 10, Filter::all());
  ASSERT_STATUS_OK(store->replace({document("d", {"new"}, kDimension)}));
  EXPECT_EQ(*store->remove(std::vector<std::string>{"e"}), 1u);
  for (int i = 0; i < 50; ++i)
    ASSERT_STATUS_OK(store->replace({document("more" + std::to_string(i), {"old filler"}, kDimension)}));
  const auto hits_again = (*before)->dense(unit_vector(3, kDimension), 10, Filter::all());
  ASSERT_EQ(hits_again->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ((*hits_again)[i].row, (*hits_before)[i].row);
  const auto texts = texts_of(**before, hits_again);
  EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()),
            (std::set<std::string>{"old one", "old two", "e"}));
  EXPECT_EQ((*before)->lexical("old", 100, Filter::all())->size(), 2u);
  EXPECT_TRUE((*before)->lexical("new", 100, Filter::all())->empty());
  const auto after = store->snapshot();
  EXPECT_EQ((*after)->dense(unit_vector(3, kDimension), 1000, Filter::all())->size(), 51u);
  EXPECT_EQ((*after)->chunks(std::vector{(*hits_before)[0].row}).status().code(), Code::kNotFound);
}

TEST_P(StoreConformance, RandomHistoryWithReopening) {
  std::mt19937 random(11);
  Twin twin;
  auto store = open();
  for (int step = 0; step < 120; ++step) {
    const auto id = [&] { return "d" + std::to_string(random() % 40); };
    if (random() % 4 != 0) {
      std::vector<NewDocument> documents;
      for (unsigned n = 1 + random() % 5; n > 0; --n) {
        std::vector<std::string> texts;
        for (unsigned c = random() % 5; c > 0; --c) texts.push_back("t" + std::to_string(random() % 1000));
        documents.push_back(document(id(), texts, kDimension, random_metadata(random)));
      }
      ASSERT_STATUS_OK(store->replace(documents));
      apply_to(twin, documents);
    } else if (random() % 2 != 0) {
      const std::vector<std::string> ids = {id(), id(), id()};
      std::size_t expected = 0;
      for (const auto& one : ids) expected += twin.erase(one);
      EXPECT_EQ(*store->remove(ids), expected);
    } else {
      const Filter filter = random_filter(random);
      const std::size_t before = twin.size();
      std::erase_if(twin,
                    [&](const auto& entry) { return matches(filter, entry.first, entry.second.metadata); });
      EXPECT_EQ(*store->remove(filter), before - twin.size());
    }
    if (random() % 10 == 0) {
      store.reset();
      store = open();
    }
    ASSERT_EQ(difference(*store, twin, kDimension), "") << "step " << step;
  }
}

// Writers replace pairs of documents; every snapshot must show each pair whole, of one version, never older
// than before.
TEST_P(StoreConformance, WritersAndReadersTogether) {
  constexpr int kWriters = 3, kPairs = 2, kVersions = 25;
  const auto store = open();
  std::atomic<int> writing{kWriters};
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (std::int64_t version = 1; version <= kVersions; ++version) {
        for (int p = 0; p < kPairs; ++p) {
          const Status status = write_pair(*store, w * kPairs + p, version, kDimension);
          EXPECT_TRUE(status.ok()) << status.to_string();
        }
      }
      --writing;
    });
  }
  for (int r = 0; r < 3; ++r) {
    threads.emplace_back([&] {
      std::vector<std::int64_t> newest(kWriters * kPairs, -1);
      for (bool last = false; !last;) {
        last = writing == 0;
        const auto reader = store->snapshot();
        ASSERT_TRUE(reader.ok()) << reader.status().to_string();
        for (int pair = 0; pair < kWriters * kPairs; ++pair) {
          const auto version = read_pair(**reader, pair, kDimension);
          ASSERT_TRUE(version.ok()) << version.status().to_string();
          if (*version < 0) continue;
          EXPECT_GE(*version, newest[static_cast<std::size_t>(pair)]);
          newest[static_cast<std::size_t>(pair)] = *version;
        }
        ASSERT_TRUE(store->list(Filter::all(), 0, 100).ok());
      }
      for (const std::int64_t version : newest) EXPECT_EQ(version, kVersions);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store->stats()->documents, kWriters * kPairs * 2);
}

}  // namespace
}  // namespace rappel
