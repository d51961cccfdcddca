#include "engine/cpu/table.h"

#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "base/os/file.h"
#include "codec/float16.h"

namespace rappel::cpu {
namespace {

template <class T>
T element(const std::byte* bytes, std::size_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof value, sizeof value);
  return value;
}

// use(index, value) for each element.
template <class Use>
void for_each(DType dtype, const std::byte* bytes, std::size_t count, Use use) {
  switch (dtype) {
    case DType::kF32:
      for (std::size_t i = 0; i < count; ++i) use(i, element<float>(bytes, i));
      return;
    case DType::kF16:
      for (std::size_t i = 0; i < count; ++i) use(i, f16_to_float(element<std::uint16_t>(bytes, i)));
      return;
    case DType::kBF16:
      for (std::size_t i = 0; i < count; ++i) use(i, bf16_to_float(element<std::uint16_t>(bytes, i)));
      return;
    case DType::kF64:
    case DType::kI64:
    case DType::kOther: break;
  }
  RAPPEL_CHECK(false, "ModelFiles::tensor() gives floating-point tensors only");
}

}  // namespace

void ReadParts::clear() {
  for (std::size_t i = 0; i < words_; ++i) bits_[i].store(0, std::memory_order_relaxed);
  marked_.store(0, std::memory_order_relaxed);
}

MappedTable::MappedTable(const TensorView& tensor, std::size_t resident)
    : dtype_(tensor.dtype),
      columns_(static_cast<std::size_t>(tensor.shape[1])),
      bytes_(tensor.bytes),
      mapping_(tensor.mapping),
      resident_(resident) {
  if (mapping_ != nullptr && resident > 0 && bytes_.size() > resident)
    read_ = std::make_unique<ReadParts>(bytes_.size());
}

const std::byte* MappedTable::row_bytes(std::size_t row) const {
  const std::size_t offset = row * columns_ * dtype_size(dtype_);
  if (read_ != nullptr) read_->mark(offset);
  return bytes_.data() + offset;
}

void MappedTable::copy_row(std::size_t row, float* out) const {
  for_each(dtype_, row_bytes(row), columns_, [out](std::size_t i, float value) { out[i] = value; });
}

void MappedTable::add_row(std::size_t row, float* out) const {
  for_each(dtype_, row_bytes(row), columns_, [out](std::size_t i, float value) { out[i] += value; });
}

void MappedTable::release_pages() const {
  if (read_ == nullptr || read_->bytes() <= resident_) return;
  read_->clear();
  mapping_->release(bytes_);
}

}  // namespace rappel::cpu
