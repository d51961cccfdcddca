// Cross-validation: whether a choice of settings by judged questions is better on other questions, too.
//
// The questions are dealt into folds. For each fold the choice with the best mean on all other folds is
// taken, and its values on the fold itself are held out: no question judges a choice that it made. Their mean
// against that of the settings in force is the gain to expect. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "eval/randomization.h"

namespace rappel {

struct CrossValidationOptions {
  std::size_t folds = 5;
  std::uint64_t seed = 1;  // of dealing; the same seed deals the same on every machine
  PairedTestOptions test;
};

struct CrossValidation {
  std::size_t baseline = 0;        // the choice in force
  std::size_t best = 0;            // by all questions
  std::vector<std::size_t> folds;  // the choice of each fold, by the questions outside of it
  std::vector<double> means;       // of each choice, by all questions
  double held_out = 0;             // mean of the held-out values
  PairedComparison gain;           // a: the baseline, b: the held-out values

  // Another choice than the baseline, which is better on held-out questions by more than chance.
  bool is_better() const;
};

// values[choice][question], higher is better; at least one choice and as many questions as folds. Equal
// choices: the baseline, then the first.
CrossValidation cross_validate(const std::vector<std::vector<double>>& values, std::size_t baseline,
                               const CrossValidationOptions& options = {});

}  // namespace rappel
