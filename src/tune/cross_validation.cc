#include "tune/cross_validation.h"

#include <numeric>
#include <random>
#include <utility>

#include "base/check.h"

namespace rappel {
namespace {

constexpr double kSignificant = 0.05;
constexpr double kRounding = 1e-12;  // means that differ by less are equal

// The fold of each question; folds differ in size by one at most.
std::vector<std::size_t> deal(std::size_t questions, const CrossValidationOptions& options) {
  std::vector<std::size_t> order(questions), folds(questions);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(options.seed);
  for (std::size_t i = questions; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  for (std::size_t i = 0; i < questions; ++i) folds[order[i]] = i % options.folds;
  return folds;
}

template <class Counts>
double mean_of(const std::vector<double>& values, Counts counts) {
  double sum = 0;
  std::size_t number = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (counts(i)) sum += values[i], ++number;
  return number == 0 ? 0 : sum / static_cast<double>(number);
}

// By the questions that count.
template <class Counts>
std::size_t best_of(const std::vector<std::vector<double>>& values, std::size_t baseline, Counts counts) {
  std::size_t best = baseline;
  double most = mean_of(values[baseline], counts);
  for (std::size_t choice = 0; choice < values.size(); ++choice)
    if (const double mean = mean_of(values[choice], counts); mean > most + kRounding)
      best = choice, most = mean;
  return best;
}

}  // namespace

bool CrossValidation::is_better() const {
  return best != baseline && gain.difference > 0 && gain.p <= kSignificant;
}

CrossValidation cross_validate(const std::vector<std::vector<double>>& values, std::size_t baseline,
                               const CrossValidationOptions& options) {
  RAPPEL_CHECK(baseline < values.size(), "the settings in force are one of the choices");
  const std::size_t questions = values[baseline].size();
  RAPPEL_CHECK(options.folds >= 2 && questions >= options.folds, "each fold has a question");
  const auto all = [](std::size_t) { return true; };
  CrossValidation result;
  result.baseline = baseline;
  result.best = best_of(values, baseline, all);
  for (const std::vector<double>& of_choice : values) result.means.push_back(mean_of(of_choice, all));
  const std::vector<std::size_t> fold_of = deal(questions, options);
  std::vector<double> held_out(questions);
  for (std::size_t fold = 0; fold < options.folds; ++fold) {
    const std::size_t choice = best_of(values, baseline, [&](std::size_t i) { return fold_of[i] != fold; });
    result.folds.push_back(choice);
    for (std::size_t i = 0; i < questions; ++i)
      if (fold_of[i] == fold) held_out[i] = values[choice][i];
  }
  result.held_out = mean_of(held_out, all);
  result.gain = compare_pairs(values[baseline], held_out, options.test);
  return result;
}

}  // namespace rappel
