// Linear layers with packed float32 weights: computes the product tile by tile, then applies bias and
// epilogue while the tile is in the cache.
//
// Included once per instruction set (Highway's foreach_target); no ordinary include guard.
#if defined(RAPPEL_ENGINE_CPU_LINEAR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RAPPEL_ENGINE_CPU_LINEAR_INL_H_
#undef RAPPEL_ENGINE_CPU_LINEAR_INL_H_
#else
#define RAPPEL_ENGINE_CPU_LINEAR_INL_H_
#endif

#include "engine/cpu/kernels.h"
#include "engine/cpu/math-inl.h"
#include "engine/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace rappel::cpu {
namespace HWY_NAMESPACE {

// One vector of outputs: bias, then the epilogue.
template <Epilogue kEpilogue>
HWY_INLINE FloatVec finish_vector(FloatVec sum, FloatVec bias, [[maybe_unused]] const float* residual) {
  const FloatTag d;
  const FloatVec value = hn::Add(sum, bias);
  if constexpr (kEpilogue == Epilogue::kGelu) return gelu_vector(d, value);
  if constexpr (kEpilogue == Epilogue::kTanh) return tanh_vector(d, value);
  if constexpr (kEpilogue == Epilogue::kRelu) return hn::Max(value, hn::Zero(d));
  if constexpr (kEpilogue == Epilogue::kResidual) return hn::Add(value, hn::LoadU(d, residual));
  return value;
}

template <Epilogue kEpilogue>
void finish_columns(const LinearArgs& args, std::size_t panel, std::size_t panels) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t row = 0; row < args.rows; ++row) {
    for (std::size_t column = panel * lanes; column < (panel + panels) * lanes; column += lanes) {
      float* out = args.out + row * args.out_stride + column;
      const float* residual = nullptr;
      if constexpr (kEpilogue == Epilogue::kResidual)
        residual = args.residual + row * args.residual_stride + column;
      hn::StoreU(finish_vector<kEpilogue>(hn::LoadU(d, out), hn::LoadU(d, args.bias + column), residual), d,
                 out);
    }
  }
}

void finish_panels(const LinearArgs& args, std::size_t panel, std::size_t panels) {
  switch (args.epilogue) {
    case Epilogue::kNone: return finish_columns<Epilogue::kNone>(args, panel, panels);
    case Epilogue::kGelu: return finish_columns<Epilogue::kGelu>(args, panel, panels);
    case Epilogue::kTanh: return finish_columns<Epilogue::kTanh>(args, panel, panels);
    case Epilogue::kRelu: return finish_columns<Epilogue::kRelu>(args, panel, panels);
    case Epilogue::kResidual: return finish_columns<Epilogue::kResidual>(args, panel, panels);
  }
}

void finish(const LinearArgs& args, std::size_t column, std::size_t count) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  finish_panels(args, column / lanes, count / lanes);
}

void linear(const LinearArgs& args) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  for (std::size_t block = 0; block < args.inputs; block += kDepthBlock) {
    const std::size_t depth = std::min(kDepthBlock, args.inputs - block);
    const float* weights = args.weights + block * args.panels * lanes;
    for (std::size_t panel = args.panel_begin; panel < args.panel_end; panel += kTilePanels) {
      const std::size_t panels = std::min(kTilePanels, args.panel_end - panel);
      const std::size_t tiles = (args.rows + kTileRows - 1) / kTileRows;
      // Prefetch the adjacent panels, then the next block. Another lane prefetches what follows the last one.
      const bool last_panels = panel + panels >= args.panel_end, last_block = block + depth == args.inputs;
      const float* ahead =
          last_panels ? args.weights + (block + depth) * args.panels * lanes +
                            args.panel_begin * std::min(kDepthBlock, args.inputs - block - depth) * lanes
                      : weights + (panel + panels) * depth * lanes;
      const bool nothing = last_panels && last_block;
      multiply_rows<false>({.a = args.in + block,
                            .a_stride = args.in_stride,
                            .b = weights + panel * depth * lanes,
                            .b_panel = depth * lanes,
                            .depth = depth,
                            .c = args.out + panel * lanes,
                            .c_row = args.out_stride,
                            .c_panel = lanes,
                            .add = block != 0,
                            .ahead = nothing ? weights : ahead,
                            .ahead_step = nothing ? 0 : panels * lanes / tiles},
                           panels, args.rows);
      if (block + depth == args.inputs) finish_panels(args, panel, panels);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel::cpu
HWY_AFTER_NAMESPACE();

#endif
