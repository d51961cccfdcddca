#include "store/sqlite/index_keeper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "store/sqlite/log_guard.h"
#include "store/sqlite/stored_vectors.h"
#include "store/sqlite/test_index_store.h"
#include "store/sqlite/test_sql.h"
#include "testing/temp_dir.h"
#include "text/words/words_version.h"

namespace rappel::sqlite {
namespace {

// A store of 60 documents that was closed, with its index.
class IndexFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto store = open_store(folder_.path());
    fill(*store, 0, 60);
    ASSERT_TRUE(store->remove(std::vector<std::string>{"d7", "d8"}).ok());
    expected_ = answers(*store);
  }
  TempDir folder_;
  std::vector<std::pair<std::string, float>> expected_;
};

TEST_F(IndexFiles, AStoreThatWasClosedHasItsIndexOnDisk) {
  const auto before = files_of(folder_.path());
  std::map<std::string, int> kinds;
  for (const auto& [name, content] : before) ++kinds[name.substr(0, name.find('-'))];
  EXPECT_EQ(kinds, (std::map<std::string, int>{
                       {"dense", 1}, {"lock", 1}, {"manifest", 1}, {"sparse", 2}, {"words", 2}}));
  const fs::file_status status = fs::status(folder_.path() / "index" / "manifest");
  EXPECT_EQ(status.permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
  EXPECT_EQ(answers(*open_store(folder_.path())), expected_);
  EXPECT_EQ(files_of(folder_.path()), before);
}

TEST_F(IndexFiles, ChangesAfterTheSaveAreFound) {
  {
    const auto store = open_store(folder_.path());
    fill(*store, 100, 3);
    ASSERT_TRUE(store->remove(std::vector<std::string>{"d1"}).ok());
    expected_ = answers(*store);
  }
  EXPECT_EQ(answers(*open_store(folder_.path())), expected_);
  // As after a kill: the files are older than the database.
  const auto older = files_of(folder_.path());
  {
    const auto store = open_store(folder_.path());
    fill(*store, 200, 2);
    ASSERT_TRUE(store->remove(std::vector<std::string>{"d2"}).ok());
    expected_ = answers(*store);
  }
  for (const auto& [name, content] : older) {
    std::ofstream(folder_.path() / "index" / name, std::ios::binary) << content;
  }
  EXPECT_EQ(answers(*open_store(folder_.path())), expected_);
}

TEST_F(IndexFiles, DamagedAndMissingFilesCostNoAnswer) {
  std::mt19937 random(5);
  const auto good = files_of(folder_.path());
  for (const auto& [name, content] : good) {
    for (int round = 0; round < 12; ++round) {
      std::string damaged = content;
      if (round == 0) {
        fs::remove(folder_.path() / "index" / name);
      } else {
        if (round == 1) damaged.clear();
        if (round == 2) damaged.resize(content.size() / 2);
        if (round > 2 && !content.empty()) {
          const std::size_t bit = random() % (8 * content.size());
          damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        }
        std::ofstream(folder_.path() / "index" / name, std::ios::binary | std::ios::trunc) << damaged;
      }
      EXPECT_EQ(answers(*open_store(folder_.path())), expected_) << name << ", round " << round;
      // A damaged index is written again.
      EXPECT_EQ(files_of(folder_.path()).count("manifest"), 1u);
    }
  }
}

TEST_F(IndexFiles, AFileThatIsCutUnderAnOpenStoreCostsNoAnswer) {
  const auto store = open_store(folder_.path());
  for (const auto& [name, content] : files_of(folder_.path()))
    if (name.starts_with("dense-") || name.starts_with("words-"))
      fs::resize_file(folder_.path() / "index" / name, 4096);
  EXPECT_EQ(answers(*store), expected_);
  EXPECT_EQ(answers(*store), expected_);
}

TEST_F(IndexFiles, TextsAreReadOnlyIfAFileCannotBeUsed) {
  run_sql(sqlite_store_file(folder_.path()), "UPDATE chunks SET text = 'other' WHERE row = 333");
  EXPECT_EQ(answers(*open_store(folder_.path())), expected_);
  for (const auto& [name, content] : files_of(folder_.path()))
    if (name.starts_with("words-")) fs::remove(folder_.path() / "index" / name);
  EXPECT_EQ(open_sqlite_store(options_of(folder_.path())).status().code(), Code::kCorrupt);
}

TEST_F(IndexFiles, WordsOfOtherRulesAreNotUsed) {
  std::uint64_t store_id = 0;
  {
    const auto db = Connection::open(sqlite_store_file(folder_.path()), 1000).value();
    store_id = read_store_id(*db).value();
  }
  for (const std::string& rules : {words_version(), std::string("rules 0")}) {
    IndexFolder folder(folder_.path() / "index", {store_id, kDimension, rules});
    const auto manifest = folder.manifest();
    ASSERT_TRUE(manifest);
    ASSERT_EQ(manifest->words.size(), 2u);
    EXPECT_EQ(folder.load(PostingsKind::kWords, manifest->words[0]).ok(), rules == words_version());
    EXPECT_TRUE(folder.load(manifest->segments[0]).ok());
  }
}

TEST_F(IndexFiles, TheScanOfAllVectorsFindsTheSame) {
  const auto store = open_store(folder_.path());
  ConnectionPool readers(sqlite_store_file(folder_.path()), 1000);
  const PooledConnection db(readers, readers.take().value());
  IndexCache cache(kDimension);
  const DenseIndex index = cache.begin_read(*db).value().index.dense;
  const std::vector<RowRange> some = {{1, 5}, {150, 2000}, {4000, 1}};
  const std::span<const RowRange> ranges = some;
  const std::span<const RowRange>* const filters[] = {nullptr, &ranges};
  for (const auto* filter : filters) {
    const std::vector<float> query = unit_vector(3, kDimension);
    StoredVectors stored(*db, kDimension);
    DenseRequest request{.query = query, .k = 10, .ranges = filter};
    const auto found =
        index.search(request, [&](std::span<RowScore> rows) { return stored.score(query, rows); });
    EXPECT_EQ(*found, *stored.scan(query, 10, filter));
    EXPECT_EQ(found->size(), 10u);
  }
}

TEST_F(IndexFiles, FilesOfAnotherHistoryAreNotBelieved) {
  // The same store, whose documents were written once more: other vectors under the same rows.
  TempDir other;
  fs::copy(folder_.path(), other.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  {
    const auto store = open_store(other.path());
    fill(*store, 100, 50, 1);
  }
  {
    const auto store = open_store(folder_.path());
    fill(*store, 100, 50, 2);
    expected_ = answers(*store);
  }
  fs::remove_all(folder_.path() / "index");
  fs::copy(other.path() / "index", folder_.path() / "index", fs::copy_options::recursive);
  EXPECT_EQ(answers(*open_store(folder_.path())), expected_);
  // And of another store.
  TempDir third;
  {
    const auto store = open_store(third.path());
    fill(*store, 0, 60, 3);
    expected_ = answers(*store);
  }
  fs::remove_all(third.path() / "index");
  fs::copy(other.path() / "index", third.path() / "index", fs::copy_options::recursive);
  EXPECT_EQ(answers(*open_store(third.path())), expected_);
}

TEST_F(IndexFiles, OneProcessWritesTheFiles) {
  const auto first = open_store(folder_.path());
  fill(*first, 100, 1);
  {
    const auto second = open_store(folder_.path());
    EXPECT_EQ(answers(*second), answers(*first));
    fill(*second, 101, 1);
  }
  EXPECT_EQ(answers(*open_store(folder_.path())), answers(*first));
}

TEST_F(IndexFiles, AFolderThatCannotBeWrittenIsNoError) {
  fs::remove_all(folder_.path() / "index");
  std::ofstream(folder_.path() / "index") << "a file";
  {
    const auto store = open_store(folder_.path());
    fill(*store, 100, 1);
    expected_ = answers(*store);
  }
  EXPECT_EQ(answers(*open_store(folder_.path())), expected_);
}

TEST_F(IndexFiles, RecallIsTheShareOfTheTrueNearest) {
  ConnectionPool readers(sqlite_store_file(folder_.path()), 1000);
  const PooledConnection db(readers, readers.take().value());
  IndexCache cache(kDimension);
  const DenseIndex index = cache.begin_read(*db).value().index.dense;
  const auto recall = IndexRecall::measure(*db, index, [] { return false; });
  ASSERT_TRUE(recall.ok()) << recall.status().to_string();
  EXPECT_EQ(recall->of(*db, index).value(), 1);
  // Every second document is not searched.
  std::vector<std::int64_t> lost;
  for (const std::int64_t row : index.rows())
    if ((row / 100) % 2 == 0) lost.push_back(row);
  DenseIndexBuilder half(index);
  for (const std::int64_t row : lost) half.remove({row, 1});
  const double share = recall->of(*db, std::move(half).finish()).value();
  EXPECT_GT(share, 0.3);
  EXPECT_LT(share, 0.7);
  EXPECT_EQ(IndexRecall::measure(*db, index, [] { return true; }).status().code(), Code::kCancelled);
}

// More chunks than a start reads from the database before it answers.
class LostIndex : public testing::Test {
 protected:
  void SetUp() override {
    const auto store = open_store(folder_.path());
    fill(*store, 0, 210);
    ASSERT_TRUE(store->remove(std::vector<std::string>{"d7"}).ok());
    expected_ = all_answers(*store);
  }
  static std::vector<std::pair<std::string, float>> all_answers(SnapshotStore& store) {
    auto found = answers(store);
    for (const Filter& filter : {Filter::document("d3"), Filter::exists("author", false)}) {
      const auto chunks = store.search(SearchRequest::dense(unit_vector(5, kDimension), 20, filter));
      EXPECT_TRUE(chunks.ok()) << chunks.status().to_string();
      for (const FoundChunk& hit : *chunks) found.emplace_back(hit.chunk.id, hit.score);
    }
    return found;
  }
  void change_segments(const std::function<void(const fs::path&)>& change) const {
    for (const auto& [name, content] : files_of(folder_.path()))
      if (name.starts_with("dense-")) change(folder_.path() / "index" / name);
  }
  // Until the keeper has done its work.
  void expect_recovery(SnapshotStore& store) const {
    EXPECT_TRUE(store.index_health().degraded);
    EXPECT_EQ(all_answers(store), expected_);
    while (store.index_health().degraded) std::this_thread::yield();  // or the test times out
    EXPECT_EQ(all_answers(store), expected_);
  }
  TempDir folder_;
  std::vector<std::pair<std::string, float>> expected_;
};

TEST_F(LostIndex, IsEncodedAgainInTheBackground) {
  change_segments([](const fs::path& file) { fs::remove(file); });
  {
    const auto store = open_store(folder_.path());
    EXPECT_TRUE(store->index_health().degraded);
    // Removals and uploads go on meanwhile.
    ASSERT_TRUE(store->remove(std::vector<std::string>{"d50"}).ok());
    fill(*store, 300, 1);
    const std::size_t found = expected_.size();
    expected_ = all_answers(*store);
    EXPECT_EQ(expected_.size(), found);
    expect_recovery(*store);
  }
  const auto store = open_store(folder_.path());
  EXPECT_FALSE(store->index_health().degraded);
  EXPECT_EQ(all_answers(*store), expected_);
}

TEST_F(LostIndex, UnderAnOpenStoreCostsNoAnswer) {
  const auto store = open_store(folder_.path());
  EXPECT_FALSE(store->index_health().degraded);
  change_segments([](const fs::path& file) { fs::resize_file(file, 4096); });
  EXPECT_EQ(all_answers(*store), expected_);
  expect_recovery(*store);
}

// With the parts themselves, so that the end of the background work can be waited for.
TEST(IndexKeeper, TrainsAndEncodesAgainWhileTheStoreChanges) {
  TempDir folder;
  std::vector<std::pair<std::string, float>> expected;
  {
    const auto store = open_store(folder.path());
    fill(*store, 0, 340);
    expected = answers(*store);
  }
  fs::remove_all(folder.path() / "index");
  const fs::path file = sqlite_store_file(folder.path());
  ConnectionPool readers(file, 1000);
  std::uint64_t store_id = 0;
  {
    const PooledConnection db(readers, readers.take().value());
    store_id = read_store_id(*db).value();
  }
  IndexFolder index_folder(folder.path() / "index", {store_id, kDimension, words_version()});
  IndexCache cache(kDimension, &index_folder);
  const auto sync = [&] {
    const PooledConnection db(readers, readers.take().value());
    return cache.begin_read(*db).value().index.dense;
  };
  EXPECT_FALSE(sync().codec()->has_codes());
  {
    IndexKeeper keeper(cache, readers, index_folder,
                       {std::chrono::milliseconds(0), std::chrono::milliseconds(0)});
    keeper.wait();
    EXPECT_TRUE(cache.newest().index.dense.codec()->has_codes());
    EXPECT_FALSE(cache.newest().index.dense.outdated());
    EXPECT_EQ(cache.newest().index.size(), 34'000u);
    EXPECT_GT(cache.newest().index.dense.segments().front().error, 0);
    // The words of 32 768 rows are in a file, those after them in memory only.
    const IndexFolder::Unsaved unsaved = index_folder.unsaved(cache.newest().index);
    EXPECT_EQ(unsaved.large, 0u);
    EXPECT_EQ(index_folder.manifest()->words.size(), cache.newest().index.words.blocks().size());
    while (!keeper.recall()) std::this_thread::yield();  // or the test times out
    EXPECT_GE(*keeper.recall(), 0.99);
    EXPECT_EQ(cache.newest().index.dense.widening(), 1);
  }
  {
    // Bounds that are too narrow are noticed.
    cache.change([](ChunkIndexBuilder& builder) { builder.dense.set_widening(0.001f); });
    IndexKeeper keeper(cache, readers, index_folder,
                       {std::chrono::milliseconds(0), std::chrono::milliseconds(0)});
    while (!keeper.recall()) std::this_thread::yield();
    EXPECT_GE(*keeper.recall(), 0.99);
    EXPECT_GT(cache.newest().index.dense.widening(), 0.001f);
  }
  const auto manifest = IndexFolder(folder.path() / "index", {store_id, kDimension}).manifest();
  ASSERT_TRUE(manifest);
  EXPECT_FALSE(manifest->codec.empty());
  ASSERT_EQ(manifest->segments.size(), 1u);
  EXPECT_EQ(answers(*open_store(folder.path())), expected);
}

}  // namespace
}  // namespace rappel::sqlite
