// Survey of a damaged database: the documents that are whole, and those that are not. Only documents, chunks
// with their vectors and signals, meta and state count; everything else follows from them (rebuild.h).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/status.h"
#include "index/rows.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {

class Connection;

struct Survey {
  struct Document {
    std::int64_t doc = 0;
    RowRange rows;
  };
  std::map<std::string, Document> whole;  // by id: the row, its chunks and their blobs have their checksums
  std::set<std::string> damaged;          // ids
  std::int64_t unnamed = 0;               // further documents that are damaged, and their ids too
  State state;                            // as it is with the whole documents alone

  std::int64_t losses() const { return static_cast<std::int64_t>(damaged.size()) + unnamed; }
};

// `db` has the database for itself alone, in no transaction. kCorrupt: tables meta or state are lost, or the
// log has not been compared with the commit record (guard_commits), so that more may be missing.
Result<Survey> survey_documents(Connection& db);

}  // namespace rappel::sqlite
