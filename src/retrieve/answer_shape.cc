#include "retrieve/answer_shape.h"

#include <fmt/format.h>

namespace rappel {

Status check_shape(const AnswerShape& shape, ResultUnit unit) {
  if (shape.neighbors > kMostNeighbors)
    return Status(Code::kInvalidArgument, fmt::format("neighbors must be between 0 and {}", kMostNeighbors));
  if (shape.neighbors > 0 && unit == ResultUnit::kSection)
    return Status(Code::kInvalidArgument,
                  "a section has its neighbors already; ask for sections or for neighbors");
  // Written so that NaN is refused.
  if (shape.diversity && !(*shape.diversity >= 0 && *shape.diversity <= 1))
    return Status(Code::kInvalidArgument, "diversity must be between 0 and 1");
  if (shape.max_chars == std::size_t{0} || shape.max_tokens == std::size_t{0})
    return Status(Code::kInvalidArgument, "max_chars and max_tokens must be at least 1");
  return {};
}

}  // namespace rappel
