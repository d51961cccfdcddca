#include "engine/cpu/cpu_pass.h"

#include <algorithm>

#include "engine/cpu/packed_linear.h"
#include "engine/cpu/product.h"
#include "engine/cpu/quantized_linear.h"
#include "engine/cpu/table.h"
#include "engine/cpu/tile_attention.h"
#include "engine/packed_tokens.h"

namespace rappel::cpu {
namespace {

Matrix& matrix(Buffer& buffer) { return static_cast<Matrix&>(buffer); }
const Matrix& matrix(const Buffer& buffer) { return static_cast<const Matrix&>(buffer); }

std::size_t round_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

// How a product of rows x panels is split into pieces for the lanes: the rows of a piece fit into the L2
// cache, and there are enough pieces for lanes to finish at about the same time. A product of few rows is
// memory bound, so there the waiting time at the end matters most.
struct Cut {
  Cut(std::size_t rows, std::size_t panels, std::size_t tile_rows, std::size_t lanes,
      std::size_t weight_bytes) {
    constexpr std::size_t kTilesHigh = 8, kWidest = 16, kFewRowsPerByte = 16;
    const std::size_t pieces_per_lane = rows <= kFewRowsPerByte * weight_bytes ? 12 : 6;
    row_pieces = (rows + kTilesHigh * tile_rows - 1) / (kTilesHigh * tile_rows);
    height = round_up((rows + row_pieces - 1) / row_pieces, row_pieces > 1 ? tile_rows : 1);
    row_pieces = (rows + height - 1) / height;
    const std::size_t wanted = (lanes * pieces_per_lane + row_pieces - 1) / row_pieces;
    width = std::clamp<std::size_t>(round_up(panels / wanted, 2), 2, kWidest);
    panel_pieces = (panels + width - 1) / width;
  }
  std::size_t height, width;  // rows and panels of a piece
  std::size_t row_pieces, panel_pieces;
};

LinearArgs rows_of(LinearArgs args, std::size_t row, std::size_t count) {
  args.in += row * args.in_stride;
  args.rows = count;
  if (args.residual != nullptr) args.residual += row * args.residual_stride;
  args.out += row * args.out_stride;
  return args;
}

}  // namespace

Matrix::Matrix(std::size_t rows, std::size_t columns, MemoryBudget* budget)
    // Pad by 64 bytes: a stride that is a power of two would map all rows to the same few cache sets.
    : Buffer(rows, columns), stride(round_up(columns, kRowAlign) + kRowAlign), memory(budget) {}

template <class Work>
void CpuPass::claim(std::size_t count, Work work) {
  // Every lane has left the previous step, which used the other counter.
  if (lane_.index() == 0) shared_.next[(step_ + 1) % 2].store(0, std::memory_order_relaxed);
  auto& next = shared_.next[step_ % 2];
  for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) work(i);
  ++step_;
  lane_.barrier();
}

template <class Work>
void CpuPass::claim_rows(std::size_t rows, Work work) {
  const std::size_t run =
      std::clamp<std::size_t>(rows / (4 * static_cast<std::size_t>(lane_.count())), 1, 32);
  claim((rows + run - 1) / run, [&](std::size_t piece) {
    for (std::size_t row = piece * run; row < std::min(rows, (piece + 1) * run); ++row) work(row);
  });
}

void CpuPass::embed(const EmbeddingTables& tables, Buffer& out) {
  const auto& words = static_cast<const MappedTable&>(*tables.words);
  const auto& positions = static_cast<const MappedTable&>(*tables.positions);
  const auto& types = static_cast<const MappedTable&>(*tables.types);
  const NormArgs norm = static_cast<const PackedNorm&>(*tables.norm).args();
  const PackedTokens& batch = *shared_.batch;
  // In steps, so that at most one step of rows of a large table is resident beyond its limit.
  constexpr std::size_t kStep = 1024;
  for (std::size_t first = 0; first < batch.tokens(); first += kStep) {
    claim_rows(std::min(kStep, batch.tokens() - first), [&](std::size_t i) {
      const std::size_t token = first + i;
      float* row = matrix(out).row(token);
      words.copy_row(static_cast<std::size_t>(batch.ids[token]), row);
      types.add_row(batch.type_ids.empty() ? 0 : batch.type_ids[token], row);
      positions.add_row(static_cast<std::size_t>(batch.positions[token]), row);
      kernels_.layer_norm(norm, row);
    });
    if (lane_.index() == 0) words.release_pages();
  }
}

