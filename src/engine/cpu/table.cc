#include "engine/cpu/table.h"

#include <cstdint>
#include <cstring>

#include "base/check.h"
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
    case DType::kI64:
    case DType::kOther:
      break;
  }
  RAPPEL_CHECK(false, "ModelFiles::tensor() gives floating-point tensors only");
}

}  // namespace

MappedTable::MappedTable(const TensorView& tensor)
    : dtype_(tensor.dtype), columns_(static_cast<std::size_t>(tensor.shape[1])), bytes_(tensor.bytes) {}

void MappedTable::copy_row(std::size_t row, float* out) const {
  const std::byte* from = bytes_.data() + row * columns_ * dtype_size(dtype_);
  for_each(dtype_, from, columns_, [out](std::size_t i, float value) { out[i] = value; });
}

void MappedTable::add_row(std::size_t row, float* out) const {
  const std::byte* from = bytes_.data() + row * columns_ * dtype_size(dtype_);
  for_each(dtype_, from, columns_, [out](std::size_t i, float value) { out[i] += value; });
}

}  // namespace rappel::cpu
