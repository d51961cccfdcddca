#include "engine/metal/metal_pass.h"

#include <mlx/fast.h>
#include <mlx/ops.h>
#include <mlx/transforms.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace rappel::metal {
namespace {

namespace mx = mlx::core;

// Number of query rows if only the first token is wanted: MLX uses another kernel for up to 8 rows.
constexpr std::size_t kFirstRows = 16;
// Maximum number of scores (heads x queries x keys) per call of attention: 256 MB if written to memory.
constexpr std::size_t kMostScores = std::size_t{1} << 26;
constexpr std::size_t kLeastQueries = 32;

int to_int(std::size_t value) { return static_cast<int>(value); }

mx::array index_array(const std::vector<std::int32_t>& values) {
  return mx::array(values.data(), mx::Shape{to_int(values.size())});
}

const GraphBuffer& graph(const Buffer& buffer) { return static_cast<const GraphBuffer&>(buffer); }

// Adds rows of a table in the model file to `out`.
class RowReader {
 public:
  explicit RowReader(const Table& table) : all_(static_cast<const FileTable&>(table).view), row_(all_) {
    values_.resize(static_cast<std::size_t>(all_.shape[1]));
    row_.shape = {all_.shape[1]};
  }
  void add(std::size_t row, float* out) {
    const std::size_t bytes = values_.size() * dtype_size(all_.dtype);
    row_.bytes = all_.bytes.subspan(row * bytes, bytes);
    row_.to_float(values_);
    for (std::size_t i = 0; i < values_.size(); ++i) out[i] += values_[i];
  }

 private:
  const TensorView& all_;
  TensorView row_;
  std::vector<float> values_;
};

// The part of a bucket that one call of attention processes. Depends on the length and the number of texts.
struct CallSize {
  int queries, texts;
};

CallSize call_size(int length, int heads, bool first) {
  const std::size_t keys = static_cast<std::size_t>(length) * static_cast<std::size_t>(heads);
  const std::size_t most = std::max(kLeastQueries, kMostScores / keys / kLeastQueries * kLeastQueries);
  const int queries = to_int(std::min(static_cast<std::size_t>(length), first ? kFirstRows : most));
  return {queries, std::max(1, to_int(kMostScores / keys) / queries)};
}

}  // namespace

MetalPass::~MetalPass() {
  for (GraphBuffer* buffer : written_) buffer->forget();
}

void MetalPass::write(Buffer& out, std::size_t first, const mx::array& values, std::size_t temporary_bytes) {
  auto& buffer = static_cast<GraphBuffer&>(out);
  if (std::find(written_.begin(), written_.end(), &buffer) == written_.end()) written_.push_back(&buffer);
  // The node it replaces stays allocated until this node has been computed.
  std::size_t bytes = values.nbytes() + temporary_bytes;
  for (const GraphBuffer* other : written_) bytes += other->bytes();
  bytes_needed_ = std::max(bytes_needed_, bytes);
  buffer.write(first, values);
}

const MetalPass::Plan& MetalPass::plan() {
  if (plan_) return *plan_;
  const LengthBuckets by_length = bucket_by_length(batch_);
  std::vector<BucketArrays> buckets;
  std::size_t places = 0;
  for (const Bucket& bucket : by_length.buckets) {
    const int texts = to_int(bucket.texts.size()), length = to_int(bucket.length);
    buckets.push_back({texts, length, index_array(bucket.token_rows),
                       mx::array(bucket.is_token.data(), mx::Shape{texts, 1, 1, length}, mx::bool_)});
    places += bucket.token_rows.size();
  }
  const std::vector<std::int32_t> first_tokens(batch_.starts.begin(), batch_.starts.end() - 1);
  plan_ = Plan{.buckets = std::move(buckets),
               .rows_of_tokens = index_array(by_length.rows_of_tokens),
               .rows_of_texts = index_array(by_length.rows_of_texts),
               .first_tokens = index_array(first_tokens),
               .as_packed = by_length.buckets.size() == 1 && places == batch_.tokens()};
  return *plan_;
}

void MetalPass::embed(const EmbeddingTables& tables, Buffer& out) {
  RowReader words(*tables.words), positions(*tables.positions), types(*tables.types);
  const std::size_t columns = static_cast<const FileTable&>(*tables.words).columns();
  std::vector<float> sums(batch_.tokens() * columns);
  for (std::size_t t = 0; t < batch_.tokens(); ++t) {
    float* row = sums.data() + t * columns;
    words.add(static_cast<std::size_t>(batch_.ids[t]), row);
    types.add(batch_.type_ids.empty() ? 0 : batch_.type_ids[t], row);
    positions.add(static_cast<std::size_t>(batch_.positions[t]), row);
  }
  const auto& norm = static_cast<const ArrayNorm&>(*tables.norm);
  const mx::array rows(sums.data(), mx::Shape{to_int(batch_.tokens()), to_int(columns)});
  write(out, 0, mx::fast::layer_norm(rows, norm.scale, norm.shift, norm.eps), rows.nbytes());
}

