// The weights of tokens in table `sparse`, from the embedding model's sparse head: the truth that the
// postings are a cache of.
//
// A blob: the number of tokens; for each token, ascending, the number of tokens that it skips after the one
// before; then their weights as float16, little-endian. Numbers are LEB128.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "store/types.h"

namespace rappel::sqlite {

class Connection;
class Statement;

// Weights are rounded; those that round to zero are left out. Empty: nothing is left. At most kLargestHalf.
std::string pack_weights(std::span<const TokenWeight> weights);
// False: these are no such bytes.
bool unpack_weights(std::span<const std::byte> blob, std::vector<TokenWeight>& weights);

// `select` stands on (row, weights, checksum). kCorrupt.
Status read_weights(Connection& db, const Statement& select, std::vector<TokenWeight>& weights);

// Weights by their rows, in the snapshot of the connection's transaction.
class StoredSparse {
 public:
  explicit StoredSparse(Connection& db) : db_(db) {}
  // Valid until the next call; nothing if the chunk of that row has no weights, or there is no such row.
  Result<std::optional<std::span<const TokenWeight>>> read(std::int64_t row);

 private:
  Connection& db_;
  std::vector<TokenWeight> weights_;
};

}  // namespace rappel::sqlite
