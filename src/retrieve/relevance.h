// Relevance: the one contract of scores. Every result of every mode has a score from 0 to 1; higher is
// better, and scores of different queries compare.
//
// 0.5 means: if a query's best result has this score, it is as likely relevant as not. It was fitted
// (logistic regression) on the best results of judged questions and of as many questions that the store
// cannot answer; docs/retrieval.md, "Scores", has the figures. A reranker that replaces the order brings its
// own score.
#pragma once

#include <cmath>

namespace rappel {

// A query is answerable if its best result reaches this.
inline constexpr double kAnswerable = 0.5;

// The logistic curve of a sum of absolute parts (fusion.h).
struct Calibration {
  double slope;
  double middle;  // the sum at which the score is 0.5
};

inline constexpr Calibration kDenseAlone{9, 0.48};
inline constexpr Calibration kWordsAlone{11, 0.30};
inline constexpr Calibration kBoth{14, 0.34};

// 0..1, rising with `sum`.
inline double relevance(double sum, const Calibration& curve) {
  return 1 / (1 + std::exp(-curve.slope * (sum - curve.middle)));
}

}  // namespace rappel