void MetalPass::linear(const Linear& weights, InRows in, std::size_t rows, Epilogue epilogue,
                       const Buffer* residual, OutRows out) {
  const auto& linear = static_cast<const ArrayLinear&>(weights);
  mx::array x = graph(in.buffer).read(in.first, rows, static_cast<std::size_t>(linear.inputs()));
  const std::size_t given = x.nbytes();
  if (x.dtype() != linear.weight.dtype())
    x = linear.weight.dtype() == mx::float16 ? functions_.to_half({x})[0] : mx::astype(x, mx::float32);
  const mx::array product = mx::addmm(linear.bias, x, mx::transpose(linear.weight));
  std::optional<mx::array> other;
  if (residual != nullptr)
    other = graph(*residual).read(out.first, rows, static_cast<std::size_t>(linear.outputs()));
  write(out.buffer, out.first, finished(product, epilogue, other ? &*other : nullptr),
        product.nbytes() + (x.nbytes() == given ? 0 : x.nbytes()));
}

mx::array MetalPass::finished(mx::array product, Epilogue epilogue, const mx::array* residual) const {
  const bool half = product.dtype() == mx::float16;
  switch (epilogue) {
    case Epilogue::kNone: return half ? functions_.finite_half({product})[0] : product;
    case Epilogue::kGelu: return (half ? functions_.gelu_half : functions_.gelu)({product})[0];
    case Epilogue::kTanh: return mx::tanh(product);
    case Epilogue::kRelu: return mx::maximum(product, mx::array(0.0f, product.dtype()));
    case Epilogue::kResidual: {
      const mx::array other = mx::astype(*residual, mx::float32);
      return half ? functions_.add_half({product, other})[0] : mx::add(product, other);
    }
  }
  return product;
}

// Gathers the rows of a bucket: [texts * length, columns].
mx::array MetalPass::places(const BucketArrays& bucket, const mx::array& rows) const {
  return plan_->as_packed ? rows : mx::take(rows, bucket.token_rows, 0);
}

// The rows of all buckets, in the order of the batch.
mx::array MetalPass::in_order(const std::vector<mx::array>& parts, const mx::array& order) const {
  if (plan_->as_packed) return parts[0];
  return mx::take(parts.size() == 1 ? parts[0] : mx::concatenate(parts, 0), order, 0);
}

void MetalPass::attention(const Buffer& qkv, AttentionShape shape, Select queries, Buffer& out) {
  const auto hidden = static_cast<std::size_t>(shape.heads * shape.size);
  const mx::array rows = graph(qkv).read(0, batch_.tokens(), 3 * hidden);
  std::vector<mx::array> parts;
  std::size_t bytes = 0;
  bytes_of_scores_ = 0;
  for (const BucketArrays& bucket : plan().buckets) {
    parts.push_back(attend(bucket, rows, shape, queries));
    bytes += 4 * static_cast<std::size_t>(bucket.texts * bucket.length) * hidden * rows.itemsize();
  }
  const bool first = queries == Select::kFirstTokens;
  write(out, 0, in_order(parts, first ? plan().rows_of_texts : plan().rows_of_tokens),
        bytes + bytes_of_scores_);
}

// Query, key and value of a bucket, each [texts, heads, length, size].
std::array<mx::array, 3> MetalPass::by_head(const BucketArrays& bucket, const mx::array& qkv,
                                            AttentionShape shape) const {
  const int texts = bucket.texts, length = bucket.length, heads = shape.heads, size = shape.size;
  const mx::array all = mx::transpose(
      mx::reshape(places(bucket, qkv), mx::Shape{texts, length, 3, heads, size}), {2, 0, 3, 1, 4});
  const auto role = [&](int index) {
    return mx::squeeze(
        mx::slice(all, mx::Shape{index, 0, 0, 0, 0}, mx::Shape{index + 1, texts, heads, length, size}), 0);
  };
  return {role(0), role(1), role(2)};
}

