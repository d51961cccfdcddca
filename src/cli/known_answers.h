// KnownAnswer: what published embedding models are known to answer, for `rappel check`.
//
// A model is known by its weights, whatever its other files say: pooling and tokenizer settings that differ
// from the published ones then show as wrong similarities.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "formats/model_config.h"

namespace rappel {

struct KnownAnswer {
  const char* name;     // of the model in the Hub
  const char* weights;  // ModelFiles::weights_identity(); empty: known by its name alone
  Pooling pooling;      // as published
  double
      similarities[4];  // cosines of questions 0 and 1 with passages 2 and 3 of known_texts(), row after row
};

const std::vector<std::string>& known_texts();

// Null: the model is not a known one.
const KnownAnswer* known_answer(const std::string& name, const std::string& weights_identity);

// Largest difference between the cosines of `vectors` (of known_texts(), in order) and the known ones.
double difference(const KnownAnswer& answer, std::span<const std::span<const float>> vectors);

double cosine(std::span<const float> a, std::span<const float> b);

}  // namespace rappel
