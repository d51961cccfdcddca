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
  RAPPEL_CHECK(of(residual).type == out.type, "a residual has the type of its encoder's rows");
  return of(residual).from(first);
}

Rows rows_from(const Rows& rows, std::size_t first) {
  return {static_cast<std::byte*>(rows.data) +
              first * static_cast<std::size_t>(rows.stride) * element_bytes(rows.type),
          rows.stride, rows.type};
}

int as_int(std::size_t count) { return static_cast<int>(count); }

}  // namespace

// Few sizes, and little that is computed for nothing: products take whole tiles of rows anyhow.
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
  commands_.push_back(EmbedCommand{words.rows, static_cast<const GpuTable&>(*tables.positions).rows,
                                   static_cast<const GpuTable&>(*tables.types).rows, batch_.ids,
                                   batch_.positions, batch_.types,
                                   static_cast<const GpuNorm&>(*tables.norm).weights, of(out).from(0),
                                   as_int(batch_.tokens.computed), as_int(words.columns)});
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
  ProductCommand product{from,         linear.rows,     to.from(out.first), linear.bias, {},
                         as_int(rows), linear.inputs(), linear.outputs(),   linear.tf32};
  if (epilogue == Epilogue::kResidual) product.residual = residual_rows(*residual, to, out.first);
  commands_.push_back(product);
  if (epilogue != Epilogue::kNone && epilogue != Epilogue::kResidual)
    commands_.push_back(FinishCommand{product.out, epilogue, product.rows, product.outputs});
}

// Scratch memory: the scales of the rows, the rows of 8 bits, their sums.
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
    commands_.push_back(
        QuantizeCommand{rows_from(in, first), inputs, scales, linear.factors, count, linear.inputs()});
    commands_.push_back(ProductCommand{inputs,
                                       linear.rows,
                                       sums,
                                       nullptr,
                                       {},
                                       count,
                                       static_cast<int>(linear.rows.stride),
                                       static_cast<int>(out_stride)});
    commands_.push_back(DequantizeCommand{
        sums, rows_from(out, first), scales, linear.scales, static_cast<const float*>(linear.bias),
        epilogue == Epilogue::kResidual ? rows_from(residual, first) : Rows{}, epilogue, count,
        linear.outputs()});
  }
}

// One place for all: what is converted is read by the next command and by none after it.
Rows GpuPass::converted(const Rows& in, std::size_t rows, std::size_t columns, Element type) {
  const std::size_t bytes = rows * padded(columns) * element_bytes(type);
  scratch_bytes_ = std::max(scratch_bytes_, bytes);
  const Rows out{scratch_.data(), static_cast<std::int64_t>(padded(columns)), type};
  commands_.push_back(CopyCommand{in, out, nullptr, as_int(rows), as_int(columns)});
  return out;
}

void GpuPass::attention(const Buffer& qkv, AttentionShape shape, Select queries, Buffer& out) {
  if (shape.size > kMostHeadSize)
    status_ = Status(Code::kUnsupported, "the CUDA device takes attention heads of at most " +
                                             std::to_string(kMostHeadSize) + " numbers, this model has " +
                                             std::to_string(shape.size) + "; use the CPU for it");
  const bool all = queries == Select::kAllTokens;
  of(out).type = of(qkv).type;
  commands_.push_back(
      AttentionCommand{of(qkv).from(0), of(out).from(0), all ? batch_.tiles : batch_.first_tiles,
                       as_int(all ? batch_.tile_count : batch_.texts.computed), shape.heads, shape.size,
                       static_cast<float>(kLog2E / std::sqrt(static_cast<double>(shape.size)))});
}

void GpuPass::layer_norm(const Norm& norm, std::size_t rows, OutRows in_out) {
  const auto& layer = static_cast<const GpuNorm&>(norm);
  commands_.push_back(NormCommand{layer.weights, of(in_out.buffer).from(in_out.first),
                                  as_int(batch_.rows(rows)), as_int(layer.columns)});
}

void GpuPass::gather_first(const Buffer& in, std::size_t columns, Buffer& out) {
  of(out).type = of(in).type;
  commands_.push_back(CopyCommand{of(in).from(0), of(out).from(0), batch_.firsts,
                                  as_int(batch_.texts.computed), as_int(columns)});
}

void GpuPass::mean_pool(const Buffer& in, std::size_t columns, Buffer& out) {
  of(out).type = Element::kFloat32;
  commands_.push_back(MeanCommand{of(in).from(0), of(out).from(0), batch_.starts,
                                  as_int(batch_.texts.computed), as_int(columns)});
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
  commands_.push_back(CopyCommand{of(in).from(0), to, rows_of, as_int(rows.computed), as_int(columns)});
}

}  // namespace rappel::cuda
