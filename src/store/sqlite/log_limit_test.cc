#include "store/sqlite/log_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "store/conformance/store_test_util.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

constexpr int kDimension = 8;
constexpr int kPages = 100;
constexpr std::uintmax_t kLimit = 2 * kPages * (4096 + 24) + 32;  // bytes of a log of twice its size

class LogLimitTest : public testing::Test {
 protected:
  std::unique_ptr<SnapshotStore> open(int wait_ms) {
    SqliteStoreOptions options;
    options.folder = temp_.path() / "data";
    options.model = {"test/model", kDimension, "r1"};
    options.busy_ms = wait_ms;
    options.log = {.pages = kPages, .wait_ms = wait_ms};
    auto store = open_sqlite_store(options);
    RAPPEL_CHECK(store.ok(), store.status().to_string().c_str());
    return std::move(store).value();
  }
  // Replaces ten documents, which takes some twenty pages of the log.
  void write(DocumentStore& store) {
    std::vector<NewDocument> documents;
    for (int i = 0; i < 10; ++i)
      documents.push_back(document("d" + std::to_string(i),
                                   {"text " + std::to_string(++written_), std::string(500, 'x')},
                                   kDimension));
    ASSERT_TRUE(store.upsert(documents).ok());
    apply_to(twin_, documents);
  }
  std::uintmax_t log_bytes() const {
    return std::filesystem::file_size(temp_.path() / "data" / "rappel.db-wal");
  }
  TempDir temp_;
  Twin twin_;
  int written_ = 0;
};

TEST_F(LogLimitTest, LogStartsOverWithoutReaders) {
  const auto store = open(10000);
  for (int i = 0; i < 60; ++i) {
    write(*store);
    ASSERT_LE(log_bytes(), kLimit);
  }
  EXPECT_EQ(difference(*store, twin_, kDimension), "");
}

TEST_F(LogLimitTest, OverlappingReadersDoNotKeepTheLog) {
  const auto store = open(60000);
  write(*store);
  std::atomic<bool> done{false};
  std::thread reading([&] {
    auto reader = store->snapshot();
    while (!done) {
      auto next = store->snapshot();  // before the one before is dropped
      ASSERT_TRUE(next.ok()) << next.status().to_string();
      reader = std::move(next);
    }
  });
  for (int i = 0; i < 100; ++i) {
    write(*store);
    EXPECT_LE(log_bytes(), kLimit) << i;
  }
  done = true;
  reading.join();
  EXPECT_EQ(difference(*store, twin_, kDimension), "");
}

TEST_F(LogLimitTest, LogThatAReaderHasKeptIsTruncatedAfterIt) {
  const auto store = open(5);
  write(*store);
  const Twin before = twin_;
  auto reader = store->snapshot();
  ASSERT_TRUE(reader.ok());
  for (int i = 0; i < 60; ++i) write(*store);
  EXPECT_GT(log_bytes(), 2 * kLimit) << "the reader's state is in the log's past";
  const auto hits = dense(**reader, unit_vector(1, kDimension), 100, Filter::document("d3"));
  const auto chunks = (*reader)->chunks(keys_of(*hits));
  ASSERT_TRUE(chunks.ok()) << chunks.status().to_string();
  const std::string text = before.at("d3").chunks[0].text;
  EXPECT_TRUE(std::any_of(chunks->begin(), chunks->end(), [&](const Chunk& c) { return c.text == text; }));
  reader = Status(Code::kCancelled, "dropped");
  for (int i = 0; i < 10; ++i) write(*store);
  EXPECT_LE(log_bytes(), kLimit);
  EXPECT_EQ(difference(*store, twin_, kDimension), "");
}

}  // namespace
}  // namespace rappel
