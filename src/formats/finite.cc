#include "formats/finite.h"

#include <cstring>

#include "base/check.h"

namespace rappel {
namespace {

// Whether no element has all bits of its exponent set, which makes it NaN or infinite.
template <class Bits>
bool lacks_exponent(std::span<const std::byte> bytes, Bits exponent) {
  unsigned found = 0;
  for (std::size_t at = 0; at + sizeof(Bits) <= bytes.size(); at += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, bytes.data() + at, sizeof bits);
    found |= static_cast<unsigned>((bits & exponent) == exponent);
  }
  return found == 0;
}

}  // namespace

bool is_finite(const TensorView& tensor) {
  switch (tensor.dtype) {
    case DType::kF32: return lacks_exponent<std::uint32_t>(tensor.bytes, 0x7F800000u);
    case DType::kF16: return lacks_exponent<std::uint16_t>(tensor.bytes, 0x7C00u);
    case DType::kBF16: return lacks_exponent<std::uint16_t>(tensor.bytes, 0x7F80u);
    case DType::kF64: return lacks_exponent<std::uint64_t>(tensor.bytes, 0x7FF0000000000000u);
    case DType::kI64:
    case DType::kOther: break;
  }
  RAPPEL_CHECK(false, "only floating-point tensors are asked");
}

}  // namespace rappel
