// How far the estimates of 1-bit codes are from the truth, measured on the rows themselves.
#pragma once

#include <cstddef>

namespace rappel {

class DenseSegment;

// Root of the mean square of (estimate - 4-bit score) / |q'| over the first `count` slots: some rows are the
// queries, their nearest rows count, because those are the ones that a search must not lose. 0 without codes
// and for less than one block of rows.
float estimate_error(const DenseSegment& segment, std::size_t count);

}  // namespace rappel
