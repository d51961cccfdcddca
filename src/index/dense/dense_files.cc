#include "index/dense/dense_files.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "index/dense/dense_segment.h"
#include "index/section_file.h"

namespace rappel {
namespace {

// Sections of a codec. docs/storage.md lists them.
enum CodecSection : std::uint32_t { kShape = 1, kMean = 2, kMatrix = 3 };
// Sections of a segment.
enum SegmentSection : std::uint32_t {
  kSize = 1,
  kCodecName = 2,
  kRows = 3,
  kFine = 4,
  kScale = 5,
  kOffset = 6,
  kCodes = 7,
  kFactor = 8,
  kOnes = 9
};

struct CodecShape {
  std::uint32_t dimension, bits, directions, unused;
  std::uint64_t trained_at;
  double energy;
};
struct SegmentSize {
  std::uint64_t rows;
  float error;
  std::uint32_t unused;
};

template <class T>
Section values(std::uint32_t id, const T* first, std::size_t count) {
  return section_of(id, std::span<const T>(first, count));
}

Status damaged(const char* what) { return Status(Code::kCorrupt, std::string("an index file has ") + what); }

}  // namespace

std::string write_codec(const DenseCodec& codec) {
  const DenseCodec::Parts& parts = codec.parts();
  const CodecShape shape{static_cast<std::uint32_t>(parts.dimension),
                         static_cast<std::uint32_t>(parts.bits),
                         static_cast<std::uint32_t>(parts.directions.count),
                         0,
                         parts.trained_at,
                         parts.directions.energy};
  const Section sections[] = {values(kShape, &shape, 1),
                              section_of(kMean, std::span<const float>(parts.mean)),
                              section_of(kMatrix, std::span<const float>(parts.directions.matrix))};
  return write_sections(IndexFileKind::kDenseCodec, sections);
}

Result<std::shared_ptr<const DenseCodec>> read_codec(std::string_view content, int dimension) {
  RAPPEL_ASSIGN(const Sections sections, Sections::parse(content, IndexFileKind::kDenseCodec));
  CodecShape shape{};
  RAPPEL_TRY(sections.copy(kShape, &shape, 1));
  const auto d = static_cast<std::size_t>(dimension);
  if (shape.dimension != d || shape.bits > d || (shape.directions != 0 && shape.directions != shape.bits))
    return damaged("a codec of another shape");
  DenseCodec::Parts parts{dimension, shape.bits, shape.trained_at, std::vector<float>(d), {}};
  RAPPEL_TRY(sections.copy(kMean, parts.mean.data(), d));
  parts.directions = {dimension, static_cast<int>(shape.directions), std::vector<float>(shape.directions * d),
                      shape.energy};
  RAPPEL_TRY(sections.copy(kMatrix, parts.directions.matrix.data(), shape.directions * d));
  return std::make_shared<const DenseCodec>(std::move(parts));
}

std::string write_segment(const DenseIndex::Segment& segment, std::string_view codec_name) {
  const DenseSegment& codes = *segment.codes;
  const DenseCodec& codec = *codes.codec();
  const DenseArrays& arrays = codes.arrays();
  const std::size_t n = segment.count, coded = codec.has_codes() ? n : 0;
  const SegmentSize size{n, segment.error, 0};
  const Section sections[] = {values(kSize, &size, 1),
                              values(kCodecName, codec_name.data(), codec_name.size()),
                              values(kRows, codes.rows(), n),
                              values(kFine, arrays.fine, n * codec.fine_bytes()),
                              values(kScale, arrays.scale, n),
                              values(kOffset, arrays.offset, n),
                              values(kCodes, arrays.codes, coded * codec.code_words()),
                              values(kFactor, arrays.factor, coded),
                              values(kOnes, arrays.ones, coded)};
  return write_sections(IndexFileKind::kDenseSegment, sections);
}

Result<DenseIndex::Segment> read_segment(std::string_view content, std::shared_ptr<const DenseCodec> codec,
                                         std::string_view codec_name, std::size_t capacity) {
  RAPPEL_ASSIGN(const Sections sections, Sections::parse(content, IndexFileKind::kDenseSegment));
  SegmentSize size{};
  RAPPEL_TRY(sections.copy(kSize, &size, 1));
  std::string name(sections.bytes(kCodecName), '\0');
  RAPPEL_TRY(sections.copy(kCodecName, name.data(), name.size()));
  if (name != codec_name) return damaged("another codec");
  const std::size_t n = size.rows, coded = codec->has_codes() ? n : 0;
  if (n == 0 || n > capacity || !std::isfinite(size.error)) return damaged("an impossible number of rows");
  auto codes = std::make_shared<DenseSegment>(codec, capacity);
  const DenseArrays& arrays = codes->arrays();
  RAPPEL_TRY(sections.copy(kRows, codes->writable_rows(), n));
  RAPPEL_TRY(sections.copy(kFine, arrays.fine, n * codec->fine_bytes()));
  RAPPEL_TRY(sections.copy(kScale, arrays.scale, n));
  RAPPEL_TRY(sections.copy(kOffset, arrays.offset, n));
  RAPPEL_TRY(sections.copy(kCodes, arrays.codes, coded * codec->code_words()));
  RAPPEL_TRY(sections.copy(kFactor, arrays.factor, coded));
  RAPPEL_TRY(sections.copy(kOnes, arrays.ones, coded));
  if (!std::is_sorted(codes->rows(), codes->rows() + n, std::less_equal<>()) || codes->rows()[0] < 1)
    return damaged("rows that do not ascend");
  codes->published = n;
  return DenseIndex::Segment{std::move(codes), n, n, size.error};
}

}  // namespace rappel
