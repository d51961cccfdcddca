#include "store/sqlite/stored_sparse.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "codec/float16.h"
#include "store/sqlite/chunk_blobs.h"
#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

// Half of the smallest float16: what is not above it rounds to zero.
constexpr float kRoundsToZero = 0x1p-25f;

void append_number(std::string& to, std::uint32_t number) {
  for (; number >= 0x80; number >>= 7) to += static_cast<char>(number | 0x80);
  to += static_cast<char>(number);
}

// Reads numbers from bytes; after the end or a number above 32 bits it has failed.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint32_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (at_ == bytes_.size()) break;
      const auto byte = std::to_integer<std::uint64_t>(bytes_[at_++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        failed_ |= value > std::numeric_limits<std::uint32_t>::max();
        return static_cast<std::uint32_t>(value);
      }
    }
    failed_ = true;
    return 0;
  }
  std::span<const std::byte> rest() const { return bytes_.subspan(at_); }
  bool failed() const { return failed_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

std::string pack_weights(std::span<const TokenWeight> weights) {
  std::string halves, out;
  std::string tokens;
  std::uint32_t count = 0;
  std::int64_t last = -1;
  for (const TokenWeight& one : weights) {
    if (one.weight <= kRoundsToZero) continue;
    append_number(tokens, static_cast<std::uint32_t>(one.token - last - 1));
    last = one.token;
    const std::uint16_t half = float_to_f16(std::min(one.weight, kLargestHalf));
    halves.append(reinterpret_cast<const char*>(&half), sizeof half);
    ++count;
  }
  if (count == 0) return out;
  append_number(out, count);
  return out + tokens + halves;
}

bool unpack_weights(std::span<const std::byte> blob, std::vector<TokenWeight>& weights) {
  Reader reader(blob);
  const std::size_t count = reader.number();
  if (reader.failed() || count > blob.size()) return false;
  weights.resize(count);
  std::int64_t token = -1;
  for (TokenWeight& one : weights) {
    token += std::int64_t{reader.number()} + 1;
    if (reader.failed() || token > std::numeric_limits<std::uint32_t>::max()) return false;
    one.token = static_cast<std::uint32_t>(token);
  }
  const auto halves = reader.rest();
  if (halves.size() != count * sizeof(std::uint16_t)) return false;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, &halves[i * sizeof half], sizeof half);
    weights[i].weight = f16_to_float(half);
    if (!(weights[i].weight > 0) || !std::isfinite(weights[i].weight)) return false;
  }
  return true;
}

Status read_weights(Connection& db, const Statement& select, std::vector<TokenWeight>& weights) {
  RAPPEL_ASSIGN(const auto blob, read_blob(db, kSparseTable, select));
  if (unpack_weights(blob, weights)) return {};
  return db.damaged("the weights of row " + std::to_string(select.integer(0)) + " cannot be read");
}

Result<std::optional<std::span<const TokenWeight>>> StoredSparse::read(std::int64_t row) {
  RAPPEL_ASSIGN(Statement select, db_.prepare(kSparseTable.select_row));
  RAPPEL_ASSIGN(const bool found, select.bind(1, row).step());
  if (!found) return std::optional<std::span<const TokenWeight>>();
  RAPPEL_TRY(read_weights(db_, select, weights_));
  return std::optional<std::span<const TokenWeight>>(weights_);
}

}  // namespace rappel::sqlite
