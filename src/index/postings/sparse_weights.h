// Weights of tokens as impacts of postings. The sum of weight x impact over the tokens of a query is close to
// the sum of products: it chooses candidates, whose exact scores come from the weights themselves.
//
// A weight up to 1 is rounded to a multiple of 1/255. The parts above 1 and above 17 have a term of their own
// each, in multiples of 1/16 and 257, rounded up; models give few such weights.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "index/postings/block_builder.h"
#include "index/postings/postings_index.h"

namespace rappel {

// Changes with the definition of the impacts.
inline constexpr std::string_view kSparseRules = "weights 1";

// A token of a chunk; 0 < weight <= 65 504.
void append_impacts(std::uint32_t token, float weight, std::vector<TermImpact>& impacts);

struct WeightedToken {
  std::uint32_t token = 0;
  float weight = 0;
};
struct SparseQuery {
  std::vector<WeightedTerm> terms;
  float slack = 0;  // no sum of products is more than this above the row's score by impacts
};
// Without the tokens that no row has.
SparseQuery sparse_query(std::span<const WeightedToken> tokens, const PostingsIndex& index);

}  // namespace rappel
