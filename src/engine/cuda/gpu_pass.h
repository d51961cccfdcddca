// GpuPass: writes a forward pass down as commands. Nothing runs before the list is complete.
//
// Buffers have room for float32 and no type of their own: each op that fills one decides. Behind 16-bit
// weights rows have their type, behind 8-bit ones they are halves; a float32 Linear (a head) converts them
// first. Products of 8 bits go through scratch memory, a part of the rows at a time.
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
  const float* scales = nullptr;   // of kInt8: of each output, and the bias is float32
  const float* factors = nullptr;  // of the inputs before they are rounded; null: all 1
};

// The rows of an encoder with weights of this kind.
constexpr Element rows_type(WeightKind kind) {
  if (kind == WeightKind::kFloat32 || kind == WeightKind::kTf32) return Element::kFloat32;
  return kind == WeightKind::kBfloat16 ? Element::kBfloat16 : Element::kHalf;
}

constexpr std::size_t kRowsAtOnce = 8192;  // bounds what lies between; enough for every multiprocessor

// How many there are of something, and how many are computed: what comes behind is worth nothing.
struct Count {
  std::size_t real = 0, computed = 0;
};

// The batch in device memory. Small ones are computed as larger ones of a few sizes (counts_of), so that
// their commands are equal more often: the tokens behind the real ones are the vocabulary's first, in no
// text, and the texts behind the real ones have none.
struct GpuBatch {
  const std::int32_t* ids = nullptr;
  const std::int32_t* positions = nullptr;
  const std::uint8_t* types = nullptr;  // null: all zero
  const std::int32_t* starts = nullptr;
  const std::int32_t* firsts = nullptr;  // token of each text
  const std::int32_t* tails = nullptr;   // all tokens but each text's first
  const AttentionTile* tiles = nullptr;
  const AttentionTile* first_tiles = nullptr;  // of each text's first token alone
  Count tokens, texts;
  std::size_t tile_count = 0;

  // Rows to compute where so many are wanted: as many as tokens, or as texts.
  std::size_t rows(std::size_t wanted) const {
    if (wanted == tokens.real) return tokens.computed;
    return wanted == texts.real ? texts.computed : wanted;
  }
};

// Batches of up to kRepeatedTokens tokens: starting kernels counts in them, and a list of commands that comes
// again may be replayed.
constexpr std::size_t kRepeatedTokens = 1024, kRowUnit = 128;
struct BatchCounts {
  Count tokens, texts;
};
BatchCounts counts_of(std::size_t tokens, std::size_t texts);
// A buffer of so many rows has room for what a batch that fits into it is computed as.
constexpr std::size_t rows_kept(std::size_t rows) { return padded(rows, kRowUnit); }

// An answer: `floats` numbers that begin so many floats into the block of answers, for `to`.
struct Answer {
  float* to = nullptr;
  std::size_t first = 0, floats = 0;  // what is behind the real rows is not among them
};

class GpuPass final : public Pass {
 public:
  // `scratch` is for rows that heads convert and for products of 8 bits, `answers` for what is downloaded. A
  // pass that needs more writes down what it needs (scratch_bytes(), answer_floats()); its commands are worth
  // nothing then.
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
