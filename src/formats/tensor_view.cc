#include "formats/tensor_view.h"

#include <cstring>
#include <limits>

#include "base/check.h"
#include "base/os/file.h"
#include "codec/float16.h"

namespace rappel {
namespace {

template <class Convert>
void widen(std::span<const std::byte> bytes, std::span<float> out, Convert convert) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t half;
    std::memcpy(&half, bytes.data() + 2 * i, sizeof half);
    out[i] = convert(half);
  }
}

void narrow(std::span<const std::byte> bytes, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    double number;
    std::memcpy(&number, bytes.data() + sizeof number * i, sizeof number);
    out[i] = static_cast<float>(number);
  }
}

}  // namespace

std::size_t dtype_size(DType type) {
  switch (type) {
    case DType::kF32: return 4;
    case DType::kF16: return 2;
    case DType::kBF16: return 2;
    case DType::kF64: return 8;
    case DType::kI64: return 8;
    case DType::kOther: return 0;
  }
  return 0;
}

const char* dtype_name(DType type) {
  switch (type) {
    case DType::kF32: return "f32";
    case DType::kF16: return "f16";
    case DType::kBF16: return "bf16";
    case DType::kF64: return "f64";
    case DType::kI64: return "i64";
    case DType::kOther: return "other";
  }
  return "other";
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t dimension : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(dimension);
  }
  return text + "]";
}

std::string printable(std::string_view name) {
  constexpr std::size_t kLongest = 120;
  std::string text(name.substr(0, kLongest));
  for (char& c : text)
    if (c < 0x20 || c > 0x7e) c = '?';
  if (name.size() > kLongest) text += "...";
  return text;
}

Result<std::uint64_t> tensor_bytes(const std::vector<std::int64_t>& shape, std::size_t element_size) {
  // A limit far above any file, far below overflow.
  constexpr std::uint64_t kMax = std::uint64_t{1} << 62;
  std::uint64_t size = element_size;
  for (const std::int64_t dimension : shape) {
    const auto n = static_cast<std::uint64_t>(dimension);
    if (dimension < 0 || (n != 0 && size > kMax / n))
      return Status(Code::kCorrupt, "shape " + shape_text(shape) + " is impossible");
    size *= n;
  }
  return size;
}

std::size_t TensorView::elements() const {
  std::size_t count = 1;
  for (const std::int64_t dimension : shape) count *= static_cast<std::size_t>(dimension);
  return count;
}

void TensorView::to_float(std::span<float> out) const {
  RAPPEL_CHECK(out.size() == elements(), "the caller gives a place for each element");
  RAPPEL_CHECK(bytes.size() == out.size() * dtype_size(dtype), "a view holds its elements");
  switch (dtype) {
    case DType::kF32:
      if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
      return;
    case DType::kF16: return widen(bytes, out, f16_to_float);
    case DType::kBF16: return widen(bytes, out, bf16_to_float);
    case DType::kF64: return narrow(bytes, out);
    case DType::kI64:
    case DType::kOther: break;
  }
  RAPPEL_CHECK(false, "only floating-point tensors are widened");
}

void TensorView::release() const {
  if (mapping != nullptr) mapping->release(bytes);
}

}  // namespace rappel
