#include "engine/reference/reference_device.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/packed_tokens.h"

namespace rappel {
namespace {

struct Matrix final : Buffer {
  Matrix(std::size_t rows, std::size_t columns) : Buffer(rows, columns), values(rows * columns) {}
  double* row(std::size_t r) { return values.data() + r * columns(); }
  const double* row(std::size_t r) const { return values.data() + r * columns(); }
  std::vector<double> values;
};

struct FloatTable final : Table {
  std::size_t columns = 0;
  std::vector<float> values;
  const float* row(std::size_t r) const { return values.data() + r * columns; }
};

struct FloatNorm final : Norm {
  std::vector<float> scale, shift;
  double eps = 0;
};

struct FloatLinear final : Linear {
  FloatLinear(int inputs, int outputs) : Linear(inputs, outputs) {}
  std::vector<float> weight;  // [outputs, inputs]
  std::vector<float> bias;
};

Matrix& matrix(Buffer& buffer) { return static_cast<Matrix&>(buffer); }
const Matrix& matrix(const Buffer& buffer) { return static_cast<const Matrix&>(buffer); }

void append_floats(const TensorView& tensor, std::vector<float>& values) {
  const std::size_t at = values.size();
  values.resize(at + tensor.elements());
  tensor.to_float(std::span(values).subspan(at));
}

void normalize_row(const FloatNorm& norm, double* row) {
  const std::size_t n = norm.scale.size();
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < n; ++i) mean += row[i] / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) variance += (row[i] - mean) * (row[i] - mean) / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i)
    row[i] = (row[i] - mean) / std::sqrt(variance + norm.eps) * static_cast<double>(norm.scale[i]) +
             static_cast<double>(norm.shift[i]);
}

double finish(double value, Epilogue epilogue, double residual) {
  switch (epilogue) {
    case Epilogue::kNone: return value;
    case Epilogue::kGelu: return 0.5 * value * (1 + std::erf(value / std::sqrt(2.0)));
    case Epilogue::kTanh: return std::tanh(value);
    case Epilogue::kRelu: return std::max(value, 0.0);
    case Epilogue::kResidual: return value + residual;
  }
  return value;
}

class ReferencePass final : public Pass {
 public:
  explicit ReferencePass(const PackedTokens& batch) : batch_(batch) {}

  void embed(const EmbeddingTables& tables, Buffer& out) override {
    const auto& words = static_cast<const FloatTable&>(*tables.words);
    const auto& positions = static_cast<const FloatTable&>(*tables.positions);
    const auto& types = static_cast<const FloatTable&>(*tables.types);
    for (std::size_t t = 0; t < batch_.tokens(); ++t) {
      const float* word = words.row(static_cast<std::size_t>(batch_.ids[t]));
      const float* position = positions.row(static_cast<std::size_t>(batch_.positions[t]));
      const float* type = types.row(batch_.type_ids.empty() ? 0 : batch_.type_ids[t]);
      double* row = matrix(out).row(t);
      for (std::size_t i = 0; i < words.columns; ++i)
        row[i] =
            static_cast<double>(word[i]) + static_cast<double>(type[i]) + static_cast<double>(position[i]);
      normalize_row(static_cast<const FloatNorm&>(*tables.norm), row);
    }
  }

  void linear(const Linear& weights, InRows in, std::size_t rows, Epilogue epilogue, const Buffer* residual,
              OutRows out) override {
    const auto& linear = static_cast<const FloatLinear&>(weights);
    const auto inputs = static_cast<std::size_t>(linear.inputs()),
               outputs = static_cast<std::size_t>(linear.outputs());
    for (std::size_t r = 0; r < rows; ++r) {
      const double* x = matrix(in.buffer).row(in.first + r);
      double* y = matrix(out.buffer).row(out.first + r);
      for (std::size_t n = 0; n < outputs; ++n) {
        double sum = static_cast<double>(linear.bias[n]);
        for (std::size_t k = 0; k < inputs; ++k)
          sum += x[k] * static_cast<double>(linear.weight[n * inputs + k]);
        y[n] = finish(sum, epilogue, residual ? matrix(*residual).row(out.first + r)[n] : 0);
      }
    }
  }

  void attention(const Buffer& qkv, AttentionShape shape, Select queries, Buffer& out) override {
    for (std::size_t text = 0; text < batch_.texts(); ++text) {
      const auto begin = static_cast<std::size_t>(batch_.starts[text]);
      const auto end = static_cast<std::size_t>(batch_.starts[text + 1]);
      const bool first = queries == Select::kFirstTokens;
      for (std::size_t query = begin; query < (first ? begin + 1 : end); ++query)
        for (int head = 0; head < shape.heads; ++head)
          attend(matrix(qkv), shape, head, query, begin, end, matrix(out).row(first ? text : query));
    }
  }

  void layer_norm(const Norm& norm, std::size_t rows, OutRows in_out) override {
    for (std::size_t r = 0; r < rows; ++r)
      normalize_row(static_cast<const FloatNorm&>(norm), matrix(in_out.buffer).row(in_out.first + r));
  }

  void gather_first(const Buffer& in, std::size_t columns, Buffer& out) override {
    for (std::size_t text = 0; text < batch_.texts(); ++text)
      std::copy_n(matrix(in).row(static_cast<std::size_t>(batch_.starts[text])), columns,
                  matrix(out).row(text));
  }

