#include "index/dense/dense_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "index/dense/dense_segment.h"
#include "index/dense/test_vectors.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr int kDimension = 640;

std::shared_ptr<const DenseCodec> trained() {
  return std::make_shared<const DenseCodec>(
      DenseCodec::trained(kDimension, make_vectors(Spectrum::kClustered, 1000, kDimension, 1), 1000));
}

DenseIndex index_of(const std::shared_ptr<const DenseCodec>& codec, const std::vector<float>& vectors,
                    std::size_t rows) {
  DenseIndexBuilder builder{DenseIndex(kDimension, 256)};
  builder.set_codec(codec);
  std::vector<std::int64_t> numbers(rows);
  std::iota(numbers.begin(), numbers.end(), 10);
  builder.append(numbers, vectors);
  return std::move(builder).finish();
}

// Rows and scores of a search without exact scores.
std::vector<RowScore> search(const DenseIndex& index, std::span<const float> query,
                             const std::vector<float>& vectors) {
  const ExactScores exact = [&](std::span<RowScore> rows) -> Status {
    for (RowScore& row : rows)
      row.score = static_cast<float>(
          dot_of(std::span(vectors).subspan(static_cast<std::size_t>(row.row - 10) * kDimension, kDimension),
                 query));
    return {};
  };
  DenseRequest request;
  request.query = query;
  request.k = 10;
  return index.search(request, exact).value();
}

TEST(DenseFiles, ACodecThatWasReadEncodesTheSame) {
  for (const auto& codec : {trained(), std::make_shared<const DenseCodec>(kDimension)}) {
    const auto read = read_codec(write_codec(*codec), kDimension);
    ASSERT_TRUE(read.ok()) << read.status().to_string();
    EXPECT_EQ((*read)->bits(), codec->bits());
    EXPECT_EQ((*read)->parts().trained_at, codec->parts().trained_at);
    const std::vector<float> vector = make_vectors(Spectrum::kClustered, 1, kDimension, 5);
    DenseSegment a(codec, 64), b(*read, 64);
    const std::int64_t row = 1;
    a.encode({&row, 1}, vector, 0);
    b.encode({&row, 1}, vector, 0);
    EXPECT_TRUE(std::equal(a.fine(0), a.fine(0) + codec->fine_bytes(), b.fine(0)));
    if (codec->has_codes()) {
      EXPECT_TRUE(std::equal(a.arrays().codes, a.arrays().codes + codec->code_words(), b.arrays().codes));
    }
    EXPECT_EQ(codec->query(vector).planes, (*read)->query(vector).planes);
  }
  EXPECT_EQ(read_codec(write_codec(*trained()), 384).status().code(), Code::kCorrupt);
}

TEST(DenseFiles, ASegmentThatWasReadFindsTheSame) {
  const TempDir folder;
  const std::vector<float> vectors = make_vectors(Spectrum::kClustered, 700, kDimension, 2);
  for (const auto& codec : {trained(), std::make_shared<const DenseCodec>(kDimension)}) {
    const DenseIndex index = index_of(codec, vectors, 700);
    DenseIndexBuilder builder{DenseIndex(kDimension, 256)};
    builder.set_codec(codec);
    for (const DenseIndex::Segment& segment : index.segments()) {
      const std::string content = write_segment(segment, "the codec");
      const fs::path path = folder.path() / std::to_string(segment.codes->rows()[0]);
      ASSERT_TRUE(write_file_atomic(path, content).ok());
      const auto file = MappedFile::open(path).value();
      EXPECT_EQ(map_segment(file, codec, "another", 256).status().code(), Code::kCorrupt);
      EXPECT_EQ(map_segment(file, codec, "the codec", 32).status().code(), Code::kCorrupt);
      const auto read = map_segment(file, codec, "the codec", 256);
      ASSERT_TRUE(read.ok()) << read.status().to_string();
      EXPECT_EQ(read->error, segment.error);
      builder.adopt(*read);
    }
    // The last segment has room, so it goes on in memory.
    std::vector<std::int64_t> more = {5000};
    builder.append(more, make_vectors(Spectrum::kClustered, 1, kDimension, 77));
    builder.remove({5000, 1});
    const DenseIndex again = std::move(builder).finish();
    EXPECT_EQ(again.rows(), index.rows());
    EXPECT_EQ(again.segments().size(), index.segments().size());
    const std::vector<float> queries = make_vectors(Spectrum::kClustered, 5, kDimension, 3);
    for (std::size_t q = 0; q < 5; ++q) {
      const auto query = std::span<const float>(queries).subspan(q * kDimension, kDimension);
      EXPECT_EQ(search(again, query, vectors), search(index, query, vectors));
    }
  }
}

TEST(DenseFiles, SegmentsAreEncodedAgainWithAnotherCodec) {
  const std::vector<float> vectors = make_vectors(Spectrum::kClustered, 300, kDimension, 2);
  DenseIndex index = index_of(std::make_shared<const DenseCodec>(kDimension), vectors, 300);
  const auto codec = trained();
  {
    DenseIndexBuilder builder(index);
    builder.set_codec(codec);
    builder.remove({20, 5});
    index = std::move(builder).finish();
  }
  EXPECT_EQ(index.codec(), codec);
  while (const auto outdated = index.outdated()) {
    auto fresh = std::make_shared<DenseSegment>(codec, 256);
    std::vector<float> of_rows;
    for (const std::int64_t row : outdated->rows)
      of_rows.insert(of_rows.end(), vectors.begin() + (row - 10) * kDimension,
                     vectors.begin() + (row - 9) * kDimension);
    fresh->encode(outdated->rows, of_rows, 0);
    fresh->published = outdated->rows.size();
    DenseIndexBuilder builder(index);
    // A row that was removed meanwhile stays removed; one that the fresh segment lacks keeps the old segment.
    builder.remove({outdated->rows[1], 1});
    EXPECT_FALSE(builder.replace(*outdated->codes, {fresh, 3, 3, 0}));
    EXPECT_TRUE(builder.replace(*outdated->codes, {fresh, outdated->rows.size(), outdated->rows.size(), 0}));
    EXPECT_FALSE(builder.replace(*outdated->codes, {fresh, 3, 3, 0}));
    index = std::move(builder).finish();
    const std::vector<std::int64_t> rows = index.rows();
    EXPECT_FALSE(std::binary_search(rows.begin(), rows.end(), outdated->rows[1]));
    EXPECT_TRUE(std::binary_search(rows.begin(), rows.end(), outdated->rows[0]));
  }
  EXPECT_EQ(index.size(), 300u - 5 - 2);
  EXPECT_GT(index.segments().front().error, 0);
}

}  // namespace
}  // namespace rappel
