// TensorView: a named, typed, shaped view of a tensor's bytes, usually in a mapped model file. It lives as
// long as the bytes that it was read from (for a ModelFiles: as long as that object); bytes that were made
// for it are kept alive by `owner`. The bytes need not be aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

// kOther: a type that no weight of a supported model has (int8, bool ...); such tensors can be listed only.
enum class DType { kF32, kF16, kBF16, kF64, kI64, kOther };
std::size_t dtype_size(DType type);  // bytes of an element; 0 for kOther
const char* dtype_name(DType type);  // "f32", "f16", "bf16", "f64", "i64", "other"

// "[250002, 1024]".
std::string shape_text(const std::vector<std::int64_t>& shape);

// A name out of a file, fit for a message: at most 120 bytes, control characters and non-ASCII bytes as "?".
std::string printable(std::string_view name);

// Number of elements times bytes of each; kCorrupt when a dimension is negative or the product does not fit.
Result<std::uint64_t> tensor_bytes(const std::vector<std::int64_t>& shape, std::size_t element_size);

class MappedFile;

// Row-major, little-endian, contiguous.
struct TensorView {
  std::string name;
  DType dtype = DType::kOther;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;     // elements() * dtype_size(dtype), checked by the creator of the view
  std::string file;                     // for messages
  const MappedFile* mapping = nullptr;  // whose pages hold the bytes; null for memory of another kind
  std::shared_ptr<const void> owner;    // of bytes that were made for this view; null for bytes of a file

  std::size_t elements() const;
  // Converts to float32. `out` has elements() places. Only floating-point types; float64 is rounded.
  void to_float(std::span<float> out) const;
  // The bytes leave the resident memory of this process until they are read again (MappedFile::release).
  // Nothing without a mapping.
  void release() const;
};

}  // namespace rappel