  void mean_pool(const Buffer& in, std::size_t columns, Buffer& out) override {
    for (std::size_t text = 0; text < batch_.texts(); ++text) {
      double* mean = matrix(out).row(text);
      std::fill_n(mean, columns, 0.0);
      const int begin = batch_.starts[text], end = batch_.starts[text + 1];
      for (int t = begin; t < end; ++t)
        for (std::size_t i = 0; i < columns; ++i)
          mean[i] += matrix(in).row(static_cast<std::size_t>(t))[i] / (end - begin);
    }
  }

  void l2_normalize(std::size_t rows, std::size_t columns, Buffer& in_out) override {
    for (std::size_t r = 0; r < rows; ++r) {
      double* row = matrix(in_out).row(r);
      double squares = 0;
      for (std::size_t i = 0; i < columns; ++i) squares += row[i] * row[i];
      for (std::size_t i = 0; i < columns; ++i) row[i] /= std::max(std::sqrt(squares), 1e-12);
    }
  }

  void download(const Buffer& in, std::size_t rows, std::size_t columns, float* out) override {
    for (std::size_t r = 0; r < rows; ++r) copy_row(in, r, columns, out + r * columns);
  }

  void download_tails(const Buffer& in, std::size_t columns, float* out) override {
    for (std::size_t text = 0; text < batch_.texts(); ++text)
      for (int t = batch_.starts[text] + 1; t < batch_.starts[text + 1]; ++t, out += columns)
        copy_row(in, static_cast<std::size_t>(t), columns, out);
  }

 private:
  static void copy_row(const Buffer& in, std::size_t row, std::size_t columns, float* out) {
    const double* from = matrix(in).row(row);
    std::transform(from, from + columns, out, [](double value) { return static_cast<float>(value); });
  }

  void attend(const Matrix& qkv, AttentionShape shape, int head, std::size_t query, std::size_t begin,
              std::size_t end, double* out_row) {
    const auto size = static_cast<std::size_t>(shape.size);
    const std::size_t hidden = size * static_cast<std::size_t>(shape.heads);
    const std::size_t column = size * static_cast<std::size_t>(head);
    weights_.resize(end - begin);
    double largest = -INFINITY, sum = 0;
    for (std::size_t key = begin; key < end; ++key) {
      double dot = 0;
      for (std::size_t i = 0; i < size; ++i)
        dot += qkv.row(query)[column + i] * qkv.row(key)[hidden + column + i];
      weights_[key - begin] = dot / std::sqrt(static_cast<double>(size));
      largest = std::max(largest, weights_[key - begin]);
    }
    for (double& weight : weights_) sum += weight = std::exp(weight - largest);
    for (std::size_t i = 0; i < size; ++i) {
      double value = 0;
      for (std::size_t key = begin; key < end; ++key)
        value += weights_[key - begin] * qkv.row(key)[2 * hidden + column + i];
      out_row[column + i] = value / sum;
    }
  }

  const PackedTokens& batch_;
  std::vector<double> weights_;
};

class ReferenceDevice final : public Device {
 public:
  const DeviceInfo& info() const override { return info_; }
  bool supports(WeightKind kind) const override { return kind == WeightKind::kFloat32; }

  Result<std::unique_ptr<Buffer>> allocate(std::size_t rows, std::size_t columns) override {
    return std::unique_ptr<Buffer>(std::make_unique<Matrix>(rows, columns));
  }

  Result<std::unique_ptr<Table>> upload_table(const TensorView& tensor) override {
    auto table = std::make_unique<FloatTable>();
    table->columns = static_cast<std::size_t>(tensor.shape[1]);
    append_floats(tensor, table->values);
    return std::unique_ptr<Table>(std::move(table));
  }

  Result<std::unique_ptr<Norm>> upload_norm(const TensorView& scale, const TensorView& shift,
                                            float eps) override {
    auto norm = std::make_unique<FloatNorm>();
    append_floats(scale, norm->scale);
    append_floats(shift, norm->shift);
    norm->eps = static_cast<double>(eps);
    return std::unique_ptr<Norm>(std::move(norm));
  }

  Result<std::unique_ptr<Linear>> upload_linear(std::span<const LinearPart> parts, WeightKind,
                                                std::span<const float>) override {
    int outputs = 0;
    for (const LinearPart& part : parts) outputs += static_cast<int>(part.weight.shape[0]);
    auto linear = std::make_unique<FloatLinear>(static_cast<int>(parts[0].weight.shape[1]), outputs);
    for (const LinearPart& part : parts) {
      append_floats(part.weight, linear->weight);
      append_floats(part.bias, linear->bias);
    }
    return std::unique_ptr<Linear>(std::move(linear));
  }

  Status run(const PackedTokens& batch, const Forward& forward) override {
    ReferencePass pass(batch);
    forward(pass);
    return {};
  }

 private:
  DeviceInfo info_{"reference", "reference: naive, double precision, 1 thread", 1};
};

}  // namespace

std::unique_ptr<Device> make_reference_device() { return std::make_unique<ReferenceDevice>(); }

}  // namespace rappel