void CpuPass::linear(const Linear& weights, InRows in, std::size_t rows, Epilogue epilogue,
                     const Buffer* residual, OutRows out) {
  const Matrix &from = matrix(in.buffer), *add = residual ? &matrix(*residual) : nullptr;
  Matrix& to = matrix(out.buffer);
  LinearArgs args{.in = from.row(in.first),
                  .in_stride = from.stride,
                  .rows = rows,
                  .inputs = static_cast<std::size_t>(weights.inputs()),
                  .bias = static_cast<const CpuLinear&>(weights).bias.data(),
                  .epilogue = epilogue,
                  .residual = add ? add->row(out.first) : nullptr,
                  .residual_stride = add ? add->stride : 0,
                  .out = to.row(out.first),
                  .out_stride = to.stride};
  if (static_cast<const CpuLinear&>(weights).product != nullptr) {
    for (std::size_t row = 0; row < rows; row += kQuantizedRows)
      quantized_linear(static_cast<const QuantizedLinear&>(weights),
                       rows_of(args, row, std::min(kQuantizedRows, rows - row)));
    return;
  }
  const auto& packed = static_cast<const PackedLinear&>(weights);
  args.weights = packed.weights.data();
  args.panels = packed.panels;
  const Cut cut(rows, packed.panels, kernels_.tile_rows, static_cast<std::size_t>(lane_.count()),
                sizeof(float));
  claim(cut.row_pieces * cut.panel_pieces, [&](std::size_t piece) {
    const std::size_t row = piece / cut.panel_pieces * cut.height,
                      panel = piece % cut.panel_pieces * cut.width;
    LinearArgs part = rows_of(args, row, std::min(cut.height, rows - row));
    part.panel_begin = panel;
    part.panel_end = std::min(panel + cut.width, packed.panels);
    kernels_.linear(part);
  });
}

void CpuPass::quantized_linear(const QuantizedLinear& weights, const LinearArgs& args) {
  const Product& product = *weights.product;
  const std::size_t rows = args.rows;
  const QuantizedRows place(product.format, args.inputs);
  const std::size_t planes = weights.wide ? 2 : 1, plane = place.bytes(rows),
                    plane_scales = place.scales(rows);
  if (planes * plane > shared_.quantized.size() * sizeof(float) ||
      planes * plane_scales > shared_.quantized_scales.size()) {  // the same for every lane
    shared_.out_of_memory.store(true, std::memory_order_relaxed);
    return;
  }
  auto* quantized = reinterpret_cast<std::byte*>(shared_.quantized.data());
  float* scales = shared_.quantized_scales.data();
  const QuantizeFn quantize = product.format == Format::kInt8    ? kernels_.quantize_int8
                              : product.format == Format::kInt16 ? kernels_.quantize_int16
                                                                 : kernels_.quantize_bf16;
  // Outliers are divided in a scratch row of the lane.
  Floats& scratch = shared_.scratch[static_cast<std::size_t>(lane_.index())];
  const bool shrinks = weights.shrink.size() != 0;
  const bool ready = scratch.size() >= weights.shrink.size() || scratch.allocate(weights.shrink.size());
  if (!ready) shared_.out_of_memory.store(true, std::memory_order_relaxed);
  const QuantizeArgs row_args{nullptr, args.inputs, kGroup,
                              product.format == Format::kInt8 ? product.levels : kInt16Levels};
  claim_rows(rows, [&](std::size_t row) {
    QuantizeArgs one = row_args;
    one.in = args.in + row * args.in_stride;
    if (!ready) return;
    if (shrinks) {
      kernels_.multiply(one.in, weights.shrink.data(), args.inputs, scratch.data());
      one.in = scratch.data();
    }
    std::byte* to = quantized + row * place.stride;
    float* to_scales = scales + row * place.scales_stride;
    if (weights.wide)
      kernels_.quantize_wide(one, to, to_scales, to + plane, to_scales + plane_scales);
    else
      quantize(one, to, to_scales);
  });
  const Cut cut(rows, weights.panels, product.tile_rows, static_cast<std::size_t>(lane_.count()),
                element_bytes(product.format));
  claim(cut.row_pieces * cut.panel_pieces, [&](std::size_t piece) {
    const std::size_t row = piece / cut.panel_pieces * cut.height,
                      panel = piece % cut.panel_pieces * cut.width;
    const std::size_t count = std::min(cut.height, rows - row);
    for (std::size_t p = 0; p < planes; ++p) {
      const bool last = p + 1 == planes;
      product.multiply({.in = quantized + p * plane + row * place.stride,
                        .in_stride = place.stride,
                        .in_scales = scales + p * plane_scales + row * place.scales_stride,
                        .in_scales_stride = place.scales_stride,
                        .rows = count,
                        .inputs = weights.padded_inputs(),
                        .weights = weights.bytes(),
                        .scales = weights.scales.data(),
                        .sums = weights.sums.data(),
                        .columns = weights.columns(),
                        .panel_begin = panel,
                        .panel_end = std::min(panel + cut.width, weights.panels),
                        .linear = rows_of(args, row, count),
                        .finish = last ? kernels_.finish : nullptr,
                        .accumulate = p != 0});
    }
  });
}

