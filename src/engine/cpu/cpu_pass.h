// CpuPass: the part of a forward pass that one lane computes on the CPU.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <vector>

#include "base/thread_pool.h"
#include "engine/cpu/kernels.h"
#include "engine/cpu/memory.h"
#include "engine/device.h"

namespace rappel::cpu {

struct QuantizedLinear;
struct TileAttention;

struct Matrix final : Buffer {
  Matrix(std::size_t rows, std::size_t columns, MemoryBudget* budget);
  std::size_t stride;  // floats
  Floats memory;       // rows * stride, allocated by the device
  float* row(std::size_t r) { return memory.data() + r * stride; }
  const float* row(std::size_t r) const { return memory.data() + r * stride; }
};

struct PackedNorm final : Norm {
  explicit PackedNorm(MemoryBudget* budget) : scale(budget), shift(budget) {}
  Floats scale, shift;  // padded with zeros to whole vectors
  std::size_t columns = 0;
  float eps = 0;
  NormArgs args() const { return {scale.data(), shift.data(), columns, eps}; }
};

// Up to kTaskQueries queries of one text, for every head.
struct AttentionTask {
  std::size_t text, first, count;
};

// Up to kTileKeys keys of a text longer than kKeyBlock, for every head. Its index is its position among the
// packed blocks.
struct KeyBlock {
  std::size_t text, first, count;
};

// State shared by the lanes of a running forward pass.
struct SharedPass {
  // Memory from the budget, allocated on first use.
  void give_back(MemoryBudget* budget, std::size_t lanes) {
    scratch.clear();
    for (std::size_t lane = 0; lane < lanes; ++lane) scratch.emplace_back(budget);
    packed_keys = Floats(budget);
    quantized = Floats(budget);
    quantized_scales = Floats(budget);
  }
  const Kernels* kernels = nullptr;
  const PackedTokens* batch = nullptr;
  std::vector<AttentionTask> tasks;      // for Select::kAllTokens, the longest texts first
  std::vector<Floats> scratch;           // per lane
  const TileAttention* tiles = nullptr;  // null: not available on this target
  std::vector<KeyBlock> key_blocks;      // of all long texts
  std::vector<std::size_t> first_block;  // by text, for texts that have blocks
  Floats packed_keys;                    // used as bytes, [block][head]
  Floats quantized, quantized_scales;    // activations of the running product with quantized weights
  std::array<std::atomic<std::size_t>, 2> next{};
  std::atomic<bool> out_of_memory{false};
};

// Rows that are quantized and multiplied together before the next ones.
constexpr std::size_t kQuantizedRows = 512;

class CpuPass final : public Pass {
 public:
  CpuPass(SharedPass& shared, Lane& lane) : shared_(shared), lane_(lane), kernels_(*shared.kernels) {}

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

 private:
  void quantized_linear(const QuantizedLinear& weights, const LinearArgs& args);
  void tile_attention(const Matrix& qkv, AttentionShape shape, Select queries, Matrix& out, Floats& scratch);
  // One step of all lanes: calls work(i) once for each i < count, on any free lane, followed by a barrier.
  template <class Work>
  void claim(std::size_t count, Work work);
  // The same for rows, in runs: work(row).
  template <class Work>
  void claim_rows(std::size_t rows, Work work);

  SharedPass& shared_;
  Lane& lane_;
  const Kernels& kernels_;
  std::size_t step_ = 0;
};

}  // namespace rappel::cpu
