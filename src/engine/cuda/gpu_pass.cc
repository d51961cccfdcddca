#include "engine/cuda/gpu_pass.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"

namespace rappel::cuda {
namespace {

constexpr double kLog2E = 1.4426950408889634;

GpuBuffer& of(Buffer& buffer) { return static_cast<GpuBuffer&>(buffer); }
const GpuBuffer& of(const Buffer& buffer) { return static_cast<const GpuBuffer&>(buffer); }

Rows residual_rows(const Buffer& residual, const GpuBuffer& out, std::size_t first) {
  RAPPEL_CHECK(of(residual).type == out.type, "a residual has the element type of the output");
  return of(residual).from(first);
}

Rows rows_from(const Rows& rows, std::size_t first) {
  return {static_cast<std::byte*>(rows.data) +
              first * static_cast<std::size_t>(rows.stride) * element_bytes(rows.type),
          rows.stride, rows.type};
}

int as_int(std::size_t count) { return static_cast<int>(count); }

}  // namespace

// Few sizes, with little padding overhead, because products compute whole tiles of rows anyway.
BatchCounts counts_of(std::size_t tokens, std::size_t texts) {
  if (tokens > kRepeatedTokens) return {{tokens, tokens}, {texts, texts}};
  const std::size_t unit = tokens <= 128 ? 16 : tokens <= 512 ? 64 : kRowUnit;
  return {{tokens, padded(tokens, unit)},
          {texts, texts <= kRowUnit ? std::bit_ceil(texts) : padded(texts, kRowUnit)}};
}

GpuPass::GpuPass(const GpuBatch& batch, const Memory& scratch, const Memory& answers,
                 std::vector<Command>& commands, std::vector<Answer>& downloads)
    : batch_(batch), scratch_(scratch), answers_(answers), commands_(commands), downloads_(downloads) {
  commands_.clear();
  downloads_.clear();
}

void GpuPass::embed(const EmbeddingTables& tables, Buffer& out) {
  const auto& words = static_cast<const GpuTable&>(*tables.words);
  of(out).type = rows_type(tables.kind);
  commands_.push_back(EmbedCommand{.words = words.rows,
                                   .positions = static_cast<const GpuTable&>(*tables.positions).rows,
                                   .types = static_cast<const GpuTable&>(*tables.types).rows,
                                   .ids = batch_.ids,
                                   .position_ids = batch_.positions,
                                   .type_ids = batch_.types,
                                   .norm = static_cast<const GpuNorm&>(*tables.norm).weights,
                                   .out = of(out).from(0),
                                   .rows = as_int(batch_.tokens.computed),
                                   .columns = as_int(words.columns)});
}

void GpuPass::linear(const Linear& weights, InRows in, std::size_t wanted, Epilogue epilogue,
                     const Buffer* residual, OutRows out) {
  const std::size_t rows = batch_.rows(wanted);
  const auto& linear = static_cast<const GpuLinear&>(weights);
  const auto inputs = static_cast<std::size_t>(linear.inputs());
  Rows from = of(in.buffer).from(in.first);
  if (linear.rows.type == Element::kInt8) {
    GpuBuffer& to = of(out.buffer);
    to.type = rows_type(WeightKind::kInt8);
    Rows added;
    if (epilogue == Epilogue::kResidual) added = residual_rows(*residual, to, out.first);
    quantized(linear, from, rows, epilogue, added, to.from(out.first));
    return;
  }
  if (from.type != linear.rows.type) from = converted(from, rows, inputs, linear.rows.type);
  GpuBuffer& to = of(out.buffer);
  to.type = linear.rows.type;
  ProductCommand product{.in = from,
                         .weights = linear.rows,
                         .out = to.from(out.first),
                         .bias = linear.bias,
                         .rows = as_int(rows),
                         .inputs = linear.inputs(),
                         .outputs = linear.outputs(),
                         .tf32 = linear.tf32};
  if (epilogue == Epilogue::kResidual) product.residual = residual_rows(*residual, to, out.first);
  commands_.push_back(product);
  if (epilogue != Epilogue::kNone && epilogue != Epilogue::kResidual)
    commands_.push_back(FinishCommand{product.out, epilogue, product.rows, product.outputs});
}

// Scratch memory: scales of the rows, 8-bit rows, their sums.
void GpuPass::quantized(const GpuLinear& linear, const Rows& in, std::size_t rows, Epilogue epilogue,
                        const Rows& residual, const Rows& out) {
  const std::size_t at_once = std::min(rows, kRowsAtOnce),
                    in_stride = static_cast<std::size_t>(linear.rows.stride),
                    out_stride = padded(static_cast<std::size_t>(linear.outputs()));
  const std::size_t inputs_at = padded(at_once * sizeof(float), kMemoryUnit),
                    sums_at = inputs_at + padded(at_once * in_stride, kMemoryUnit);
  scratch_bytes_ = std::max(scratch_bytes_, sums_at + at_once * out_stride * sizeof(std::int32_t));
  auto* scratch = static_cast<std::byte*>(scratch_.data());
  auto* scales = reinterpret_cast<float*>(scratch);
  const Rows inputs{scratch + inputs_at, linear.rows.stride, Element::kInt8},
      sums{scratch + sums_at, static_cast<std::int64_t>(out_stride), Element::kInt32};
  for (std::size_t first = 0; first < rows; first += at_once) {
    const int count = static_cast<int>(std::min(at_once, rows - first));
    commands_.push_back(QuantizeCommand{.in = rows_from(in, first),
                                        .out = inputs,
                                        .scales = scales,
                                        .factors = linear.factors,
                                        .rows = count,
                                        .columns = linear.inputs()});
    commands_.push_back(ProductCommand{.in = inputs,
                                       .weights = linear.rows,
                                       .out = sums,
                                       .rows = count,
                                       .inputs = static_cast<int>(linear.rows.stride),
                                       .outputs = static_cast<int>(out_stride)});
    commands_.push_back(
        DequantizeCommand{.sums = sums,
                          .out = rows_from(out, first),
                          .row_scales = scales,
                          .column_scales = linear.scales,
                          .bias = static_cast<const float*>(linear.bias),
                          .residual = epilogue == Epilogue::kResidual ? rows_from(residual, first) : Rows{},
                          .epilogue = epilogue,
                          .rows = count,
                          .columns = linear.outputs()});
  }
}

// All conversions share this memory, because only the next command reads the converted rows.
Rows GpuPass::converted(const Rows& in, std::size_t rows, std::size_t columns, Element type) {
  const std::size_t bytes = rows * padded(columns) * element_bytes(type);
  scratch_bytes_ = std::max(scratch_bytes_, bytes);
  const Rows out{scratch_.data(), static_cast<std::int64_t>(padded(columns)), type};
  commands_.push_back(CopyCommand{.in = in, .out = out, .rows = as_int(rows), .columns = as_int(columns)});
  return out;
}

void GpuPass::attention(const Buffer& qkv, AttentionShape shape, Select queries, Buffer& out) {
  if (shape.size > kMostHeadSize)
    status_ = Status(Code::kUnsupported, "the CUDA device supports attention heads of at most " +
                                             std::to_string(kMostHeadSize) + " numbers, this model has " +
                                             std::to_string(shape.size) + "; use the CPU for it");
  const bool all = queries == Select::kAllTokens;
  of(out).type = of(qkv).type;
  commands_.push_back(
      AttentionCommand{.qkv = of(qkv).from(0),
                       .out = of(out).from(0),
                       .tiles = all ? batch_.tiles : batch_.first_tiles,
                       .tile_count = as_int(all ? batch_.tile_count : batch_.texts.computed),
                       .heads = shape.heads,
                       .size = shape.size,
                       .scale = static_cast<float>(kLog2E / std::sqrt(static_cast<double>(shape.size)))});
}

void GpuPass::layer_norm(const Norm& norm, std::size_t rows, OutRows in_out) {
  const auto& layer = static_cast<const GpuNorm&>(norm);
  commands_.push_back(NormCommand{layer.weights, of(in_out.buffer).from(in_out.first),
                                  as_int(batch_.rows(rows)), as_int(layer.columns)});
}

void GpuPass::gather_first(const Buffer& in, std::size_t columns, Buffer& out) {
  of(out).type = of(in).type;
  commands_.push_back(CopyCommand{.in = of(in).from(0),
                                  .out = of(out).from(0),
                                  .rows_of = batch_.firsts,
                                  .rows = as_int(batch_.texts.computed),
                                  .columns = as_int(columns)});
}

void GpuPass::mean_pool(const Buffer& in, std::size_t columns, Buffer& out) {
  of(out).type = Element::kFloat32;
  commands_.push_back(MeanCommand{.in = of(in).from(0),
                                  .out = of(out).from(0),
                                  .starts = batch_.starts,
                                  .texts = as_int(batch_.texts.computed),
                                  .columns = as_int(columns)});
}

void GpuPass::l2_normalize(std::size_t rows, std::size_t columns, Buffer& in_out) {
  commands_.push_back(UnitCommand{of(in_out).from(0), as_int(batch_.rows(rows)), as_int(columns)});
}

void GpuPass::download(const Buffer& in, std::size_t rows, std::size_t columns, float* out) {
  answer(in, nullptr, {rows, batch_.rows(rows)}, columns, out);
}

void GpuPass::download_tails(const Buffer& in, std::size_t columns, float* out) {
  answer(in, batch_.tails, {batch_.tokens.real - batch_.texts.real, batch_.tokens.computed}, columns, out);
}

void GpuPass::answer(const Buffer& in, const std::int32_t* rows_of, Count rows, std::size_t columns,
                     float* out) {
  if (rows.real == 0 || columns == 0) return;
  const Answer place{out, answer_floats_, rows.real * columns};
  answer_floats_ += rows.computed * columns;
  downloads_.push_back(place);
  const Rows to{static_cast<float*>(answers_.data()) + place.first, static_cast<std::int64_t>(columns),
                Element::kFloat32};
  commands_.push_back(CopyCommand{.in = of(in).from(0),
                                  .out = to,
                                  .rows_of = rows_of,
                                  .rows = as_int(rows.computed),
                                  .columns = as_int(columns)});
}

}  // namespace rappel::cuda