void CpuPass::attention(const Buffer& qkv, AttentionShape shape, Select queries, Buffer& out) {
  const auto size = static_cast<std::size_t>(shape.size), heads = static_cast<std::size_t>(shape.heads);
  Floats& scratch = shared_.scratch[static_cast<std::size_t>(lane_.index())];
  if (scratch.size() < attention_scratch(size) && !scratch.allocate(attention_scratch(size)))
    shared_.out_of_memory.store(true, std::memory_order_relaxed);
  const bool ready = scratch.size() >= attention_scratch(size);
  const Matrix& from = matrix(qkv);
  if (shape.kind != WeightKind::kFloat32 && shared_.tiles != nullptr && shared_.tiles->supports(size))
    return tile_attention(from, shape, queries, matrix(out), scratch);
  const PackedTokens& batch = *shared_.batch;
  const auto attend = [&](AttentionTask task, std::size_t head, float* out_row) {
    const auto begin = static_cast<std::size_t>(batch.starts[task.text]);
    const auto end = static_cast<std::size_t>(batch.starts[task.text + 1]);
    const std::size_t column = head * size, hidden = heads * size;
    kernels_.attention({.query = from.row(begin + task.first) + column,
                        .key = from.row(begin) + hidden + column,
                        .value = from.row(begin) + 2 * hidden + column,
                        .stride = from.stride,
                        .queries = task.count,
                        .keys = end - begin,
                        .size = size,
                        .out = out_row + column,
                        .out_stride = matrix(out).stride,
                        .scratch = scratch.data()});
  };
  const std::size_t tasks = queries == Select::kAllTokens ? shared_.tasks.size() : batch.texts();
  claim(tasks * heads, [&](std::size_t piece) {
    if (!ready) return;
    if (queries == Select::kFirstTokens)
      return attend({piece / heads, 0, 1}, piece % heads, matrix(out).row(piece / heads));
    const AttentionTask& task = shared_.tasks[piece / heads];
    attend(task, piece % heads,
           matrix(out).row(static_cast<std::size_t>(batch.starts[task.text]) + task.first));
  });
}

