// From a command to its kernel and the blocks that it needs. Included like kernels-inl.h, by what starts
// kernels: `launch(kernel, blocks_x, blocks_y, command)`, each block of kThreads threads.
#pragma once

#include "engine/cuda/attention-inl.h"
#include "engine/cuda/commands.h"
#include "engine/cuda/kernels-inl.h"

namespace rappel::cuda {

constexpr unsigned blocks_of(std::int64_t things, int per_block) {
  return static_cast<unsigned>((things + per_block - 1) / per_block);
}

// The tensor cores' kernel takes halves of these head sizes.
constexpr bool takes_tiles(const AttentionCommand& command) {
  return command.qkv.type == Element::kHalf && (command.size == 32 || command.size == 64);
}

template <class Launch>
struct KernelStarter {
  Launch& launch;

  void operator()(const EmbedCommand& c) const {
    const unsigned blocks = blocks_of(c.rows, kWarps);
    launch(c.out.type == Element::kHalf ? embed_kernel<__half> : embed_kernel<float>, blocks, 1u, c);
  }
  void operator()(const NormCommand& c) const {
    const unsigned blocks = blocks_of(c.rows, kWarps);
    launch(c.in_out.type == Element::kHalf ? norm_kernel<__half> : norm_kernel<float>, blocks, 1u, c);
  }
  void operator()(const UnitCommand& c) const {
    const unsigned blocks = blocks_of(c.rows, kWarps);
    launch(c.in_out.type == Element::kHalf ? unit_kernel<__half> : unit_kernel<float>, blocks, 1u, c);
  }
  void operator()(const FinishCommand& c) const {
    const std::int64_t eights = static_cast<std::int64_t>(c.rows) * ((c.columns + 7) / 8);
    const unsigned blocks = blocks_of(eights, kThreads);
    launch(c.in_out.type == Element::kHalf ? finish_kernel<__half> : finish_kernel<float>, blocks, 1u, c);
  }
  void operator()(const MeanCommand& c) const {
    const auto texts = static_cast<unsigned>(c.texts);
    const unsigned blocks = blocks_of(c.columns, kThreads);
    launch(c.in.type == Element::kHalf ? mean_kernel<__half> : mean_kernel<float>, texts, blocks, c);
  }
  void operator()(const CopyCommand& c) const {
    const unsigned blocks = blocks_of(static_cast<std::int64_t>(c.rows) * c.columns, kThreads);
    const bool from_half = c.in.type == Element::kHalf, to_half = c.out.type == Element::kHalf;
    if (from_half)
      launch(to_half ? copy_kernel<__half, __half> : copy_kernel<__half, float>, blocks, 1u, c);
    else
      launch(to_half ? copy_kernel<float, __half> : copy_kernel<float, float>, blocks, 1u, c);
  }
  void operator()(const AttentionCommand& c) const {
    const auto tiles = static_cast<unsigned>(c.tile_count), heads = static_cast<unsigned>(c.heads);
    if (takes_tiles(c))
      launch(c.size == 64 ? tile_attention_kernel<64> : tile_attention_kernel<32>, tiles, heads, c);
    else
      launch(c.qkv.type == Element::kHalf ? plain_attention_kernel<__half> : plain_attention_kernel<float>,
             tiles, heads, c);
  }
};

}  // namespace rappel::cuda
