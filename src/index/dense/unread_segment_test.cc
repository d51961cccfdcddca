// Segments whose codes are lost: they keep their rows until they are encoded again.
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "index/dense/dense_files.h"
#include "index/dense/dense_index.h"
#include "index/dense/dense_segment.h"
#include "index/dense/test_vectors.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr int kDimension = 64;
constexpr std::size_t kSegmentRows = 256;

class UnreadSegments : public testing::Test {
 protected:
  static std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t end) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(end - first));
    std::iota(rows.begin(), rows.end(), first);
    return rows;
  }
  std::span<const float> vector(std::int64_t row) const {
    return std::span(vectors_).subspan(static_cast<std::size_t>(row) * kDimension, kDimension);
  }
  void append(DenseIndexBuilder& builder, std::int64_t first, std::int64_t end) const {
    builder.append(numbers(first, end),
                   std::span(vectors_).subspan(static_cast<std::size_t>(first) * kDimension,
                                               static_cast<std::size_t>(end - first) * kDimension));
  }
  // The rows that a search of everything finds, in order.
  std::vector<std::int64_t> found(const DenseIndex& index) const {
    const auto exact = [&](std::span<RowScore> rows) -> Status {
      for (RowScore& row : rows) row.score = static_cast<float>(dot_of(vector(row.row), vector(0)));
      return {};
    };
    const auto scored = index.search({.query = vector(0), .k = 5000}, exact);
    EXPECT_TRUE(scored.ok());
    std::vector<std::int64_t> rows;
    for (const RowScore& row : *scored) rows.push_back(row.row);
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  DenseIndex::Segment encoded(const DenseIndex& index, std::span<const std::int64_t> rows) const {
    const auto fresh = std::make_shared<DenseSegment>(index.codec(), rows.size());
    std::vector<float> batch;
    for (const std::int64_t row : rows) batch.insert(batch.end(), vector(row).begin(), vector(row).end());
    fresh->encode(rows, batch, 0);
    fresh->published = rows.size();
    return {fresh, rows.size(), rows.size(), 0};
  }

  std::vector<float> vectors_ = make_vectors(Spectrum::kClustered, 1000, kDimension, 2);
};

std::vector<std::int64_t> joined(std::vector<std::int64_t> a, const std::vector<std::int64_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_F(UnreadSegments, AreLeftOutUntilTheyAreReplaced) {
  DenseIndexBuilder builder{DenseIndex(kDimension, kSegmentRows)};
  append(builder, 1, 100);
  builder.adopt_unread(numbers(100, 500));
  append(builder, 500, 600);
  DenseIndex index = std::move(builder).finish();
  EXPECT_EQ(index.size(), 599u);
  EXPECT_EQ(index.rows(), numbers(1, 600));
  EXPECT_EQ(found(index), joined(numbers(1, 100), numbers(500, 600)));
  ASSERT_EQ(index.unread().size(), 2u);
  EXPECT_EQ(index.unread()[0].first, 100);
  EXPECT_EQ(index.unread()[1].first + index.unread()[1].count, 500);

  // Rows are removed while nobody has read them.
  DenseIndexBuilder removing(index);
  removing.remove({300, 20});
  removing.remove({90, 20});
  index = std::move(removing).finish();
  EXPECT_EQ(index.size(), 559u);
  const std::vector<std::int64_t> living =
      joined(joined(numbers(1, 90), numbers(110, 300)), numbers(320, 600));
  EXPECT_EQ(index.rows(), living);

  while (const auto outdated = index.outdated()) {
    DenseIndexBuilder replacing(index);
    ASSERT_TRUE(replacing.replace(*outdated->codes, encoded(index, outdated->rows)));
    index = std::move(replacing).finish();
  }
  EXPECT_TRUE(index.unread().empty());
  EXPECT_EQ(found(index), living);
}

TEST_F(UnreadSegments, OneThatIsReplacedMayHaveLostRowsMeanwhile) {
  DenseIndexBuilder builder{DenseIndex(kDimension, kSegmentRows)};
  builder.adopt_unread(numbers(1, 200));
  DenseIndex index = std::move(builder).finish();
  const auto outdated = index.outdated();
  DenseIndexBuilder removing(index);
  removing.remove({50, 10});
  index = std::move(removing).finish();
  DenseIndexBuilder replacing(index);
  ASSERT_TRUE(replacing.replace(*outdated->codes, encoded(index, outdated->rows)));
  EXPECT_EQ(found(std::move(replacing).finish()), joined(numbers(1, 50), numbers(60, 200)));
}

TEST_F(UnreadSegments, ASegmentWhoseFileIsDamagedBecomesOne) {
  DenseIndexBuilder builder{DenseIndex(kDimension, kSegmentRows)};
  append(builder, 1, 600);
  const DenseIndex index = std::move(builder).finish();
  const TempDir folder;
  DenseIndexBuilder mapping{DenseIndex(kDimension, kSegmentRows)};
  mapping.set_codec(index.codec());
  std::vector<fs::path> paths;
  for (const DenseIndex::Segment& segment : index.segments()) {
    paths.push_back(folder.path() / std::to_string(segment.codes->rows()[0]));
    ASSERT_TRUE(write_file_atomic(paths.back(), write_segment(segment, "")).ok());
    const auto file = MappedFile::open(paths.back());
    ASSERT_TRUE(file.ok());
    const auto mapped = map_segment(*file, index.codec(), "", kSegmentRows);
    ASSERT_TRUE(mapped.ok());
    mapping.adopt(*mapped);
  }
  DenseIndex mapped = std::move(mapping).finish();
  fs::resize_file(paths[1], 4096);
  (void)found(mapped);
  ASSERT_TRUE(mapped.is_damaged());
  // Rows of documents; some were removed since.
  const std::vector<RowRange> living = {{1, 299}, {310, 291}};
  DenseIndexBuilder forgetting(mapped);
  forgetting.forget_damaged(living);
  mapped = std::move(forgetting).finish();
  EXPECT_FALSE(mapped.is_damaged());
  ASSERT_EQ(mapped.unread().size(), 1u);
  EXPECT_EQ(mapped.unread()[0].first, 257);
  EXPECT_EQ(mapped.unread()[0].count, 256);
  EXPECT_EQ(found(mapped), joined(numbers(1, 257), numbers(513, 600)));
  const auto outdated = mapped.outdated();
  ASSERT_TRUE(outdated);
  EXPECT_EQ(outdated->rows, joined(numbers(257, 300), numbers(310, 513)));
}

TEST_F(UnreadSegments, AWiderBoundScoresMoreRows) {
  std::size_t rescored[2];
  for (const float factor : {1.0f, 2.0f}) {
    DenseIndexBuilder builder{DenseIndex(kDimension, kSegmentRows)};
    builder.set_codec(
        std::make_shared<const DenseCodec>(DenseCodec::trained(kDimension, vectors_, vectors_.size())));
    builder.set_widening(factor);
    append(builder, 1, 1000);
    const DenseIndex index = std::move(builder).finish();
    DenseTrace trace;
    const auto exact = [](std::span<RowScore>) -> Status { return {}; };
    ASSERT_TRUE(index.search({.query = vector(0), .k = 5, .trace = &trace}, exact).ok());
    rescored[factor > 1 ? 1 : 0] = trace.rescored;
  }
  EXPECT_GT(rescored[1], rescored[0]);
}

}  // namespace
}  // namespace rappel
