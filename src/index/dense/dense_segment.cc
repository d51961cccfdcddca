#include "index/dense/dense_segment.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"

namespace rappel {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

void DenseSegment::Unmap::operator()(std::byte* p) const { ::munmap(p, bytes); }

// Mapped pages are not there until they are written, so the capacity costs nothing, and they go back to the
// system at once. The heap keeps large blocks that were freed.
DenseSegment::DenseSegment(std::shared_ptr<const DenseCodec> codec, std::size_t capacity)
    : codec_(std::move(codec)), capacity_((capacity + kCodeBlock - 1) / kCodeBlock * kCodeBlock) {
  const std::size_t words = codec_->has_codes() ? codec_->code_words() : 0;
  const std::size_t per_code = codec_->has_codes() ? 1 : 0;
  const std::size_t sizes[] = {capacity_ * sizeof(std::int64_t),
                               capacity_ * codec_->fine_bytes(),
                               capacity_ * sizeof(float),
                               capacity_ * sizeof(float),
                               capacity_ * words * sizeof(std::uint64_t),
                               capacity_ * per_code * sizeof(float),
                               capacity_ * per_code * sizeof(std::uint16_t)};
  std::size_t total = kAlignment;
  for (const std::size_t size : sizes) total += aligned(size);
  void* const mapped = ::mmap(nullptr, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  memory_ = {static_cast<std::byte*>(mapped), Unmap(total)};
  std::byte* at = memory_.get();
  auto next = [&, i = std::size_t{0}]() mutable {
    std::byte* const begin = at;
    at += aligned(sizes[i++]);
    return static_cast<void*>(begin);
  };
  rows_ = writable_rows_ = static_cast<std::int64_t*>(next());
  arrays_.fine = static_cast<std::uint8_t*>(next());
  arrays_.scale = static_cast<float*>(next());
  arrays_.offset = static_cast<float*>(next());
  arrays_.codes = static_cast<std::uint64_t*>(next());
  arrays_.factor = static_cast<float*>(next());
  arrays_.ones = static_cast<std::uint16_t*>(next());
}

DenseSegment::DenseSegment(std::shared_ptr<const DenseCodec> codec, std::size_t count,
                           std::shared_ptr<const MappedFile> file, const std::int64_t* rows,
                           const DenseArrays& arrays)
    : published(count),
      codec_(std::move(codec)),
      capacity_((count + kCodeBlock - 1) / kCodeBlock * kCodeBlock),
      file_(std::move(file)),
      span_{rows[0], rows[count - 1] - rows[0] + 1},
      rows_(rows),
      arrays_(arrays) {}

std::shared_ptr<DenseSegment> DenseSegment::unread(int dimension, std::span<const std::int64_t> rows) {
  const auto segment =
      std::make_shared<DenseSegment>(std::make_shared<const DenseCodec>(dimension), rows.size());
  std::copy(rows.begin(), rows.end(), segment->writable_rows_);
  segment->published = rows.size();
  segment->unread_ = true;
  segment->span_ = {rows.front(), rows.back() - rows.front() + 1};
  return segment;
}

std::size_t DenseSegment::find(std::size_t from, std::size_t count, std::int64_t row) const {
  if (from >= count || rows_[from] >= row) return from;
  // Rows ascend by at least one, so this slot is not too small.
  const auto most =
      static_cast<std::size_t>(std::min(row - rows_[from], static_cast<std::int64_t>(count - from)));
  if (from + most < count && rows_[from + most] == row) return from + most;
  return static_cast<std::size_t>(std::lower_bound(rows_ + from, rows_ + from + most, row) - rows_);
}

CodeBlock DenseSegment::block(std::size_t first) const {
  return {arrays_.codes + first * codec_->code_words(), arrays_.factor + first, arrays_.offset + first,
          arrays_.ones + first};
}

void DenseSegment::encode(std::span<const std::int64_t> rows, std::span<const float> vectors,
                          std::size_t first) {
  RAPPEL_CHECK(is_writable() && first + rows.size() <= capacity_, "a segment has room");
  std::copy(rows.begin(), rows.end(), writable_rows_ + first);
  codec_->encode(vectors, arrays_, first);
}

void DenseSegment::copy(const DenseSegment& from, std::size_t from_slot, std::size_t to_slot) {
  const DenseArrays& a = from.arrays_;
  writable_rows_[to_slot] = from.rows_[from_slot];
  std::memcpy(arrays_.fine + to_slot * codec_->fine_bytes(), from.fine(from_slot), codec_->fine_bytes());
  arrays_.scale[to_slot] = a.scale[from_slot];
  arrays_.offset[to_slot] = a.offset[from_slot];
  if (!codec_->has_codes()) return;
  const std::size_t words = codec_->code_words();
  std::copy_n(a.codes + from_slot * words, words, arrays_.codes + to_slot * words);
  arrays_.factor[to_slot] = a.factor[from_slot];
  arrays_.ones[to_slot] = a.ones[from_slot];
}

}  // namespace rappel
