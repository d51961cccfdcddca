// GpuPass: records a forward pass as a list of commands. Nothing runs before the list is complete.
//
// Buffers have room for float32 and no fixed type: the op that fills a buffer sets its type. After 16-bit
// weights rows have the type of the weights, after 8-bit weights they are halves; a float32 Linear (a head)
// converts them first. 8-bit products use scratch memory and process some of the rows at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/cuda/gpu.h"
#include "engine/device.h"

namespace rappel::cuda {

struct GpuBuffer final : Buffer {
  GpuBuffer(std::size_t rows, std::size_t columns, Memory held)
      : Buffer(rows, columns), memory(std::move(held)) {}
  Rows from(std::size_t row) const {
    const auto stride = static_cast<std::int64_t>(padded(columns()));
    auto* data = static_cast<std::byte*>(memory.data());
    return {data + row * static_cast<std::size_t>(stride) * element_bytes(type), stride, type};
  }
  Memory memory;
  Element type = Element::kFloat32;
};

struct GpuTable final : Table {
  GpuTable(Memory held, Rows values, std::size_t width)
      : memory(std::move(held)), rows(values), columns(width) {}
  Memory memory;
  Rows rows;
  std::size_t columns;
};

struct GpuNorm final : Norm {
  GpuNorm(Memory held, NormWeights values, std::size_t width)
      : memory(std::move(held)), weights(values), columns(width) {}
  Memory memory;
  NormWeights weights;
  std::size_t columns;
};

struct GpuLinear final : Linear {
  GpuLinear(int inputs, int outputs, Memory held, Rows values)
      : Linear(inputs, outputs), memory(std::move(held)), rows(values) {}
  Memory memory;
  Rows rows;
  const void* bias = nullptr;
  bool tf32 = false;
  const float* scales = nullptr;   // for kInt8: scale of each output; the bias is then float32
  const float* factors = nullptr;  // factors of the inputs before quantization; null: all 1
};

// Element type of the rows of an encoder with weights of this kind.
constexpr Element rows_type(WeightKind kind) {
  if (kind == WeightKind::kFloat32 || kind == WeightKind::kTf32) return Element::kFloat32;
  return kind == WeightKind::kBfloat16 ? Element::kBfloat16 : Element::kHalf;
}

constexpr std::size_t kRowsAtOnce = 8192;  // bounds intermediate memory; enough for every multiprocessor

// The number of items, and the number that is computed; results after `real` are discarded.
struct Count {
  std::size_t real = 0, computed = 0;
};

// The batch in device memory. Small batches are padded to one of a few sizes (counts_of), so that their
// command lists are equal more often: padding tokens have id 0 and belong to no text, padding texts have no
// tokens.
struct GpuBatch {
  const std::int32_t* ids = nullptr;
  const std::int32_t* positions = nullptr;
  const std::uint8_t* types = nullptr;  // null: all zero
  const std::int32_t* starts = nullptr;
  const std::int32_t* firsts = nullptr;  // token of each text
  const std::int32_t* tails = nullptr;   // all tokens except the first of each text
  const AttentionTile* tiles = nullptr;
  const AttentionTile* first_tiles = nullptr;  // for the first token of each text only
  Count tokens, texts;
  std::size_t tile_count = 0;

  // Rows to compute if `rows` are wanted: padded if it is the number of tokens or texts.
  std::size_t rows(std::size_t wanted) const {
    if (wanted == tokens.real) return tokens.computed;
    return wanted == texts.real ? texts.computed : wanted;
  }
};

// For batches of up to kRepeatedTokens tokens the launch overhead matters, so a repeated list of commands may
// be replayed.
constexpr std::size_t kRepeatedTokens = 1024, kRowUnit = 128;
struct BatchCounts {
  Count tokens, texts;
};
BatchCounts counts_of(std::size_t tokens, std::size_t texts);
// Rows of a buffer that has room for the padded form of every batch that fits into `rows`.
constexpr std::size_t rows_kept(std::size_t rows) { return padded(rows, kRowUnit); }

// A result: `floats` numbers at offset `first` of the block of results, to be copied to `to`.
struct Answer {
  float* to = nullptr;
  std::size_t first = 0, floats = 0;  // without padding rows
};

class GpuPass final : public Pass {
 public:
  // `scratch` is for rows that heads convert and for 8-bit products, `answers` for downloads. If a pass needs
  // more, scratch_bytes() and answer_floats() say how much, and its commands must not be run.
  GpuPass(const GpuBatch& batch, const Memory& scratch, const Memory& answers, std::vector<Command>& commands,
          std::vector<Answer>& downloads);

  void embed(const EmbeddingTables& tables, Buffer& out) override;
  void linear(const Linear& weights, InRows in, std::size_t rows, Epilogue epilogue, const Buffer* residual,
              OutRows out) override;
  void attention(const Buffer& qkv, AttentionShape shape, Select queries, Buffer& out) override;
  void layer_norm(const Norm& norm, std::size_t rows, OutRows in_out) override;
  void gather_first(const Buffer& in, std::size_t columns, Buffer& out) override;
  void mean_pool(const Buffer& in, std::size_t columns, Buffer& out) override;
  void l2_normalize(std::size_t rows, std::size_t columns, Buffer& in_out) override;
  void download(const Buffer& in, std::size_t rows, std::size_t columns, float* out) override;
  void download_tails(const Buffer& in, std::size_t columns, float* out) override;

  std::size_t scratch_bytes() const { return scratch_bytes_; }
  std::size_t answer_floats() const { return answer_floats_; }
  const Status& status() const { return status_; }

 private:
  void answer(const Buffer& in, const std::int32_t* rows_of, Count rows, std::size_t columns, float* out);
  Rows converted(const Rows& in, std::size_t rows, std::size_t columns, Element type);
  void quantized(const GpuLinear& linear, const Rows& in, std::size_t rows, Epilogue epilogue,
                 const Rows& residual, const Rows& out);

  const GpuBatch& batch_;
  const Memory& scratch_;
  const Memory& answers_;
  std::vector<Command>& commands_;
  std::vector<Answer>& downloads_;
  std::size_t scratch_bytes_ = 0, answer_floats_ = 0;
  Status status_;
};

}  // namespace rappel::cuda
