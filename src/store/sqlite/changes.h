// The changes a store knows, as statements inside an open write transaction. Each keeps the places that speak
// of a chunk in step: chunks, vectors, sparse, colbert, languages and the logs; and moves the commit number
// by one when it changed something. On failure the caller rolls back to where it was.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "store/filter.h"
#include "store/types.h"

namespace rappel::sqlite {

class Connection;

// Sets the languages that are missing, so that replace_documents() need not detect them while others wait for
// it. Chunks that wait in a file stay as they are.
void detect_languages(std::span<NewDocument> documents);

// Later documents of the same id win.
Status replace_documents(Connection& db, std::span<const NewDocument> documents);

// As OriginStore::change_origins().
Status change_origins(Connection& db, std::span<const OriginChange> changes);

// Number of documents removed.
Result<std::size_t> remove_documents(Connection& db, std::span<const std::string> ids);
Result<std::size_t> remove_matching(Connection& db, const Filter& filter);

}  // namespace rappel::sqlite