// [texts * length, hidden], or [texts, hidden] for first tokens. Split into calls that bound the number of
// scores; each call depends on the previous one, otherwise MLX might compute all scores first.
mx::array MetalPass::attend(const BucketArrays& bucket, const mx::array& qkv, AttentionShape shape,
                            Select queries) {
  const int texts = bucket.texts, length = bucket.length, heads = shape.heads;
  const bool first = queries == Select::kFirstTokens;
  const auto [query, key, value] = by_head(bucket, qkv, shape);
  const CallSize call = call_size(length, heads, first);
  const int wanted = first ? call.queries : length;
  // Scores and their softmax.
  bytes_of_scores_ =
      std::max(bytes_of_scores_, 2 * qkv.itemsize() * static_cast<std::size_t>(std::min(call.texts, texts)) *
                                     static_cast<std::size_t>(call.queries * length * heads));
  std::optional<mx::array> previous;
  std::vector<mx::array> done;  // results of groups of texts, all queries
  for (int text = 0; text < texts; text += call.texts) {
    const int last = std::min(texts, text + call.texts);
    const auto part = [&, end = shape.size](const mx::array& all, int from, int to) {
      return mx::slice(all, mx::Shape{text, 0, from, 0}, mx::Shape{last, all.shape(1), to, end});
    };
    const mx::array mask = mx::slice(bucket.mask, mx::Shape{text, 0, 0, 0}, mx::Shape{last, 1, 1, length});
    std::vector<mx::array> pieces;
    for (int row = 0; row < wanted; row += call.queries) {
      mx::array some = part(query, row, std::min(wanted, row + call.queries));
      if (previous) some = mx::depends({some}, {*previous})[0];
      previous = mx::fast::scaled_dot_product_attention(some, part(key, 0, length), part(value, 0, length),
                                                        1.0f / std::sqrt(static_cast<float>(shape.size)),
                                                        "array", mask);
      pieces.push_back(*previous);
    }
    done.push_back(pieces.size() == 1 ? pieces[0] : mx::concatenate(pieces, 2));
  }
  mx::array all = done.size() == 1 ? done[0] : mx::concatenate(done, 0);  // [texts, heads, wanted, size]
  if (first) all = mx::slice(all, mx::Shape{0, 0, 0, 0}, mx::Shape{texts, heads, 1, shape.size});
  return mx::reshape(mx::transpose(all, {0, 2, 1, 3}), mx::Shape{-1, heads * shape.size});
}

void MetalPass::layer_norm(const Norm& norm, std::size_t rows, OutRows in_out) {
  const auto& weights = static_cast<const ArrayNorm&>(norm);
  const mx::array x = graph(in_out.buffer).read(in_out.first, rows, weights.scale.size());
  write(in_out.buffer, in_out.first,
        mx::fast::layer_norm(mx::astype(x, mx::float32), weights.scale, weights.shift, weights.eps));
}

void MetalPass::gather_first(const Buffer& in, std::size_t columns, Buffer& out) {
  write(out, 0, mx::take(graph(in).read(0, batch_.tokens(), columns), plan().first_tokens, 0));
}

void MetalPass::mean_pool(const Buffer& in, std::size_t columns, Buffer& out) {
  const mx::array rows = mx::astype(graph(in).read(0, batch_.tokens(), columns), mx::float32);
  std::vector<mx::array> parts;
  std::size_t bytes = 0;
  for (const BucketArrays& bucket : plan().buckets) {
    const mx::array values =
        mx::reshape(places(bucket, rows), mx::Shape{bucket.texts, bucket.length, to_int(columns)});
    const mx::array is_token = mx::reshape(bucket.mask, mx::Shape{bucket.texts, bucket.length, 1});
    const mx::array tokens = mx::sum(mx::astype(is_token, mx::float32), 1);
    parts.push_back(mx::divide(mx::sum(mx::where(is_token, values, mx::array(0.0f)), 1), tokens));
    bytes += 2 * values.nbytes();
  }
  write(out, 0, mx::take(mx::concatenate(parts, 0), plan().rows_of_texts, 0), bytes);
}

void MetalPass::l2_normalize(std::size_t rows, std::size_t columns, Buffer& in_out) {
  const mx::array x = mx::astype(graph(in_out).read(0, rows, columns), mx::float32);
  const mx::array length = mx::sqrt(mx::sum(mx::square(x), std::vector<int>{1}, true));
  write(in_out, 0, mx::divide(x, mx::maximum(length, mx::array(1e-12f))));
}

void MetalPass::download(const Buffer& in, std::size_t rows, std::size_t columns, float* out) {
  if (rows == 0 || columns == 0) return;
  downloads_.emplace_back(mx::contiguous(mx::astype(graph(in).read(0, rows, columns), mx::float32)), out);
}

void MetalPass::download_tails(const Buffer& in, std::size_t columns, float* out) {
  std::vector<std::int32_t> tails;
  for (std::size_t text = 0; text < batch_.texts(); ++text)
    for (std::int32_t t = batch_.starts[text] + 1; t < batch_.starts[text + 1]; ++t) tails.push_back(t);
  if (tails.empty() || columns == 0) return;
  const mx::array rows = mx::take(graph(in).read(0, batch_.tokens(), columns), index_array(tails), 0);
  downloads_.emplace_back(mx::contiguous(mx::astype(rows, mx::float32)), out);
}

void MetalPass::finish() {
  std::vector<mx::array> wanted;
  for (const auto& [values, out] : downloads_) wanted.push_back(values);
  mx::eval(wanted);
  for (const auto& [values, out] : downloads_) std::memcpy(out, values.data<float>(), values.nbytes());
}

}  // namespace rappel::metal
