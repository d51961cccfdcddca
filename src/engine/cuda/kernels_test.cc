// Each emulated kernel against a naive implementation in double precision: float32 and 16-bit numbers, widths
// and lengths around every boundary, and bit-identical results for every order of threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "codec/float16.h"
#include "engine/cuda/test_emulated_gpu.h"
#include "engine/cuda/test_emulation.h"
#include "engine/test_model.h"

namespace rappel::cuda {
namespace {

constexpr float kUntouched = 77.0f;

// Rows in a block of exactly their size, rounded to the element type.
class Matrix {
 public:
  Matrix(int rows, int columns, Element type)
      : rows_(rows),
        columns_(columns),
        type_(type),
        stride_(static_cast<int>(padded(static_cast<std::size_t>(columns)))),
        bytes_(static_cast<std::size_t>(rows * stride_) * element_bytes(type)),
        memory_(static_cast<std::byte*>(operator new(bytes_, std::align_val_t(16)))) {
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < stride_; ++c) set(r, c, kUntouched);
  }
  Matrix(Matrix&&) = default;

  Rows rows() const { return {memory_.get(), stride_, type_}; }
  float at(int row, int column) const {
    const std::size_t i = place(row, column);
    if (type_ == Element::kFloat32) return reinterpret_cast<const float*>(memory_.get())[i];
    const std::uint16_t bits = reinterpret_cast<const std::uint16_t*>(memory_.get())[i];
    return type_ == Element::kHalf ? f16_to_float(bits) : bf16_to_float(bits);
  }
  void set(int row, int column, float value) {
    const std::size_t i = place(row, column);
    if (type_ == Element::kFloat32)
      reinterpret_cast<float*>(memory_.get())[i] = value;
    else
      reinterpret_cast<std::uint16_t*>(memory_.get())[i] =
          type_ == Element::kHalf ? float_to_f16(value) : float_to_bf16(value);
  }
  Matrix& fill(TestRandom& random, float scale = 1.0f, float offset = 0.0f) {
    for (int r = 0; r < rows_; ++r)
      for (int c = 0; c < columns_; ++c) set(r, c, random.next() * scale + offset);
    return *this;
  }
  Matrix copy() const {
    Matrix other(rows_, columns_, type_);
    std::memcpy(other.memory_.get(), memory_.get(), bytes_);
    return other;
  }
  bool operator==(const Matrix& other) const {
    return std::memcmp(memory_.get(), other.memory_.get(), bytes_) == 0;
  }
  // Checks that nothing after the columns was written.
  bool padding_untouched() const {
    for (int r = 0; r < rows_; ++r)
      for (int c = columns_; c < stride_; ++c)
        if (at(r, c) != kUntouched) return false;
    return true;
  }
  int count() const { return rows_; }
  int columns() const { return columns_; }

 private:
  std::size_t place(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(stride_) +
           static_cast<std::size_t>(column);
  }

  struct Free {
    void operator()(std::byte* memory) const { operator delete(memory, std::align_val_t(16)); }
  };
  int rows_, columns_;
  Element type_;
  int stride_;
  std::size_t bytes_;
  std::unique_ptr<std::byte, Free> memory_;
};

class CudaKernels : public testing::TestWithParam<Element> {
 protected:
  void TearDown() override { set_fiber_order(FiberOrder::kForward); }
  // Error of one rounding to the element type, plus that of float32 arithmetic.
  double bar(double value) const { return 2e-6 + step() * std::abs(value); }
  double step() const {
    if (GetParam() == Element::kFloat32) return 1e-6;
    return GetParam() == Element::kHalf ? 0x1p-11 : 0x1p-8;
  }

  // Runs `command`, which writes to the matrix, in every order of threads; the results must be bit-identical.
  static void run(const Command& command, Matrix& written) {
    const Matrix before = written.copy();
    emulate(command);
    for (const FiberOrder order : {FiberOrder::kBackward, FiberOrder::kMixed}) {
      const Matrix forward = written.copy();
      std::memcpy(written.rows().data, before.rows().data,
                  static_cast<std::size_t>(before.count()) * static_cast<std::size_t>(before.rows().stride) *
                      element_bytes(before.rows().type));
      set_fiber_order(order);
      emulate(command);
      set_fiber_order(FiberOrder::kForward);
      ASSERT_TRUE(written == forward) << "the result depends on the order of threads";
    }
    EXPECT_TRUE(written.padding_untouched());
  }

