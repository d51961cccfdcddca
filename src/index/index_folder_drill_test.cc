// The files of an index under kills, power cuts, full disks and wrong bits, while segments and blocks are
// saved, merged and removed: after each of them, the files and the rows that they lack make the same index.
//
// RAPPEL_INDEX_DRILLS sets the number of faults (50 in the ordinary run), RAPPEL_SEED where they fall.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include "base/os/file.h"
#include "index/dense/test_vectors.h"
#include "index/index_folder.h"
#include "index/postings/test_postings.h"
#include "testing/setting.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr int kDimension = 64;
constexpr std::size_t kSegmentRows = 128, kMostRows = 1200;
constexpr std::uint32_t kTerms = 30;

enum class Fault {
  kKill,       // nothing is written from some write on
  kPowerCut,   // the same, and of the write before a part is there
  kFullDisk,   // a write fails, later ones do not
  kWrongBit,   // a write is one bit wrong
  kLostWrite,  // a write is acknowledged and not there
  kCount
};

// A disk that has one fault, at its `at`-th write.
class Disk {
 public:
  Disk(Fault fault, int at, std::mt19937& random) : fault_(fault), at_(at), random_(random) {}

  Status write(const fs::path& path, std::string_view content) {
    const int now = writes_++;
    const bool hit = now == at_;
    const Status failed(Code::kUnavailable, "the disk");
    switch (fault_) {
      case Fault::kKill: return now >= at_ ? failed : put(path, content);
      case Fault::kPowerCut:
        if (hit) (void)put(path, content.substr(0, random_() % (content.size() + 1)));
        return now >= at_ ? failed : put(path, content);
      case Fault::kFullDisk: return hit ? failed : put(path, content);
      case Fault::kWrongBit: {
        std::string wrong(content);
        if (hit) wrong[random_() % wrong.size()] ^= static_cast<char>(1 << random_() % 8);
        return put(path, wrong);
      }
      default: return hit ? Status() : put(path, content);
    }
  }
  bool was_hit() const { return writes_ > at_; }

 private:
  // Another process may have the file of that name mapped.
  static Status put(const fs::path& path, std::string_view content) {
    const fs::path written = path.string() + ".new";
    std::ofstream(written, std::ios::binary | std::ios::trunc) << content;
    fs::rename(written, path);
    return {};
  }
  const Fault fault_;
  const int at_;
  std::mt19937& random_;
  int writes_ = 0;
};

// The rows that are there, as a database holds them.
class Truth {
 public:
  explicit Truth(std::mt19937& random) : random_(random) {}

  void append(std::int64_t row) {
    rows_[row] = random_entries(random_, kTerms);
    words_.add(row, rows_[row]);
  }
  void remove(RowRange range) {
    rows_.erase(rows_.lower_bound(range.first), rows_.lower_bound(range.first + range.count));
    words_.remove(range);
  }
  std::span<const float> vector(std::int64_t row) const {
    const auto place = static_cast<std::size_t>(row) % (vectors_.size() / kDimension);
    return std::span(vectors_).subspan(place * kDimension, kDimension);
  }
  const std::vector<float>& vectors() const { return vectors_; }
  // The rows from `begin` on, below `end`.
  void append_vectors(std::int64_t begin, std::int64_t end, DenseIndexBuilder& to) const {
    for (auto at = rows_.lower_bound(begin); at != rows_.lower_bound(end); ++at)
      to.append(std::span(&at->first, 1), vector(at->first));
  }
  void append_words(std::int64_t begin, std::int64_t end, PostingsIndexBuilder& to) const {
    for (auto at = rows_.lower_bound(begin); at != rows_.lower_bound(end); ++at)
      to.append(at->first, at->second);
  }
  std::vector<RowRange> living() const {
    std::vector<RowRange> ranges;
    for (const auto& [row, entries] : rows_) ranges.push_back({row, 1});
    return ranges;
  }
  std::vector<RowScore> nearest(std::span<const float> query, std::size_t k) const {
    std::vector<RowScore> found;
    for (const auto& [row, entries] : rows_)
      found.push_back({row, static_cast<float>(dot_of(vector(row), query))});
    std::ranges::sort(found, better);
    if (found.size() > k) found.resize(k);
    return found;
  }
  const PostingsTwin& words() const { return words_; }

 private:
  std::mt19937& random_;
  std::vector<float> vectors_ = make_vectors(Spectrum::kClustered, 1500, kDimension, 2);
  std::map<std::int64_t, std::vector<TermImpact>> rows_;
  PostingsTwin words_;
};

