// Weights of the signals in hybrid retrieval. Data only.
#pragma once

namespace rappel {

struct FusionWeights {
  double dense = 0.4;   // 0..1, times its confidence
  double sparse = 0.5;  // 0..1, its share of what dense leaves; words have the rest
};

}  // namespace rappel
