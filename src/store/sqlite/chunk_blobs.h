// Tables that keep one blob for each chunk that has it: (row, blob, checksum), the checksum over row and
// blob.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/status.h"

namespace rappel::sqlite {

class Connection;
class Statement;

struct BlobTable {
  const char* name;
  std::int64_t mark;  // in chunks.signals: the chunk has a row here; 0: every chunk has one
  const char* insert;
  const char* select;      // all rows in order, as read_blob() wants them
  const char* select_row;  // by one parameter
};
inline constexpr BlobTable kVectorTable{"vectors", 0,
                                        "INSERT INTO vectors(row, dense, checksum) VALUES(?1, ?2, ?3)",
                                        "SELECT row, dense, checksum FROM vectors ORDER BY row",
                                        "SELECT row, dense, checksum FROM vectors WHERE row = ?1"};
inline constexpr BlobTable kSparseTable{"sparse", 1,
                                        "INSERT INTO sparse(row, weights, checksum) VALUES(?1, ?2, ?3)",
                                        "SELECT row, weights, checksum FROM sparse ORDER BY row",
                                        "SELECT row, weights, checksum FROM sparse WHERE row = ?1"};
inline constexpr BlobTable kColbertTable{"colbert", 2,
                                         "INSERT INTO colbert(row, vectors, checksum) VALUES(?1, ?2, ?3)",
                                         "SELECT row, vectors, checksum FROM colbert ORDER BY row",
                                         "SELECT row, vectors, checksum FROM colbert WHERE row = ?1"};
inline constexpr std::array kSignalTables = {kSparseTable, kColbertTable};

// Its parameters: row, blob, checksum.
Status write_blob(Statement& insert, std::int64_t row, std::span<const std::byte> blob);
// `select` stands on (row, blob, checksum). Valid until its next step. kCorrupt: the blob does not have its
// checksum.
Result<std::span<const std::byte>> read_blob(Connection& db, const BlobTable& table, const Statement& select);
// False: there is no such row.
Result<bool> find_blob(Connection& db, const BlobTable& table, std::int64_t row,
                       const std::function<Status(std::span<const std::byte>)>& take);

}  // namespace rappel::sqlite