class IndexFolderDrill : public testing::Test {
 protected:
  // One process: works with what it finds until the disk fails for good.
  void work(Disk& disk) {
    IndexFolder folder(folder_.path(), source_, [&](const fs::path& path, std::string_view content) {
      return disk.write(path, content);
    });
    ASSERT_TRUE(folder.take_over());
    ChunkIndex index = load(folder);
    for (int step = 0; step < 5; ++step) {
      index = changed(index);
      const auto moved = folder.save(index, ++commit_, next_row_);
      if (!moved.ok()) continue;
      ChunkIndexBuilder builder(index);
      moved->replace_in(builder);
      index = std::move(builder).finish();
    }
    expect_truth(index);
  }
  ChunkIndex changed(const ChunkIndex& index) {
    ChunkIndexBuilder builder(index);
    if (next_row_ > 1 && random_() % 2 == 0) {
      RowRange range{static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(next_row_)),
                     static_cast<std::int64_t>(random_() % 150)};
      if (truth_.words().size() > kMostRows) range = {1, next_row_ - 300};
      builder.remove(range);
      truth_.remove(range);
    }
    if (random_() % 12 == 0)
      builder.dense.set_codec(std::make_shared<const DenseCodec>(
          DenseCodec::trained(kDimension, truth_.vectors(), truth_.vectors().size() / kDimension)));
    const std::int64_t begin = next_row_ + static_cast<std::int64_t>(random_() % 3);
    next_row_ = begin + static_cast<std::int64_t>(random_() % 100);
    for (std::int64_t row = begin; row < next_row_; ++row) truth_.append(row);
    truth_.append_vectors(begin, next_row_, builder.dense);
    for (PostingsIndexBuilder* const to : {&builder.words, &builder.sparse})
      truth_.append_words(begin, next_row_, *to);
    return std::move(builder).finish();
  }
  // From the files, and what they lack from the truth; as IndexMaker does.
  ChunkIndex load(IndexFolder& folder) const {
    ChunkIndexBuilder builder{
        {DenseIndex(kDimension, kSegmentRows), PostingsIndex(kSegmentRows), PostingsIndex(kSegmentRows)}};
    std::int64_t next_vector = 1;
    std::map<PostingsKind, std::int64_t> next = {{PostingsKind::kWords, 1}, {PostingsKind::kSparse, 1}};
    const auto of = [&](PostingsKind kind) -> PostingsIndexBuilder& {
      return kind == PostingsKind::kWords ? builder.words : builder.sparse;
    };
    if (const auto manifest = folder.manifest(); manifest && manifest->next_row <= next_row_) {
      if (const auto codec = folder.load_codec(manifest->codec); codec.ok()) {
        builder.dense.set_codec(*codec);
        for (const IndexManifest::File& file : manifest->segments) {
          const auto segment = folder.load(file);
          if (!segment.ok()) continue;
          truth_.append_vectors(next_vector, file.first, builder.dense);
          builder.dense.adopt(*segment);
          next_vector = file.last + 1;
        }
      }
      for (const PostingsKind kind : kPostingsKinds)
        for (const IndexManifest::File& file : manifest->postings(kind)) {
          const auto block = folder.load(kind, file);
          if (!block.ok()) continue;
          truth_.append_words(next[kind], file.first, of(kind));
          of(kind).append_block(*block);
          next[kind] = file.last + 1;
        }
    }
    truth_.append_vectors(next_vector, next_row_, builder.dense);
    for (const PostingsKind kind : kPostingsKinds) truth_.append_words(next[kind], next_row_, of(kind));
    builder.retain_only(truth_.living());
    return std::move(builder).finish();
  }
  void expect_truth(const ChunkIndex& index) {
    ASSERT_EQ(index.words.rows(), truth_.words().rows());
    ASSERT_EQ(index.dense.rows(), truth_.words().rows());
    const std::vector<WeightedTerm> terms = random_query(random_, kTerms);
    for (const PostingsIndex* const postings : {&index.words, &index.sparse})
      EXPECT_EQ(postings->search({.query = terms, .k = 10}), truth_.words().search(terms, 10));
    const std::span<const float> query = truth_.vector(static_cast<std::int64_t>(random_() % 1000));
    DenseIndexBuilder careful(index.dense);
    careful.set_widening(4);
    const auto exact = [&](std::span<RowScore> rows) -> Status {
      for (RowScore& row : rows) row.score = static_cast<float>(dot_of(truth_.vector(row.row), query));
      return {};
    };
    const auto found = std::move(careful).finish().search({.query = query, .k = 10}, exact);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(*found, truth_.nearest(query, 10));
  }

  TempDir folder_;
  IndexSource source_{7, kDimension, "rules"};
  std::mt19937 random_{static_cast<unsigned>(setting("RAPPEL_SEED", 1))};
  Truth truth_{random_};
  std::int64_t commit_ = 0, next_row_ = 1;
};

TEST_F(IndexFolderDrill, FaultsCostNoRowAndNoAnswer) {
  const long faults = setting("RAPPEL_INDEX_DRILLS", 50);
  long hits = 0;
  for (long i = 0; i < faults && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    Disk disk(static_cast<Fault>(random_() % static_cast<unsigned>(Fault::kCount)),
              static_cast<int>(random_() % 12), random_);
    work(disk);
    hits += disk.was_hit() ? 1 : 0;
    if (random_() % 4 != 0) continue;
    // Wrong bits while nobody looks.
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (random_() % 3 != 0 || entry.file_size() == 0) continue;
      std::string content = read_file(entry.path()).value();
      content[random_() % content.size()] ^= static_cast<char>(1 << random_() % 8);
      std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << content;
    }
  }
  EXPECT_GT(hits, faults / 3);
  // A process on a good disk leaves files that the next one takes whole.
  Disk good(Fault::kKill, 1 << 30, random_);
  work(good);
  IndexFolder folder(folder_.path(), source_);
  const ChunkIndex index = load(folder);
  EXPECT_EQ(folder.unsaved(index).large, 0u);
  expect_truth(index);
}

}  // namespace
}  // namespace rappel
