#include "engine/cuda/gpu_pass.h"

#include <cmath>

#include "base/check.h"

namespace rappel::cuda {
namespace {

constexpr double kLog2E = 1.4426950408889634;

GpuBuffer& of(Buffer& buffer) { return static_cast<GpuBuffer&>(buffer); }
const GpuBuffer& of(const Buffer& buffer) { return static_cast<const GpuBuffer&>(buffer); }

}  // namespace

GpuPass::GpuPass(const GpuBatch& batch, const Memory& scratch, const Memory& answers,
                 std::vector<Command>& commands, std::vector<Answer>& downloads)
    : batch_(batch), scratch_(scratch), answers_(answers), commands_(commands), downloads_(downloads) {
  commands_.clear();
  downloads_.clear();
}

void GpuPass::embed(const EmbeddingTables& tables, Buffer& out) {
  const auto& words = static_cast<const GpuTable&>(*tables.words);
  of(out).type = tables.kind == WeightKind::kFloat32 ? Element::kFloat32 : Element::kHalf;
  commands_.push_back(EmbedCommand{words.rows, static_cast<const GpuTable&>(*tables.positions).rows,
                                   static_cast<const GpuTable&>(*tables.types).rows, batch_.ids,
                                   batch_.positions, batch_.types,
                                   static_cast<const GpuNorm&>(*tables.norm).weights, of(out).from(0),
                                   batch_.tokens, static_cast<int>(words.columns)});
}

void GpuPass::linear(const Linear& weights, InRows in, std::size_t rows, Epilogue epilogue,
                     const Buffer* residual, OutRows out) {
  const auto& linear = static_cast<const GpuLinear&>(weights);
  const auto inputs = static_cast<std::size_t>(linear.inputs());
  Rows from = of(in.buffer).from(in.first);
  if (from.type != linear.rows.type) from = converted(from, rows, inputs, linear.rows.type);
  GpuBuffer& to = of(out.buffer);
  to.type = linear.rows.type;
  ProductCommand product{from,
                         linear.rows,
                         to.from(out.first),
                         linear.bias,
                         {},
                         static_cast<int>(rows),
                         linear.inputs(),
                         linear.outputs()};
  if (epilogue == Epilogue::kResidual) {
    RAPPEL_CHECK(of(*residual).type == to.type, "a residual has the type of its encoder's rows");
    product.residual = of(*residual).from(out.first);
  }
  commands_.push_back(product);
  if (epilogue != Epilogue::kNone && epilogue != Epilogue::kResidual)
    commands_.push_back(FinishCommand{product.out, epilogue, product.rows, product.outputs});
}

// One place for all: what is converted is read by the next command and by none after it.
Rows GpuPass::converted(const Rows& in, std::size_t rows, std::size_t columns, Element type) {
  const std::size_t bytes = rows * padded(columns) * element_bytes(type);
  if (bytes > scratch_bytes_) scratch_bytes_ = bytes;
  const Rows out{scratch_.data(), static_cast<std::int64_t>(padded(columns)), type};
  commands_.push_back(CopyCommand{in, out, nullptr, static_cast<int>(rows), static_cast<int>(columns)});
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
                       all ? batch_.tile_count : batch_.texts, shape.heads, shape.size,
                       static_cast<float>(kLog2E / std::sqrt(static_cast<double>(shape.size)))});
}

void GpuPass::layer_norm(const Norm& norm, std::size_t rows, OutRows in_out) {
  const auto& layer = static_cast<const GpuNorm&>(norm);
  commands_.push_back(NormCommand{layer.weights, of(in_out.buffer).from(in_out.first), static_cast<int>(rows),
                                  static_cast<int>(layer.columns)});
}

void GpuPass::gather_first(const Buffer& in, std::size_t columns, Buffer& out) {
  of(out).type = of(in).type;
  commands_.push_back(
      CopyCommand{of(in).from(0), of(out).from(0), batch_.starts, batch_.texts, static_cast<int>(columns)});
}

void GpuPass::mean_pool(const Buffer& in, std::size_t columns, Buffer& out) {
  of(out).type = Element::kFloat32;
  commands_.push_back(
      MeanCommand{of(in).from(0), of(out).from(0), batch_.starts, batch_.texts, static_cast<int>(columns)});
}

void GpuPass::l2_normalize(std::size_t rows, std::size_t columns, Buffer& in_out) {
  commands_.push_back(UnitCommand{of(in_out).from(0), static_cast<int>(rows), static_cast<int>(columns)});
}

void GpuPass::download(const Buffer& in, std::size_t rows, std::size_t columns, float* out) {
  answer(in, nullptr, rows, columns, out);
}

void GpuPass::download_tails(const Buffer& in, std::size_t columns, float* out) {
  answer(in, batch_.tails, static_cast<std::size_t>(batch_.tokens - batch_.texts), columns, out);
}

void GpuPass::answer(const Buffer& in, const std::int32_t* rows_of, std::size_t rows, std::size_t columns,
                     float* out) {
  if (rows == 0 || columns == 0) return;
  const Answer place{out, answer_floats_, rows * columns};
  answer_floats_ += place.floats;
  downloads_.push_back(place);
  const Rows to{static_cast<float*>(answers_.data()) + place.first, static_cast<std::int64_t>(columns),
                Element::kFloat32};
  commands_.push_back(
      CopyCommand{of(in).from(0), to, rows_of, static_cast<int>(rows), static_cast<int>(columns)});
}

}  // namespace rappel::cuda
