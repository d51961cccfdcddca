// Selects the kernel and the number of blocks of a command. Included like kernels-inl.h, by the file that
// launches kernels: `launch(kernel, blocks_x, blocks_y, command)`, each block with kThreads threads.
#pragma once

#include "engine/cuda/attention-inl.h"
#include "engine/cuda/commands.h"
#include "engine/cuda/kernels-inl.h"

namespace rappel::cuda {

constexpr unsigned blocks_of(std::int64_t things, int per_block) {
  return static_cast<unsigned>((things + per_block - 1) / per_block);
}

// Calls fn(T()) with the C++ type of an element; fn returns a kernel.
template <class Fn>
auto of_type(Element type, Fn fn) {
  if (type == Element::kHalf) return fn(__half());
  return type == Element::kBfloat16 ? fn(Bfloat16()) : fn(float());
}

// The tensor core kernel supports 16-bit numbers and these head sizes.
constexpr bool takes_tiles(const AttentionCommand& command) {
  return command.qkv.type != Element::kFloat32 && (command.size == 32 || command.size == 64);
}

template <class Launch>
struct KernelStarter {
  Launch& launch;

  void operator()(const EmbedCommand& c) const {
    const auto kernel = of_type(c.out.type, [](auto t) { return embed_kernel<decltype(t)>; });
    launch(kernel, blocks_of(c.rows, kWarps), 1u, c);
  }
  void operator()(const NormCommand& c) const {
    const auto kernel = of_type(c.in_out.type, [](auto t) { return norm_kernel<decltype(t)>; });
    launch(kernel, blocks_of(c.rows, kWarps), 1u, c);
  }
  void operator()(const UnitCommand& c) const {
    const auto kernel = of_type(c.in_out.type, [](auto t) { return unit_kernel<decltype(t)>; });
    launch(kernel, blocks_of(c.rows, kWarps), 1u, c);
  }
  void operator()(const FinishCommand& c) const {
    const auto kernel = of_type(c.in_out.type, [](auto t) { return finish_kernel<decltype(t)>; });
    launch(kernel, eights(c.rows, c.columns), 1u, c);
  }
  void operator()(const QuantizeCommand& c) const {
    const auto kernel = of_type(c.in.type, [](auto t) { return quantize_kernel<decltype(t)>; });
    launch(kernel, blocks_of(c.rows, kWarps), 1u, c);
  }
  void operator()(const DequantizeCommand& c) const {
    const auto kernel = of_type(c.out.type, [](auto t) { return dequantize_kernel<decltype(t)>; });
    launch(kernel, eights(c.rows, c.columns), 1u, c);
  }
  void operator()(const MeanCommand& c) const {
    const auto kernel = of_type(c.in.type, [](auto t) { return mean_kernel<decltype(t)>; });
    launch(kernel, static_cast<unsigned>(c.texts), blocks_of(c.columns, kThreads), c);
  }
  void operator()(const CopyCommand& c) const {
    const auto kernel = of_type(c.in.type, [&](auto in) {
      return of_type(c.out.type, [](auto out) { return copy_kernel<decltype(in), decltype(out)>; });
    });
    launch(kernel, blocks_of(static_cast<std::int64_t>(c.rows) * c.columns, kThreads), 1u, c);
  }
  void operator()(const AttentionCommand& c) const {
    const auto tiles = static_cast<unsigned>(c.tile_count), heads = static_cast<unsigned>(c.heads);
    const bool bfloat16 = c.qkv.type == Element::kBfloat16;
    if (!takes_tiles(c))
      launch(of_type(c.qkv.type, [](auto t) { return plain_attention_kernel<decltype(t)>; }), tiles, heads,
             c);
    else if (c.size == 64)
      launch(bfloat16 ? tile_attention_kernel<Bfloat16, 64> : tile_attention_kernel<__half, 64>, tiles, heads,
             c);
    else
      launch(bfloat16 ? tile_attention_kernel<Bfloat16, 32> : tile_attention_kernel<__half, 32>, tiles, heads,
             c);
  }

 private:
  static unsigned eights(int rows, int columns) {
    return blocks_of(static_cast<std::int64_t>(rows) * ((columns + 7) / 8), kThreads);
  }
};

}  // namespace rappel::cuda