  TestRandom random_{11};
};

std::vector<double> normalized(const std::vector<double>& x, const Matrix& scale, const Matrix& shift,
                               double eps) {
  const auto n = static_cast<double>(x.size());
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / n;
  for (const double v : x) variance += (v - mean) * (v - mean) / n;
  std::vector<double> y;
  for (std::size_t i = 0; i < x.size(); ++i)
    y.push_back((x[i] - mean) / std::sqrt(variance + eps) *
                    static_cast<double>(scale.at(0, static_cast<int>(i))) +
                static_cast<double>(shift.at(0, static_cast<int>(i))));
  return y;
}

const int kWidths[] = {1, 7, 8, 9, 32, 40, 255, 256, 257, 384, 1024, 1030};

TEST_P(CudaKernels, LayerNorm) {
  for (const int columns : kWidths) {
    Matrix scale(1, columns, Element::kFloat32), shift(1, columns, Element::kFloat32);
    scale.fill(random_, 0.3f, 1.0f), shift.fill(random_, 0.3f);
    Matrix x(7, columns, GetParam());
    x.fill(random_, 3.0f, 0.5f);
    const Matrix given = x.copy();
    const NormWeights norm{static_cast<const float*>(scale.rows().data),
                           static_cast<const float*>(shift.rows().data), 1e-5f};
    run(NormCommand{norm, x.rows(), 6, columns}, x);
    for (int r = 0; r < 6; ++r) {
      std::vector<double> row;
      for (int c = 0; c < columns; ++c) row.push_back(static_cast<double>(given.at(r, c)));
      const auto wanted = normalized(row, scale, shift, 1e-5);
      for (int c = 0; c < columns; ++c)
        ASSERT_NEAR(x.at(r, c), wanted[static_cast<std::size_t>(c)],
                    bar(wanted[static_cast<std::size_t>(c)]) + 3e-6)
            << columns << " " << r << " " << c;
    }
    for (int c = 0; c < columns; ++c) ASSERT_EQ(x.at(6, c), given.at(6, c)) << "wrote one row too many";
  }
}

TEST_P(CudaKernels, EmbeddingFromTablesOfEachType) {
  for (const Element type : {Element::kFloat32, Element::kHalf, Element::kBfloat16})
    for (const int columns : {9, 40, 384})
      for (const bool typed : {false, true}) {
        Matrix words(50, columns, type), positions(20, columns, type), types(2, columns, type);
        words.fill(random_), positions.fill(random_), types.fill(random_);
        Matrix scale(1, columns, Element::kFloat32), shift(1, columns, Element::kFloat32);
        scale.fill(random_, 0.3f, 1.0f), shift.fill(random_, 0.3f);
        const std::vector<std::int32_t> ids{49, 0, 7, 7, 3}, places{2, 19, 0, 5, 1};
        const std::vector<std::uint8_t> kinds{0, 1, 1, 0, 1};
        Matrix out(5, columns, GetParam());
        const NormWeights norm{static_cast<const float*>(scale.rows().data),
                               static_cast<const float*>(shift.rows().data), 1e-5f};
        run(EmbedCommand{words.rows(), positions.rows(), types.rows(), ids.data(), places.data(),
                         typed ? kinds.data() : nullptr, norm, out.rows(), 5, columns},
            out);
        for (int r = 0; r < 5; ++r) {
          const auto i = static_cast<std::size_t>(r);
          std::vector<double> row;
          for (int c = 0; c < columns; ++c)
            row.push_back(static_cast<double>(words.at(ids[i], c)) +
                          static_cast<double>(positions.at(places[i], c)) +
                          static_cast<double>(types.at(typed ? kinds[i] : 0, c)));
          const auto wanted = normalized(row, scale, shift, 1e-5);
          for (int c = 0; c < columns; ++c)
            ASSERT_NEAR(out.at(r, c), wanted[static_cast<std::size_t>(c)],
                        bar(wanted[static_cast<std::size_t>(c)]) + 3e-6);
        }
      }
}

TEST_P(CudaKernels, Epilogues) {
  for (const int columns : {1, 8, 13, 40, 1000}) {
    for (const Epilogue epilogue : {Epilogue::kGelu, Epilogue::kTanh, Epilogue::kRelu}) {
      Matrix x(5, columns, GetParam());
      x.fill(random_, 6.0f);
      const Matrix given = x.copy();
      run(FinishCommand{x.rows(), epilogue, 4, columns}, x);
      for (int r = 0; r < 5; ++r)
        for (int c = 0; c < columns; ++c) {
          const auto v = static_cast<double>(given.at(r, c));
          const double wanted = r == 4                        ? v
                                : epilogue == Epilogue::kGelu ? v / 2 * (1 + std::erf(v / std::sqrt(2.0)))
                                : epilogue == Epilogue::kTanh ? std::tanh(v)
                                                              : std::max(v, 0.0);
          ASSERT_NEAR(x.at(r, c), wanted, bar(wanted)) << columns << " at " << v;
        }
    }
  }
}

TEST_P(CudaKernels, MeansUnitRowsAndCopies) {
  const std::vector<std::int32_t> starts{0, 1, 8, 40}, picked{39, 0, 5, 5};
  for (const int columns : kWidths) {
    Matrix in(40, columns, GetParam());
    in.fill(random_);
    Matrix means(3, columns, Element::kFloat32);
    run(MeanCommand{in.rows(), means.rows(), starts.data(), 3, columns}, means);
    for (std::size_t text = 0; text < 3; ++text)
      for (int c = 0; c < columns; ++c) {
        double mean = 0;
        for (int r = starts[text]; r < starts[text + 1]; ++r)
          mean += static_cast<double>(in.at(r, c)) / (starts[text + 1] - starts[text]);
        ASSERT_NEAR(means.at(static_cast<int>(text), c), mean, 1e-6);
      }
    for (const Element type : {Element::kFloat32, Element::kHalf, Element::kBfloat16}) {
      Matrix out(4, columns, type);
      run(CopyCommand{in.rows(), out.rows(), picked.data(), 4, columns}, out);
      for (int r = 0; r < 4; ++r)
        for (int c = 0; c < columns; ++c) {
          const float value = in.at(picked[static_cast<std::size_t>(r)], c);
          const float rounded = type == Element::kHalf       ? f16_to_float(float_to_f16(value))
                                : type == Element::kBfloat16 ? bf16_to_float(float_to_bf16(value))
                                                             : value;
          ASSERT_EQ(out.at(r, c), rounded);
        }
    }
    std::vector<float> packed(40 * static_cast<std::size_t>(columns));  // without padding, as downloads are
    emulate(CopyCommand{in.rows(), {packed.data(), columns, Element::kFloat32}, nullptr, 40, columns});
    for (int r = 0; r < 40; ++r)
      for (int c = 0; c < columns; ++c)
        ASSERT_EQ(packed[static_cast<std::size_t>(r * columns + c)], in.at(r, c));
    for (int c = 0; c < columns; ++c) in.set(1, c, 0.0f);
    const Matrix given = in.copy();
    run(UnitCommand{in.rows(), 39, columns}, in);
    for (int r = 0; r < 40; ++r) {
      double squares = 0;
      for (int c = 0; c < columns; ++c)
        squares += static_cast<double>(given.at(r, c)) * static_cast<double>(given.at(r, c));
      const double length = r == 39 ? 1.0 : std::max(std::sqrt(squares), 1e-12);
      for (int c = 0; c < columns; ++c)
        ASSERT_NEAR(in.at(r, c), static_cast<double>(given.at(r, c)) / length, bar(1.0));
    }
  }
}

// Lengths around the tile sizes of queries and keys, in batches.
struct AttentionCase {
  int heads, size;
  std::vector<int> lengths;
};

std::vector<AttentionTile> tiles_of(const std::vector<int>& lengths, bool first_only) {
  std::vector<AttentionTile> tiles;
  int begin = 0;
  for (std::size_t text = 0; text < lengths.size(); ++text) {
    const int keys = lengths[text];
    if (first_only)
      tiles.push_back({begin, keys, 0, 1, static_cast<std::int32_t>(text)});
    else
      for (int query = 0; query < keys; query += kTileQueries)
        tiles.push_back({begin, keys, query, std::min(kTileQueries, keys - query), begin + query});
    begin += keys;
  }
  return tiles;
}

double attended(const Matrix& qkv, int heads, int size, int begin, int keys, int query, int column) {
  const int hidden = heads * size, head = column / size * size;
  std::vector<double> scores;
  double largest = -INFINITY, sum = 0, value = 0;
  for (int key = 0; key < keys; ++key) {
    double dot = 0;
    for (int i = 0; i < size; ++i)
      dot += static_cast<double>(qkv.at(begin + query, head + i)) *
             static_cast<double>(qkv.at(begin + key, hidden + head + i));
    scores.push_back(dot / std::sqrt(static_cast<double>(size)));
    largest = std::max(largest, scores.back());
  }
  for (int key = 0; key < keys; ++key) {
    const double weight = std::exp(scores[static_cast<std::size_t>(key)] - largest);
    sum += weight;
    value += weight * static_cast<double>(qkv.at(begin + key, 2 * hidden + column));
  }
  return value / sum;
}

TEST_P(CudaKernels, Attention) {
  const std::vector<int> edges{1, 2, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 80};
  // Sizes 32 and 64 in 16 bits use tensor cores.
  for (const AttentionCase& test :
       {AttentionCase{3, 32, edges}, AttentionCase{2, 64, edges}, AttentionCase{1, 64, {128, 129, 200}},
        AttentionCase{1, 7, {1, 5, 70}}, AttentionCase{2, 40, {33, 2}}, AttentionCase{1, 256, {40}}}) {
    int tokens = 0;
    for (const int length : test.lengths) tokens += length;
    const int hidden = test.heads * test.size;
    Matrix qkv(tokens, 3 * hidden, GetParam());
    qkv.fill(random_, 2.0f);
    const float scale =
        static_cast<float>(std::log2(std::exp(1.0)) / std::sqrt(static_cast<double>(test.size)));
    const auto tiles = tiles_of(test.lengths, false), first_tiles = tiles_of(test.lengths, true);
    Matrix out(tokens, hidden, GetParam());
    run(AttentionCommand{qkv.rows(), out.rows(), tiles.data(), static_cast<int>(tiles.size()), test.heads,
                         test.size, scale},
        out);
    const int texts = static_cast<int>(test.lengths.size());
    Matrix first(texts, hidden, GetParam());
    run(AttentionCommand{qkv.rows(), first.rows(), first_tiles.data(), texts, test.heads, test.size, scale},
        first);
    int begin = 0;
    for (int text = 0; text < texts; ++text) {
      const int keys = test.lengths[static_cast<std::size_t>(text)];
      for (int query = 0; query < keys; query += query + 2 < keys ? 3 : 1)
        for (int column = 0; column < hidden; ++column)
          ASSERT_NEAR(out.at(begin + query, column),
                      attended(qkv, test.heads, test.size, begin, keys, query, column),
                      std::max(4 * step(), 1e-5))
              << test.size << ", " << keys << " keys, query " << query << ", column " << column;
      for (int column = 0; column < hidden; ++column)
        ASSERT_EQ(first.at(text, column), out.at(begin, column)) << "first tokens alone differ";
      begin += keys;
    }
  }
}

// One dominant score at every position of a tile: a wrong key or value gives a completely different result.
TEST_P(CudaKernels, AttentionSelectsTheDominantKey) {
  for (const int size : {32, 64, 24}) {
    constexpr int kKeys = 130;
    Matrix qkv(kKeys, 3 * size, GetParam());
    qkv.fill(random_, 1.0f);
    for (int key = 0; key < kKeys; ++key)
      for (int i = 0; i < size; ++i) {  // query i matches key (7 i + 3) mod kKeys by a unique code
        const auto code = [&](int k) {
          auto bits = static_cast<std::uint32_t>(k * 1000 + i) * 2654435761u;
          bits = (bits ^ bits >> 15) * 2246822519u;
          return (bits ^ bits >> 13) % 2 == 0 ? 12.0f : -12.0f;
        };
        qkv.set(key, size + i, code(key));
        qkv.set(key, i, code((7 * key + 3) % kKeys));
      }
    const auto tiles = tiles_of({kKeys}, false);
    Matrix out(kKeys, size, GetParam());
    const float scale = static_cast<float>(std::log2(std::exp(1.0)) / std::sqrt(static_cast<double>(size)));
    run(AttentionCommand{qkv.rows(), out.rows(), tiles.data(), static_cast<int>(tiles.size()), 1, size,
                         scale},
        out);
    for (int query = 0; query < kKeys; ++query)
      for (int i = 0; i < size; ++i)
        ASSERT_NEAR(out.at(query, i), qkv.at((7 * query + 3) % kKeys, 2 * size + i), 1e-2)
            << size << " " << query;
  }
}

// 8-bit rows or their sums, in a block of exactly their size.
template <class T>
struct Integers {
  Integers(int count, std::size_t width, Element of)
      : stride(width), values(static_cast<std::size_t>(count) * width), type(of) {}
  Rows rows() { return {values.data(), static_cast<std::int64_t>(stride), type}; }
  T& at(int row, int column) {
    return values[static_cast<std::size_t>(row) * stride + static_cast<std::size_t>(column)];
  }
  std::size_t stride;
  std::vector<T> values;  // operator new aligns to 16 bytes
  Element type;
};

TEST_P(CudaKernels, QuantizationErrorIsAtMostHalfAStep) {
  constexpr int kRows = 6;
  for (const int columns : kWidths)
    for (const bool with_factors : {false, true}) {
      Matrix x(kRows, columns, GetParam()), factors(1, columns, Element::kFloat32);
      x.fill(random_, 3.0f), factors.fill(random_, 0.4f, 0.6f);
      for (int c = 0; c < columns; ++c) x.set(4, c, 0.0f);
      Integers<std::int8_t> out(kRows, padded(static_cast<std::size_t>(columns), kInt8StrideUnit),
                                Element::kInt8);
      std::fill(out.values.begin(), out.values.end(), std::int8_t{99});
      std::vector<float> scales(kRows, -1.0f);
      const auto* factor = with_factors ? static_cast<const float*>(factors.rows().data) : nullptr;
      const QuantizeCommand command{x.rows(), out.rows(), scales.data(), factor, kRows - 1, columns};
      for (const FiberOrder order : {FiberOrder::kBackward, FiberOrder::kForward}) {
        set_fiber_order(order);
        emulate(command);
      }
      for (int r = 0; r < kRows - 1; ++r) {
        double largest = 0;
        const auto wanted = [&](int c) {
          return static_cast<double>(x.at(r, c)) *
                 (with_factors ? static_cast<double>(factors.at(0, c)) : 1.0);
        };
        for (int c = 0; c < columns; ++c) largest = std::max(largest, std::abs(wanted(c)));
        const auto scale = static_cast<double>(scales[static_cast<std::size_t>(r)]);
        ASSERT_NEAR(scale, largest / 127, 1e-6 * largest);
        for (int c = 0; c < columns; ++c)
          ASSERT_NEAR(out.at(r, c) * scale, wanted(c), scale * 0.5001 + 1e-12)
              << columns << " " << r << " " << c;
        for (int c = columns; c < static_cast<int>(out.stride); ++c) ASSERT_EQ(out.at(r, c), 0) << "padding";
      }
      EXPECT_EQ(out.at(kRows - 1, 0), 99) << "wrote one row too many";
      EXPECT_EQ(scales[kRows - 1], -1.0f);
    }
}

TEST_P(CudaKernels, IntegerSumsGetScalesBiasAndEpilogue) {
  for (const int columns : kWidths)
    for (const Epilogue epilogue : {Epilogue::kNone, Epilogue::kGelu, Epilogue::kResidual}) {
      Matrix scales(1, columns, Element::kFloat32), bias(1, columns, Element::kFloat32),
          row_scales(1, 5, Element::kFloat32), residual(5, columns, GetParam()), out(5, columns, GetParam());
      scales.fill(random_, 0.01f), bias.fill(random_), row_scales.fill(random_, 0.02f),
          residual.fill(random_);
      Integers<std::int32_t> sums(5, padded(static_cast<std::size_t>(columns)), Element::kInt32);
      for (std::int32_t& sum : sums.values) sum = static_cast<std::int32_t>(random_.next() * 30000.0f);
      const Rows added = epilogue == Epilogue::kResidual ? residual.rows() : Rows{};
      run(DequantizeCommand{sums.rows(), out.rows(), static_cast<const float*>(row_scales.rows().data),
                            static_cast<const float*>(scales.rows().data),
                            static_cast<const float*>(bias.rows().data), added, epilogue, 4, columns},
          out);
      for (int r = 0; r < 4; ++r)
        for (int c = 0; c < columns; ++c) {
          double value = sums.at(r, c) * static_cast<double>(row_scales.at(0, r)) *
                             static_cast<double>(scales.at(0, c)) +
                         static_cast<double>(bias.at(0, c));
          if (epilogue == Epilogue::kGelu) value = value / 2 * (1 + std::erf(value / std::sqrt(2.0)));
          if (epilogue == Epilogue::kResidual) value += static_cast<double>(residual.at(r, c));
          ASSERT_NEAR(out.at(r, c), value, bar(value) + 2e-6) << columns << " " << r << " " << c;
        }
      ASSERT_EQ(out.at(4, 0), kUntouched) << "wrote one row too many";
    }
}

// An infinite query, key or value counts as the largest half, and the average does not overflow.
TEST(CudaHalves, AttentionWithInfinitiesIsFinite) {
  for (const int size : {32, 64, 24}) {
    constexpr int kKeys = 70;
    Matrix qkv(kKeys, 3 * size, Element::kHalf);
    TestRandom random(5);
    qkv.fill(random);
    for (int row = 0; row < kKeys; ++row) {
      qkv.set(row, 2 * size, row % 2 == 0 ? INFINITY : 65504.0f);
      qkv.set(row, 2 * size + 1, -INFINITY);
    }
    qkv.set(3, 0, INFINITY), qkv.set(3, size - 1, -INFINITY);
    qkv.set(66, size, -INFINITY), qkv.set(65, 2 * size - 1, INFINITY);
    const auto tiles = tiles_of({kKeys}, false);
    Matrix out(kKeys, size, Element::kHalf);
    emulate(AttentionCommand{qkv.rows(), out.rows(), tiles.data(), static_cast<int>(tiles.size()), 1, size,
                             1.4426950f / std::sqrt(static_cast<float>(size))});
    for (int row = 0; row < kKeys; ++row) {
      EXPECT_NEAR(out.at(row, 0), 65504.0f, 64.0f) << size << " " << row;
      EXPECT_NEAR(out.at(row, 1), -65504.0f, 64.0f) << size << " " << row;
      for (int i = 0; i < size; ++i) ASSERT_TRUE(std::isfinite(out.at(row, i))) << size << " " << row;
    }
  }
}

TEST(CudaHalves, OverflowBecomesTheLargestHalf) {
  Matrix x(1, 8, Element::kHalf);
  const float values[8] = {INFINITY, -INFINITY, 65504.0f, -65504.0f, 1.0f, 0.0f, -0.0f, 2.0f};
  for (int i = 0; i < 8; ++i) x.set(0, i, values[i]);
  emulate(FinishCommand{x.rows(), Epilogue::kGelu, 1, 8});
  EXPECT_EQ(x.at(0, 0), 65504.0f);
  EXPECT_EQ(x.at(0, 1), 0.0f);
  Matrix wide(1, 2, Element::kFloat32), narrow(1, 2, Element::kHalf);
  wide.set(0, 0, 1e9f), wide.set(0, 1, NAN);
  emulate(CopyCommand{wide.rows(), narrow.rows(), nullptr, 1, 2});
  EXPECT_EQ(narrow.at(0, 0), 65504.0f);
  EXPECT_TRUE(std::isnan(narrow.at(0, 1)));
}

INSTANTIATE_TEST_SUITE_P(Elements, CudaKernels,
                         testing::Values(Element::kFloat32, Element::kHalf, Element::kBfloat16),
                         [](const auto& test) {
                           return test.param == Element::kFloat32 ? "float32"
                                  : test.param == Element::kHalf  ? "half"
                                                                  : "bfloat16";
                         });

}  // namespace
}  // namespace rappel::cuda
