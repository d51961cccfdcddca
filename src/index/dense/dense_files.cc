#include "index/dense/dense_files.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
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

template <class T>
Status point_to(const Sections& sections, std::uint32_t id, std::size_t count, T*& to) {
  RAPPEL_ASSIGN(const T* const values, sections.values<T>(id, count));
  to = const_cast<T*>(values);  // a mapped segment is not writable
  return {};
}

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
    return damaged_index_file("a codec of another shape");
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

Result<DenseIndex::Segment> map_segment(std::shared_ptr<const MappedFile> file,
                                        std::shared_ptr<const DenseCodec> codec, std::string_view codec_name,
                                        std::size_t most) {
  const std::string_view content(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  RAPPEL_ASSIGN(const Sections sections, Sections::parse(content, IndexFileKind::kDenseSegment));
  SegmentSize size{};
  RAPPEL_TRY(sections.copy(kSize, &size, 1));
  std::string name(sections.bytes(kCodecName), '\0');
  RAPPEL_TRY(sections.copy(kCodecName, name.data(), name.size()));
  if (name != codec_name) return damaged_index_file("another codec");
  const std::size_t n = size.rows, coded = codec->has_codes() ? n : 0;
  if (n == 0 || n > most || !std::isfinite(size.error))
    return damaged_index_file("an impossible number of rows");
  RAPPEL_ASSIGN(const std::int64_t* const rows, sections.values<std::int64_t>(kRows, n));
  DenseArrays arrays;
  RAPPEL_TRY(point_to(sections, kFine, n * codec->fine_bytes(), arrays.fine));
  RAPPEL_TRY(point_to(sections, kScale, n, arrays.scale));
  RAPPEL_TRY(point_to(sections, kOffset, n, arrays.offset));
  RAPPEL_TRY(point_to(sections, kCodes, coded * codec->code_words(), arrays.codes));
  RAPPEL_TRY(point_to(sections, kFactor, coded, arrays.factor));
  RAPPEL_TRY(point_to(sections, kOnes, coded, arrays.ones));
  if (rows[0] < 1 || std::adjacent_find(rows, rows + n, std::greater_equal<>()) != rows + n)
    return damaged_index_file("rows that do not ascend");
  file->release(file->bytes());
  auto codes = std::make_shared<DenseSegment>(std::move(codec), n, std::move(file), rows, arrays);
  return DenseIndex::Segment{std::move(codes), n, n, size.error};
}

}  // namespace rappel
