// The commands of a forward pass for a GPU, as plain data: one command is one kernel or one matrix product.
//
// A pass records its commands (gpu_pass.h) and a Gpu executes the list (gpu.h). A list can therefore be
// compared with the list of an earlier pass (equal lists may be replayed), and the same list runs on a GPU
// and, in tests, on an emulated GPU.
//
// Pointers point to device memory. Rows are aligned to 16 bytes: strides, in elements, are multiples of 8, or
// of 16 for 8-bit numbers. Rows, columns and indices fit 32 bits; offsets are computed in 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "engine/device.h"

namespace rappel::cuda {

// 8-bit products read kInt8 and write kInt32.
enum class Element : std::int32_t { kFloat32, kHalf, kBfloat16, kInt8, kInt32 };
constexpr std::size_t element_bytes(Element type) {
  if (type == Element::kInt8) return 1;
  return type == Element::kFloat32 || type == Element::kInt32 ? 4 : 2;
}

constexpr std::size_t kStrideUnit = 8, kInt8StrideUnit = 16;  // elements
constexpr std::size_t padded(std::size_t columns, std::size_t unit = kStrideUnit) {
  return (columns + unit - 1) / unit * unit;
}

struct Rows {
  void* data = nullptr;
  std::int64_t stride = 0;
  Element type = Element::kFloat32;
  bool operator==(const Rows&) const = default;
};

struct NormWeights {
  const float* scale = nullptr;
  const float* shift = nullptr;
  float eps = 0;
  bool operator==(const NormWeights&) const = default;
};

// Up to kTileQueries queries of one text and all of its keys.
struct AttentionTile {
  std::int32_t text_begin = 0;  // token of the batch
  std::int32_t keys = 0;        // tokens of the text
  std::int32_t first = 0;       // query, counted from text_begin
  std::int32_t queries = 0;
  std::int32_t out_row = 0;  // output row of the first query
};
constexpr int kTileQueries = 64;
constexpr int kMostHeadSize = 256;

// out[t] = LayerNorm(words[ids[t]] + types[type_ids[t]] + positions[position_ids[t]]). Null type_ids: all 0.
struct EmbedCommand {
  Rows words, positions, types;
  const std::int32_t* ids = nullptr;
  const std::int32_t* position_ids = nullptr;
  const std::uint8_t* type_ids = nullptr;
  NormWeights norm;
  Rows out;
  int rows = 0, columns = 0;
  bool operator==(const EmbedCommand&) const = default;
};

struct NormCommand {  // in place
  NormWeights norm;
  Rows in_out;
  int rows = 0, columns = 0;
  bool operator==(const NormCommand&) const = default;
};

struct FinishCommand {  // y = epilogue(y), in place; kGelu, kTanh and kRelu
  Rows in_out;
  Epilogue epilogue = Epilogue::kGelu;
  int rows = 0, columns = 0;
  bool operator==(const FinishCommand&) const = default;
};

struct AttentionCommand {
  Rows qkv, out;
  const AttentionTile* tiles = nullptr;
  int tile_count = 0, heads = 0, size = 0;  // size of a head, at most kMostHeadSize
  float scale = 0;                          // log2(e) / sqrt(size)
  bool operator==(const AttentionCommand&) const = default;
};

struct MeanCommand {  // out[i], float32 = mean of rows starts[i] .. starts[i + 1] - 1
  Rows in, out;
  const std::int32_t* starts = nullptr;
  int texts = 0, columns = 0;
  bool operator==(const MeanCommand&) const = default;
};

struct UnitCommand {  // each row divided by its Euclidean length, in place
  Rows in_out;
  int rows = 0, columns = 0;
  bool operator==(const UnitCommand&) const = default;
};

struct CopyCommand {  // out[i] = in[rows_of[i]], converted; null rows_of: in[i]. `out` may have any stride
  Rows in, out;
  const std::int32_t* rows_of = nullptr;
  int rows = 0, columns = 0;
  bool operator==(const CopyCommand&) const = default;
};

// out = in weights^T + bias (+ residual). All of one element type; weights [outputs, inputs] with a stride.
// For 8-bit numbers: exact sums in kInt32, without bias and residual; inputs are a multiple of 16, outputs
// of 4.
struct ProductCommand {
  Rows in, weights, out;
  const void* bias = nullptr;
  Rows residual;  // null data: none
  int rows = 0, inputs = 0, outputs = 0;
  bool tf32 = false;  // for float32: factors may be rounded to 10 bits of mantissa
  bool operator==(const ProductCommand&) const = default;
};

// in[r] (a floating-point type) times `factors` of its columns = scales[r] out[r], with out (kInt8) in -127
// .. 127 and zeros after the columns, up to the stride of out.
struct QuantizeCommand {
  Rows in, out;
  float* scales = nullptr;
  const float* factors = nullptr;  // null: all 1
  int rows = 0, columns = 0;
  bool operator==(const QuantizeCommand&) const = default;
};

// out = epilogue(sums (kInt32) row_scales[row] column_scales[column] + bias) (+ residual). column_scales and
// bias are padded with zeros to a multiple of kStrideUnit.
struct DequantizeCommand {
  Rows sums, out;
  const float* row_scales = nullptr;
  const float* column_scales = nullptr;
  const float* bias = nullptr;
  Rows residual;  // kResidual only; same type as out
  Epilogue epilogue = Epilogue::kNone;
  int rows = 0, columns = 0;
  bool operator==(const DequantizeCommand&) const = default;
};

using Command = std::variant<EmbedCommand, NormCommand, FinishCommand, AttentionCommand, MeanCommand,
                             UnitCommand, CopyCommand, ProductCommand, QuantizeCommand, DequantizeCommand>;

}  // namespace rappel::cuda
