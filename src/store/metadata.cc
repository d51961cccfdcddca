#include "store/metadata.h"

#include "base/timestamp.h"

namespace rappel {

Result<Timestamp> Timestamp::parse(std::string text) {
  RAPPEL_ASSIGN(const std::int64_t second, parse_timestamp(text));
  return Timestamp{std::move(text), second};
}

}  // namespace rappel
