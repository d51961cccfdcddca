// One forward pass with MLX: each op adds nodes to a graph, finish() computes the nodes to download.
#pragma once

#include <mlx/array.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "engine/device.h"
#include "engine/metal/elementwise.h"
#include "engine/metal/handles.h"
#include "engine/metal/length_buckets.h"
#include "engine/packed_tokens.h"

namespace rappel::metal {

// Used only on the inference thread. The destructor resets the buffers that the pass wrote.
class MetalPass final : public Pass {
 public:
  MetalPass(const PackedTokens& batch, const Elementwise& functions) : batch_(batch), functions_(functions) {}
  ~MetalPass() override;

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

  // Peak memory in bytes of the computation, without weights: the content of the buffers plus the temporary
  // memory of the largest op.
  std::size_t bytes_needed() const { return bytes_needed_; }
  // Computes the graph and copies the downloads. Throws exceptions of MLX.
  void finish();

 private:
  struct BucketArrays {
    int texts, length;
    mlx::core::array token_rows;  // [texts * length]
    mlx::core::array mask;        // [texts, 1, 1, length]
  };
  struct Plan {
    std::vector<BucketArrays> buckets;
    mlx::core::array rows_of_tokens, rows_of_texts, first_tokens;
    bool as_packed;  // one bucket without padding: its rows are those of the batch
  };

  const Plan& plan();
  void write(Buffer& out, std::size_t first, const mlx::core::array& values, std::size_t temporary_bytes = 0);
  std::array<mlx::core::array, 3> by_head(const BucketArrays& bucket, const mlx::core::array& qkv,
                                          AttentionShape shape) const;
  mlx::core::array attend(const BucketArrays& bucket, const mlx::core::array& qkv, AttentionShape shape,
                          Select queries);
  mlx::core::array places(const BucketArrays& bucket, const mlx::core::array& rows) const;
  mlx::core::array in_order(const std::vector<mlx::core::array>& parts, const mlx::core::array& order) const;
  mlx::core::array finished(mlx::core::array product, Epilogue epilogue,
                            const mlx::core::array* residual) const;

  const PackedTokens& batch_;
  const Elementwise& functions_;
  std::optional<Plan> plan_;
  std::vector<GraphBuffer*> written_;
  std::vector<std::pair<mlx::core::array, float*>> downloads_;
  std::size_t bytes_needed_ = 0, bytes_of_scores_ = 0;
};

}  // namespace rappel::metal