void CpuPass::tile_attention(const Matrix& qkv, AttentionShape shape, Select queries, Matrix& out,
                             Floats& scratch) {
  const auto size = static_cast<std::size_t>(shape.size), heads = static_cast<std::size_t>(shape.heads);
  const std::size_t hidden = heads * size, block_bytes = tile_keys_bytes(size);
  const PackedTokens& batch = *shared_.batch;
  auto* packed = reinterpret_cast<std::byte*>(shared_.packed_keys.data());
  auto* own = reinterpret_cast<std::byte*>(scratch.data());
  const bool ready =
      scratch.size() >= attention_scratch(size) &&
      shared_.packed_keys.size() * sizeof(float) >= shared_.key_blocks.size() * heads * block_bytes;
  if (!ready) shared_.out_of_memory.store(true, std::memory_order_relaxed);
  const auto pack = [&](const KeyBlock& block, std::size_t head, std::byte* to) {
    const float* row =
        qkv.row(static_cast<std::size_t>(batch.starts[block.text]) + block.first) + head * size;
    shared_.tiles->pack_keys({.key = row + hidden,
                              .value = row + 2 * hidden,
                              .stride = qkv.stride,
                              .keys = block.count,
                              .size = size,
                              .out = to});
  };
  const auto blocks_of = [&](std::size_t text) {
    return packed + shared_.first_block[text] * heads * block_bytes;
  };
  // Blocks of a text are stored by head, so that a task reads contiguous memory.
  if (!shared_.key_blocks.empty())
    claim(shared_.key_blocks.size() * heads, [&](std::size_t piece) {
      if (!ready) return;
      const KeyBlock& block = shared_.key_blocks[piece / heads];
      const auto length = static_cast<std::size_t>(batch.starts[block.text + 1] - batch.starts[block.text]);
      const std::size_t head = piece % heads, blocks = (length + kTileKeys - 1) / kTileKeys;
      pack(block, head, blocks_of(block.text) + (head * blocks + block.first / kTileKeys) * block_bytes);
    });
  const auto attend = [&](AttentionTask task, std::size_t head, float* out_row) {
    const auto begin = static_cast<std::size_t>(batch.starts[task.text]);
    const auto keys = static_cast<std::size_t>(batch.starts[task.text + 1]) - begin;
    const std::byte* text_keys = own + tile_attention_scratch(size);
    if (keys <= kKeyBlock) {  // only one task reads them
      for (std::size_t first = 0; first < keys; first += kTileKeys)
        pack({task.text, first, std::min(kTileKeys, keys - first)}, head,
             own + tile_attention_scratch(size) + first / kTileKeys * block_bytes);
    } else {
      text_keys = blocks_of(task.text) + head * ((keys + kTileKeys - 1) / kTileKeys) * block_bytes;
    }
    shared_.tiles->attend({.query = qkv.row(begin + task.first) + head * size,
                           .stride = qkv.stride,
                           .queries = task.count,
                           .packed = text_keys,
                           .keys = keys,
                           .size = size,
                           .out = out_row + head * size,
                           .out_stride = out.stride,
                           .scratch = own});
  };
  const std::size_t tasks = queries == Select::kAllTokens ? shared_.tasks.size() : batch.texts();
  claim(tasks * heads, [&](std::size_t piece) {
    if (!ready) return;
    if (queries == Select::kFirstTokens)
      return attend({piece / heads, 0, 1}, piece % heads, out.row(piece / heads));
    const AttentionTask& task = shared_.tasks[piece / heads];
    attend(task, piece % heads, out.row(static_cast<std::size_t>(batch.starts[task.text]) + task.first));
  });
}

void CpuPass::layer_norm(const Norm& norm, std::size_t rows, OutRows in_out) {
  const NormArgs args = static_cast<const PackedNorm&>(norm).args();
  claim_rows(rows, [&](std::size_t row) {
    kernels_.layer_norm(args, matrix(in_out.buffer).row(in_out.first + row));
  });
}

void CpuPass::gather_first(const Buffer& in, std::size_t columns, Buffer& out) {
  const PackedTokens& batch = *shared_.batch;
  claim_rows(batch.texts(), [&](std::size_t text) {
    std::copy_n(matrix(in).row(static_cast<std::size_t>(batch.starts[text])), columns, matrix(out).row(text));
  });
}

void CpuPass::mean_pool(const Buffer& in, std::size_t columns, Buffer& out) {
  const PackedTokens& batch = *shared_.batch;
  claim_rows(batch.texts(), [&](std::size_t text) {
    const auto begin = static_cast<std::size_t>(batch.starts[text]),
               end = static_cast<std::size_t>(batch.starts[text + 1]);
    kernels_.mean(matrix(in).row(begin), matrix(in).stride, end - begin, columns, matrix(out).row(text));
  });
}

void CpuPass::l2_normalize(std::size_t rows, std::size_t columns, Buffer& in_out) {
  claim_rows(rows, [&](std::size_t row) { kernels_.l2_normalize(matrix(in_out).row(row), columns); });
}

void CpuPass::download(const Buffer& in, std::size_t rows, std::size_t columns, float* out) {
  claim_rows(rows, [&](std::size_t row) { std::copy_n(matrix(in).row(row), columns, out + row * columns); });
}

void CpuPass::download_tails(const Buffer& in, std::size_t columns, float* out) {
  const PackedTokens& batch = *shared_.batch;
  claim_rows(batch.texts(), [&](std::size_t text) {
    const auto begin = static_cast<std::size_t>(batch.starts[text]) + 1;
    const auto end = static_cast<std::size_t>(batch.starts[text + 1]);
    // text + 1 first tokens are left out before the second token of this text.
    for (std::size_t token = begin; token < end; ++token)
      std::copy_n(matrix(in).row(token), columns, out + (token - text - 1) * columns);
  });
}

}  // namespace rappel::cpu
