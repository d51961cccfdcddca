// Snapshots, random histories, and writers beside readers.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "store/conformance/store_conformance.h"
#include "store/conformance/versioned_pairs.h"

namespace rappel {
namespace {

TEST_P(StoreConformance, SnapshotDoesNotChange) {
  const auto store = open();
  NEEDS(store->info().snapshots);
  ASSERT_STATUS_OK(
      store->upsert({document("d", {"old one", "old two"}, kDimension), document("e", {"e"}, kDimension)}));
  const auto before = open_reader(*store);
  const auto hits_before = dense(**before, unit_vector(3, kDimension), 10, Filter::all());
  ASSERT_STATUS_OK(store->upsert({document("d", {"new"}, kDimension)}));
  EXPECT_EQ(*store->remove(std::vector<std::string>{"e"}), 1u);
  for (int i = 0; i < 50; ++i)
    ASSERT_STATUS_OK(store->upsert({document("more" + std::to_string(i), {"old filler"}, kDimension)}));
  const auto hits_again = dense(**before, unit_vector(3, kDimension), 10, Filter::all());
  ASSERT_EQ(hits_again->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ((*hits_again)[i].key, (*hits_before)[i].key);
  const auto texts = texts_of(**before, hits_again);
  EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()),
            (std::set<std::string>{"old one", "old two", "e"}));
  EXPECT_EQ(lexical(**before, "old", 100, Filter::all())->size(), 2u);
  EXPECT_TRUE(lexical(**before, "new", 100, Filter::all())->empty());
  const std::vector<TokenWeight> weights = {{250'000, 1}};  // every chunk has it
  EXPECT_EQ((*before)->search(SearchRequest::sparse(weights, 100))->size(), 3u);
  const auto after = open_reader(*store);
  EXPECT_EQ((*after)->search(SearchRequest::sparse(weights, 100))->size(), 51u);
  EXPECT_EQ(dense(**after, unit_vector(3, kDimension), 1000, Filter::all())->size(), 51u);
  EXPECT_EQ((*after)->chunks(std::vector{(*hits_before)[0].key}).status().code(), Code::kNotFound);
  EXPECT_EQ((*after)->score(std::vector{(*hits_before)[0].key}, SparseSignal{weights}).status().code(),
            Code::kNotFound);
  EXPECT_EQ((*before)->score(std::vector{(*hits_before)[0].key}, SparseSignal{weights})->front(), 1.75f);
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
      ASSERT_STATUS_OK(store->upsert(documents));
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
    if (random() % 10 == 0 && store->info().durability != Durability::kMemory) {
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
  NEEDS(store->info().snapshots);
  NEEDS(store->info().atomic_batch());
  NEEDS(store->info().lexical);
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
        const auto reader = open_reader(*store);
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
