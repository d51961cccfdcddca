// TokenTable: the bytes of each token id of a byte-level vocabulary, to turn ids of another system's
// tokenizer into the text that they stand for.
//
// Layout: the number of ids (uint32, little endian), the length of each id's bytes (uint8; 0: there is no
// such id), all bytes in the order of the ids. scripts/make-token-table writes it. Immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

class TokenTable {
 public:
  // kCorrupt if the parts do not fit together.
  static Result<TokenTable> parse(std::string bytes);

  std::size_t size() const { return ends_.size(); }
  // Nothing for an id that the vocabulary does not have.
  std::optional<std::string_view> bytes_of(std::int64_t id) const;

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;  // in bytes_
  std::size_t first_ = 0;            // byte of the first id
};

}  // namespace rappel
