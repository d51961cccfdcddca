#include "index/dense/directions.h"

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "base/check.h"

namespace rappel {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
constexpr Eigen::Index kBlockRows = 2048;

// Sum of (x - mean)(x - mean)', lower triangle. In blocks, so that the centred copy stays small.
Eigen::MatrixXf scatter(Eigen::Map<const Matrix> vectors, const Eigen::RowVectorXf& mean) {
  Eigen::MatrixXf sum = Eigen::MatrixXf::Zero(vectors.cols(), vectors.cols());
  for (Eigen::Index i = 0; i < vectors.rows(); i += kBlockRows) {
    const Matrix block = vectors.middleRows(i, std::min(kBlockRows, vectors.rows() - i)).rowwise() - mean;
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  }
  return sum;
}

}  // namespace

std::vector<float> mean_of(std::span<const float> vectors, int dimension) {
  const auto d = static_cast<std::size_t>(dimension);
  RAPPEL_CHECK(!vectors.empty() && vectors.size() % d == 0, "a sample has whole vectors");
  std::vector<double> sum(d);
  for (std::size_t i = 0; i < vectors.size(); i += d)
    for (std::size_t j = 0; j < d; ++j) sum[j] += vectors[i + j];
  std::vector<float> mean(d);
  for (std::size_t j = 0; j < d; ++j)
    mean[j] = static_cast<float>(sum[j] / static_cast<double>(vectors.size() / d));
  return mean;
}

Directions leading_directions(std::span<const float> vectors, std::span<const float> mean, int count) {
  const auto d = static_cast<Eigen::Index>(mean.size());
  RAPPEL_CHECK(count <= d && !vectors.empty(), "directions of a sample");
  const Eigen::Map<const Matrix> rows(vectors.data(), static_cast<Eigen::Index>(vectors.size()) / d, d);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> solver(
      scatter(rows, Eigen::Map<const Eigen::RowVectorXf>(mean.data(), d)));
  // Eigenvalues ascend.
  const Eigen::VectorXf values = solver.eigenvalues().cwiseMax(0);
  Directions result{static_cast<int>(d), count, std::vector<float>(static_cast<std::size_t>(count * d)), 1};
  Eigen::Map<Matrix>(result.matrix.data(), count, d) =
      solver.eigenvectors().rightCols(count).rowwise().reverse().transpose();
  if (const double all = values.cast<double>().sum(); all > 0)
    result.energy = values.tail(count).cast<double>().sum() / all;
  return result;
}

}  // namespace rappel
