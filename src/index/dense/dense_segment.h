// DenseSegment: the codes of up to `capacity` rows with ascending numbers, all of one codec.
//
// In memory of its own: slots below the count that a version was given are immutable; one builder writes the
// slots after them. Or in a mapped file, all of it immutable. Or unread: rows alone, whose codes are lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/os/file.h"
#include "index/dense/dense_codec.h"
#include "index/rows.h"

namespace rappel {

class DenseSegment {
 public:
  DenseSegment(std::shared_ptr<const DenseCodec> codec, std::size_t capacity);
  // Arrays of `count` slots in the file.
  DenseSegment(std::shared_ptr<const DenseCodec> codec, std::size_t count,
               std::shared_ptr<const MappedFile> file, const std::int64_t* rows, const DenseArrays& arrays);
  // Rows without codes; it has a codec of its own, so that it counts as out of date.
  static std::shared_ptr<DenseSegment> unread(int dimension, std::span<const std::int64_t> rows);

  const std::shared_ptr<const DenseCodec>& codec() const { return codec_; }
  std::size_t capacity() const { return capacity_; }  // a multiple of kCodeBlock
  bool is_writable() const { return file_ == nullptr; }
  // Whether a part of the file could not be read; its codes read as zeros then.
  bool is_damaged() const { return file_ != nullptr && file_->is_damaged(); }
  bool is_unread() const { return unread_; }
  // From the first row to the last, of a segment in a file or an unread one, also if the file is damaged.
  RowRange span() const { return span_; }
  const std::int64_t* rows() const { return rows_; }
  const DenseArrays& arrays() const { return arrays_; }
  // The first slot from `from` on, below `count`, with a row >= `row`; `count` if there is none. Quick where
  // the rows have no gaps.
  std::size_t find(std::size_t from, std::size_t count, std::int64_t row) const;

  CodeBlock block(std::size_t first) const;
  const std::uint8_t* fine(std::size_t slot) const { return arrays_.fine + slot * codec_->fine_bytes(); }
  float fine_score(const DenseQuery& query, std::size_t slot, std::int32_t dot) const {
    return query.base + arrays_.offset[slot] +
           arrays_.scale[slot] * query.fine_scale * (static_cast<float>(dot) - query.fine_shift);
  }

  // For builders.
  void encode(std::span<const std::int64_t> rows, std::span<const float> vectors, std::size_t first);
  // `from` has the same codec.
  void copy(const DenseSegment& from, std::size_t from_slot, std::size_t to_slot);
  std::size_t published = 0;  // count of the newest version

 private:
  struct Unmap {
    explicit Unmap(std::size_t size) : bytes(size) {}
    void operator()(std::byte* p) const;
    std::size_t bytes;
  };
  std::shared_ptr<const DenseCodec> codec_;
  std::size_t capacity_;
  std::unique_ptr<std::byte[], Unmap> memory_{nullptr, Unmap(0)};
  std::shared_ptr<const MappedFile> file_;
  bool unread_ = false;
  RowRange span_;
  const std::int64_t* rows_ = nullptr;
  std::int64_t* writable_rows_ = nullptr;  // null in a file
  DenseArrays arrays_;
};

}  // namespace rappel
