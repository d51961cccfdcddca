// The vectors of tokens in table `colbert`, kept with EMBEDDING_COLBERT=store.
//
// A blob, little-endian: the dimension and the number of tokens (32 bits each), a float32 scale for each
// token, and the 8-bit codes, token by token. A value is code * scale.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/status.h"
#include "store/types.h"

namespace rappel::sqlite {

class Connection;

std::string pack_token_vectors(const TokenVectors& vectors);
// Nothing: these are no such bytes.
std::optional<TokenVectors> unpack_token_vectors(std::span<const std::byte> blob);

// Those of a row, in the snapshot of the connection's transaction; nothing if it has none. kCorrupt.
Result<std::optional<TokenVectors>> read_token_vectors(Connection& db, std::int64_t row);

}  // namespace rappel::sqlite
