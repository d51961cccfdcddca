#include "store/sqlite/chunk_blobs.h"

#include <fmt/format.h>

#include "store/sqlite/checksum.h"
#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

std::int64_t checksum_of(std::int64_t row, std::span<const std::byte> blob) {
  return Checksum().add(row).add(blob).sum();
}

}  // namespace

Status write_blob(Statement& insert, std::int64_t row, std::span<const std::byte> blob) {
  return insert.bind(1, row).bind_blob(2, blob).bind(3, checksum_of(row, blob)).run();
}

Result<std::span<const std::byte>> read_blob(Connection& db, const BlobTable& table,
                                             const Statement& select) {
  const std::int64_t row = select.integer(0);
  const auto blob = select.blob(1);
  if (checksum_of(row, blob) == select.integer(2)) return blob;
  return db.damaged(fmt::format("row {} of table {} does not have its checksum", row, table.name));
}

Result<bool> find_blob(Connection& db, const BlobTable& table, std::int64_t row,
                       const std::function<Status(std::span<const std::byte>)>& take) {
  RAPPEL_ASSIGN(Statement select, db.prepare(table.select_row));
  RAPPEL_ASSIGN(const bool found, select.bind(1, row).step());
  if (!found) return false;
  RAPPEL_ASSIGN(const auto blob, read_blob(db, table, select));
  RAPPEL_TRY(take(blob));
  return true;
}

}  // namespace rappel::sqlite
